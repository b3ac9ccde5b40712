"""What people do on the pages: a form that is posted, done in one transaction, answered with the page they were on."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field, ValidationError

from sync.errors import UsageError
from sync.web.actions import MOST_AT_ONCE, Actions, Scope, actions_by
from sync.web.authentication import NAME_COOKIE, clean_name, name_cookie
from sync.web.dependencies import CurrentService, CurrentUser
from sync.web.gate import cookie
from sync.web.render import ROWS_COOKIE, page
from sync.web.views import matching
from sync.web.views.activity import span_of
from sync.web.views.inbox import InboxQuery

router = APIRouter(include_in_schema=False)

A_YEAR_S = 365 * 86400

Action = Literal["acknowledge", "close", "reopen", "snooze", "wake", "assign", "take", "mute"]
Verdict = Literal["", "acted", "no action needed", "false alarm", "noise"]
Text = Annotated[str, Form(max_length=2000)]
Next = Annotated[str, Form(alias="next", max_length=2000)]


class Wanted(BaseModel):
    """What the form of the inbox, or of an event's page, says is to be done, and to which alerts."""

    action: Action
    event: list[str] = Field(default_factory=list, max_length=MOST_AT_ONCE)
    only: str = Field("", max_length=100)
    all: bool = False
    """To all that match the list's filter, whatever boxes are ticked."""
    sure: str = Field("", max_length=64)
    """The `seal` of the alerts that whoever asks was shown, and said yes to."""
    verdict: Verdict = ""
    note: str = Field("", max_length=2000)
    until: str = Field("change", max_length=2000)
    to: str = Field("", max_length=64)
    scope: Scope = "study-kind"
    mute_for: str = Field("30d", max_length=2000)
    reason: str = Field("", max_length=2000)
    back: str = Field("/", alias="next", max_length=2000)

    @property
    def chosen(self) -> list[str]:
        """A button beside one alert goes before the boxes that are ticked elsewhere on the page."""
        return [self.only] if self.only else list(dict.fromkeys(self.event))


@router.post("/act", response_model=None)
def act(
    request: Request, service: CurrentService, user: CurrentUser, wanted: Annotated[Wanted, Form()]
) -> Response:
    """Do something to the alerts that were chosen, or to the one whose button it was."""
    if wanted.all and not wanted.only:
        return _act_on_all(request, service, user, wanted)
    if not wanted.chosen:
        raise UsageError("Choose an alert first.")
    with actions_by(service, user) as actions:
        _do(actions, wanted, wanted.chosen)
        return back_to(wanted.back, actions.did)


def _act_on_all(request: Request, service: CurrentService, user: CurrentUser, wanted: Wanted) -> Response:
    """Ask first; then do it, if the alerts that match are still those that were shown."""
    which = _filter_of(wanted.back)
    if wanted.sure:
        with actions_by(service, user) as actions:
            found = matching.load(actions.session, which, service.now())
            if found.events and found.seal == wanted.sure:
                _do(actions, wanted, found.events)
                return back_to(wanted.back, actions.did)
    with service.database.read() as session:
        found = matching.load(session, which, service.now())
    asked = wanted.model_dump(mode="json", by_alias=True, exclude={"event", "only", "all", "sure"})
    moved, back = bool(wanted.sure), local_path(wanted.back)
    return page(request, "sure.html.j2", found=found, asked=asked, moved=moved, back=back)


def _filter_of(back: str) -> InboxQuery:
    """The filter of the list that the form stood in: what its address asks with."""
    asked = dict(parse_qsl(urlsplit(local_path(back)).query))
    try:
        return InboxQuery(**{name: value for name, value in asked.items() if name in InboxQuery.model_fields})
    except ValidationError as error:
        raise UsageError("The filter of that list cannot be read. Load the list again.") from error


def _do(actions: Actions, wanted: Wanted, events: Sequence[str]) -> None:
    if wanted.action == "mute":
        actions.mute_like(events, scope=wanted.scope, until=wanted.mute_for, reason=wanted.reason)
        return
    for event_id in events:
        match wanted.action:
            case "acknowledge" | "close":
                close = wanted.action == "close"
                actions.acknowledge(event_id, verdict=wanted.verdict, note=wanted.note, close=close)
            case "snooze":
                actions.snooze(event_id, wanted.until)
            case "assign":
                actions.assign(event_id, wanted.to)
            case "reopen":
                actions.reopen(event_id)
            case "wake":
                actions.wake(event_id)
            case "take":
                actions.take(event_id)


@router.post("/undo")
def undo(service: CurrentService, user: CurrentUser, did: Text, back: Next = "/") -> RedirectResponse:
    """Take back what the entries of the audit log say was done; all of it or nothing."""
    span = span_of(did)
    if span is None:
        raise UsageError("There is nothing to take back.")
    with actions_by(service, user) as actions:
        actions.undo(span)
        return back_to(back, actions.did)


@router.post("/me")
def me(
    request: Request, name: Annotated[str, Form(max_length=200)] = "", back: Next = "/"
) -> RedirectResponse:
    """On loopback, without accounts: what the person is called in the audit log."""
    # 303: whoever reloads the page then reads it again and does not send the form again.
    answer = RedirectResponse(local_path(back), HTTPStatus.SEE_OTHER)
    kept = cookie(request, NAME_COOKIE, name_cookie(name), seconds=A_YEAR_S if clean_name(name) else 0)
    answer.headers.append("set-cookie", kept)
    return answer


@router.post("/me/rows")
def rows(
    request: Request, rows: Annotated[Literal["compact", "comfortable"], Form()], back: Next = "/"
) -> RedirectResponse:
    """How the rows of lists stand in this browser."""
    answer = RedirectResponse(local_path(back), HTTPStatus.SEE_OTHER)
    answer.headers.append("set-cookie", cookie(request, ROWS_COOKIE, rows, seconds=A_YEAR_S))
    return answer


def back_to(back: str, did: str) -> RedirectResponse:
    """To the page they were on, which then tells what was done."""
    parts = urlsplit(local_path(back))
    # What was done before is told no longer: only the last action can be taken back from the page.
    pairs = [(name, value) for name, value in parse_qsl(parts.query) if name != "did"]
    if did:
        pairs.append(("did", did))
    query = f"?{urlencode(pairs)}" if pairs else ""
    return RedirectResponse(f"{parts.path}{query}", HTTPStatus.SEE_OTHER)


def local_path(path: str) -> str:
    """A path of the console; the inbox where it would lead elsewhere."""
    try:
        parts = urlsplit(path)
    except ValueError:  # such as "//["
        return "/"
    # Browsers read `//host` and `/\host` as another site's address.
    elsewhere = parts.scheme or parts.netloc or not path.startswith("/") or path.startswith(("//", "/\\"))
    return "/" if elsewhere or not path.isprintable() else path
