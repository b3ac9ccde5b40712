"""What people do on the pages: a form that is posted, done in one transaction, answered with the page they were on."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from storage import alerts, audit
from storage import events as stored
from storage.errors import UnknownEntry
from sync.errors import UsageError
from sync.sections import time_named
from sync.web.desk import Asking, Desk
from sync.web.gate import cookie
from sync.web.views.deeds import span_of
from sync.web.visitors import NAME_COOKIE, clean_name, name_cookie

router = APIRouter(include_in_schema=False)

MOST_AT_ONCE = 500
A_YEAR_S = 365 * 86400

Action = Literal["acknowledge", "close", "snooze", "assign", "mute"]
Text = Annotated[str, Form(max_length=2000)]
Next = Annotated[str, Form(alias="next", max_length=2000)]


class Deeds:
    """What a form asks for, done to one alert after the other."""

    def __init__(self, session: Session, by: str, at: datetime) -> None:
        self.session, self.by, self.at = session, by, at

    def acknowledge(self, event_id: str, *, verdict: str, note: str, close: bool) -> None:
        """With a verdict and a note, where they are given."""
        alerts.acknowledge(
            self.session,
            event_id,
            by=self.by,
            at=self.at,
            verdict=verdict or None,
            note=note or None,
            close=close,
        )

    def mute(self, event_id: str, *, scope: str, until: datetime, reason: str) -> None:
        """Mute the event's study, its kind, or both."""
        event = stored.event(self.session, event_id)
        if event is None:
            raise UnknownEntry(f"there is no event {event_id}")
        nct_id = None if scope == "kind" else event["nct_id"] or None
        kind = None if scope == "study" else event["kind"]
        alerts.mute(
            self.session, nct_id=nct_id, kind=kind, by=self.by, at=self.at, until=until, reason=reason
        )


@router.post("/act")
def act(
    desk: Desk,
    asking: Asking,
    action: Annotated[Action, Form()],
    event: Annotated[list[str], Form(max_length=MOST_AT_ONCE)] = [],  # noqa: B006 - FastAPI copies it
    only: Text = "",
    verdict: Literal["", "acted", "no action needed", "false alarm", "noise"] = Form(""),
    note: Text = "",
    until: Text = "change",
    to: Annotated[str, Form(max_length=64)] = "",
    scope: Literal["study-kind", "study", "kind"] = Form("study-kind"),
    mute_for: Text = "30d",
    reason: Text = "",
    back: Next = "/",
) -> RedirectResponse:
    """Do something to the alerts that were chosen, or to the one whose button it was."""
    chosen = [only] if only else list(dict.fromkeys(event))
    if not chosen:
        raise UsageError("Choose an alert first.")
    now = desk.now()
    with desk.database.write() as session:
        before = audit.last(session)
        deeds = Deeds(session, asking.name, now)
        for event_id in chosen:
            if action in ("acknowledge", "close"):
                deeds.acknowledge(event_id, verdict=verdict, note=note, close=action == "close")
            elif action == "snooze":
                later = None if until == "change" else time_named(until, now)
                alerts.snooze(session, event_id, by=asking.name, at=now, until=later)
            elif action == "assign":
                alerts.assign(session, event_id, by=asking.name, at=now, to=clean_name(to) or None)
            else:
                _check_reason(reason)
                deeds.mute(event_id, scope=scope, until=time_named(mute_for, now), reason=reason.strip())
        return _back(back, before, audit.last(session))


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise UsageError("A mute needs a reason: it is shown to whoever wonders why nothing is told.")


@router.post("/undo")
def undo(desk: Desk, asking: Asking, did: Text, back: Next = "/") -> RedirectResponse:
    """Take back what the entries of the audit log say was done; all of it or nothing."""
    span = span_of(did)
    if span is None:
        raise UsageError("There is nothing to take back.")
    with desk.database.write() as session:
        before = audit.last(session)
        for seq in reversed(span):
            alerts.undo(session, seq, by=asking.name, at=desk.now())
        return _back(back, before, audit.last(session))


@router.post("/me")
def me(
    request: Request, name: Annotated[str, Form(max_length=200)] = "", back: Next = "/"
) -> RedirectResponse:
    """On loopback, without accounts: what the person is called in the audit log."""
    answer = RedirectResponse(local_path(back), HTTPStatus.SEE_OTHER)
    kept = cookie(request, NAME_COOKIE, name_cookie(name), seconds=A_YEAR_S if clean_name(name) else 0)
    answer.headers.append("set-cookie", kept)
    return answer


def _back(back: str, before: int, last: int) -> RedirectResponse:
    """To the page they were on, which then tells what was done."""
    parts = urlsplit(local_path(back))
    pairs = [(name, value) for name, value in parse_qsl(parts.query) if name != "did"]
    if last > before:
        pairs.append(("did", f"{before + 1}-{last}"))
    query = f"?{urlencode(pairs)}" if pairs else ""
    return RedirectResponse(f"{parts.path}{query}", HTTPStatus.SEE_OTHER)


def local_path(path: str) -> str:
    """A path of the console; the inbox where it would lead elsewhere."""
    parts = urlsplit(path)
    elsewhere = parts.scheme or parts.netloc or not path.startswith("/") or path.startswith(("//", "/\\"))
    return "/" if elsewhere or not path.isprintable() else path
