"""What people do on the pages: a form that is posted, done in one transaction, answered with the page they were on."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse

from sync.errors import UsageError
from sync.web.actions import MOST_AT_ONCE, Scope, actions_by
from sync.web.authentication import NAME_COOKIE, clean_name, name_cookie
from sync.web.dependencies import CurrentService, CurrentUser
from sync.web.gate import cookie
from sync.web.views.activity import span_of

router = APIRouter(include_in_schema=False)

A_YEAR_S = 365 * 86400

Action = Literal["acknowledge", "close", "reopen", "snooze", "wake", "assign", "take", "mute"]
Text = Annotated[str, Form(max_length=2000)]
Next = Annotated[str, Form(alias="next", max_length=2000)]


@router.post("/act")
def act(
    service: CurrentService,
    user: CurrentUser,
    action: Annotated[Action, Form()],
    event: Annotated[list[str], Form(max_length=MOST_AT_ONCE)] = [],  # noqa: B006 - FastAPI copies it
    only: Text = "",
    verdict: Literal["", "acted", "no action needed", "false alarm", "noise"] = Form(""),
    note: Text = "",
    until: Text = "change",
    to: Annotated[str, Form(max_length=64)] = "",
    scope: Annotated[Scope, Form()] = "study-kind",
    mute_for: Text = "30d",
    reason: Text = "",
    back: Next = "/",
) -> RedirectResponse:
    """Do something to the alerts that were chosen, or to the one whose button it was."""
    # A button beside one alert goes before the boxes that are ticked elsewhere on the page.
    chosen = [only] if only else list(dict.fromkeys(event))
    if not chosen:
        raise UsageError("Choose an alert first.")
    with actions_by(service, user) as actions:
        for event_id in chosen:
            match action:
                case "acknowledge" | "close":
                    actions.acknowledge(event_id, verdict=verdict, note=note, close=action == "close")
                case "snooze":
                    actions.snooze(event_id, until)
                case "assign":
                    actions.assign(event_id, to)
                case "mute":
                    actions.mute_like(event_id, scope=scope, until=mute_for, reason=reason)
                case "reopen":
                    actions.reopen(event_id)
                case "wake":
                    actions.wake(event_id)
                case "take":
                    actions.take(event_id)
        return back_to(back, actions.did)


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
