"""Faults in paging: pages that repeat, run short, are empty, or lead nowhere."""

from collections.abc import Callable
from dataclasses import replace

from sync.demo.registry.answers import Page, Request
from sync.demo.registry.api import page_size
from sync.demo.registry.faults.plan import Kind, Moment
from sync.demo.registry.tokens import another_token, offset_of, token_for


def on_search(request: Request) -> bool:
    """Meets a page of a search, or of a read by `filter.ids`."""
    return request.path == "/api/v2/studies"


def _on_later_page(request: Request) -> bool:
    return on_search(request) and bool(request.param("pageToken"))


def _start(request: Request) -> int:
    token = request.param("pageToken")
    return offset_of(token) if token else 0


def _with(request: Request, **params: str) -> Request:
    kept = tuple((name, value) for name, value in request.params if name not in params)
    return replace(request, params=kept + tuple(params.items()))


def _previous(moment: Moment) -> Page:
    start = max(_start(moment.request) - page_size(moment.request), 0)
    return moment.api.studies(_with(moment.request, pageToken=token_for(start)))


def _repeat(moment: Moment, page: Page) -> Page:
    return replace(page, records=_previous(moment).records)


def _loop(moment: Moment, page: Page) -> Page:
    return replace(page, token=token_for(_start(moment.request)))


def _empty(moment: Moment, page: Page) -> Page:
    # Its token leads to the studies that should have stood here: nothing is lost.
    return replace(page, records=(), token=another_token(moment.request.param("pageToken")))


def _full_last(moment: Moment, page: Page) -> Page:
    if page.token is not None or not page.records:
        return page
    # The last page is full to the brim: only asking once more shows that nothing comes after it.
    return replace(page, token=token_for(_start(moment.request) + len(page.records)))


def _short(moment: Moment, page: Page) -> Page:
    return replace(page, records=page.records[int(moment.argument or 1) :])


def _huge_total(moment: Moment, page: Page) -> Page:
    return page if page.total is None else replace(page, total=int(moment.argument or 600_000))


def _moving(moment: Moment, page: Page) -> Page:
    return replace(page, records=_previous(moment).records[-1:] + page.records[1:])


def _clamp(moment: Moment) -> Request:
    size = min(page_size(moment.request), int(moment.argument or 100))
    return _with(moment.request, pageSize=str(size))


def _kind(
    name: str,
    about: str,
    page: Callable[[Moment, Page], Page],
    *,
    argument: str = "",
    applies: Callable[[Request], bool] = on_search,
    times: int | None = None,
) -> Kind:
    return Kind(name, about, argument, applies=applies, page=page, times=times)


NUMBER = r"\d{2,}|[1-9]"

KINDS = [
    _kind("repeat-page", "a later page holds the studies of the one before", _repeat, applies=_on_later_page),
    _kind("token-loop", "a page's token leads to that page", _loop),
    _kind(
        "empty-page",
        "one page in the middle is empty, its token goes on",
        _empty,
        applies=_on_later_page,
        times=1,
    ),
    _kind("full-last-page", "the last page has a token, which leads to an empty one", _full_last),
    _kind("short-page", "so many studies (1) are missing from a page", _short, argument=NUMBER),
    _kind("huge-total", "totalCount says so many (600000)", _huge_total, argument=NUMBER),
    _kind(
        "moving-study",
        "a later page begins with the last study of the one before",
        _moving,
        applies=_on_later_page,
    ),
    Kind("clamp", "no page is larger than so many (100)", NUMBER, applies=on_search, asked=_clamp),
]
