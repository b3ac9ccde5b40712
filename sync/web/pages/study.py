"""A study: `/studies/NCT`, two versions of it compared, a published text checked against it, its stored records byte
for byte, and the form for a review."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from storage.payloads import sha256_of
from storage.versions import payload
from sync.alerts.published.registered import LONGEST
from sync.web.actions import actions_by
from sync.web.dependencies import CurrentService, CurrentUser, NctId, ReadSession
from sync.web.drawing.timeline import SIZES, draw
from sync.web.drawing.timeline_legend import legend
from sync.web.pages.actions import back_to
from sync.web.render import page
from sync.web.views.study import check, compare, related, view
from sync.web.views.study.history_lines import history_lines

router = APIRouter(prefix="/studies/{nct_id}", include_in_schema=False)

LARGEST = 999_999_999
"""No study has as many versions; larger numbers are none that a database could look for."""

NEIGHBOURS = related.RelatedQuery(limit=6)
VERSIONS_LISTED = 30
"""The newest so many; the others on request."""

Day = Annotated[str, Query(pattern=r"^(\d{4}-\d{2}-\d{2})?$", description="As of this day (YYYY-MM-DD).")]
Number = Annotated[str, Query(pattern=r"^(-?\d{1,9})?$", description="This version.")]
Which = Annotated[str, Query(max_length=10, description="A version's number, or a day (YYYY-MM-DD).")]


@router.get("", response_class=HTMLResponse)
def show(
    request: Request,
    session: ReadSession,
    service: CurrentService,
    nct_id: NctId,
    as_of: Day = "",
    version: Number = "",
    versions: Literal["", "all"] = "",
) -> HTMLResponse:
    """A study as it stands, or as it was."""
    study = view.load(service, session, nct_id, which=as_of or version or None)
    listed = study.versions if versions else study.versions[:VERSIONS_LISTED]
    # Both sizes, of which the style sheet shows one: the server knows no width, and the script may be off.
    drawings = [draw(study.timeline, size) for size in SIZES]
    return page(
        request,
        "study.html.j2",
        study=study,
        drawings=drawings,
        related=related.load(session, nct_id, NEIGHBOURS, service.now()) if study.versions else None,
        legend=legend(study.timeline),
        as_of=as_of,
        today=service.now().date(),
        history=history_lines(listed, study.events, whole=len(listed) == len(study.versions)),
        older=len(study.versions) - len(listed),
    )


@router.get("/sheet", response_class=HTMLResponse)
def show_sheet(
    request: Request, session: ReadSession, service: CurrentService, nct_id: NctId
) -> HTMLResponse:
    """A study on one page of paper."""
    study = view.load(service, session, nct_id)
    return page(request, "sheet.html.j2", study=study, today=service.now().date())


@router.get("/compare", response_class=HTMLResponse)
def show_comparison(
    request: Request,
    session: ReadSession,
    service: CurrentService,
    nct_id: NctId,
    before: Annotated[Which, Query(alias="from")] = "",
    after: Annotated[Which, Query(alias="to")] = "",
    view_as: Annotated[Literal["side", "merged"], Query(alias="view")] = "side",
) -> HTMLResponse:
    """Two versions of a study."""
    found = compare.load(service, session, nct_id, before=before or None, after=after or None)
    return page(request, "compare.html.j2", compared=found, view_as=view_as)


@router.get("/check", response_class=HTMLResponse)
def ask_for_text(request: Request, session: ReadSession, nct_id: NctId) -> HTMLResponse:
    """The form for a text that somebody published."""
    return page(request, "check.html.j2", about=check.about(session, nct_id), checked=None, text="")


@router.post("/check", response_class=HTMLResponse)
def check_text(
    request: Request,
    session: ReadSession,
    nct_id: NctId,
    text: Annotated[str, Form(max_length=LONGEST)],
) -> HTMLResponse:
    """A published text against what the record says; nothing of it is kept."""
    found = check.load(session, nct_id, text)
    return page(request, "check.html.j2", about=found, checked=found, text=text)


@router.get("/versions/{number}/record")
def record(
    session: ReadSession, nct_id: NctId, number: Annotated[int, Path(ge=-LARGEST, le=LARGEST)]
) -> Response:
    """The bytes of a version as the registry sent them; their SHA-256 beside them."""
    raw = payload(session, nct_id, number)
    headers = {
        # Saved, never shown: a record is written by strangers, and a browser must not run what it holds as a page of
        # ours.
        "content-disposition": f'attachment; filename="{nct_id}@{number}.json"',
        "x-sha256": sha256_of(raw),
    }
    return Response(raw, media_type="application/json", headers=headers)


@router.post("/review")
def review(
    service: CurrentService,
    user: CurrentUser,
    nct_id: NctId,
    version: Annotated[int, Form(ge=-LARGEST, le=LARGEST)],
    note: Annotated[str, Form(max_length=2000)] = "",
    back: Annotated[str, Form(alias="next", max_length=2000)] = "",
) -> Response:
    """Note that the study was looked at, as of a version."""
    with actions_by(service, user) as actions:
        actions.review(nct_id, version=version, note=note)
        if back:
            return back_to(back, actions.did)
        done = urlencode({"did": actions.did})
    return RedirectResponse(f"/studies/{nct_id}?{done}", HTTPStatus.SEE_OTHER)


@router.post("/own-page")
def own_page(
    service: CurrentService,
    user: CurrentUser,
    nct_id: NctId,
    url: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Note where one's own page on the study is, or that there is none."""
    with actions_by(service, user) as actions:
        actions.own_page(nct_id, url)
    return RedirectResponse(f"/studies/{nct_id}#reviewed", HTTPStatus.SEE_OTHER)
