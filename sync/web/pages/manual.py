"""Help: `/help` with the documentation, `/help/NAME`, and the API's reference made of its own description."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from storage import events
from sync.web import manual
from sync.web.dependencies import CurrentService, ReadSession
from sync.web.render import page
from sync.web.target import origin_of
from sync.web.views.reference import groups

router = APIRouter(prefix="/help", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
def index(request: Request) -> HTMLResponse:
    """All that there is to read."""
    return page(request, "help.html.j2", articles=list(manual.articles().values()), article=None, contents=[])


@router.get("/api-reference", response_class=HTMLResponse)
def reference(request: Request, session: ReadSession, service: CurrentService) -> HTMLResponse:
    """Every operation of the API, with what it takes and answers, and an example that can be tried."""
    needs_accounts = service.settings.web.needs_accounts
    described = request.app.state.described(needs_accounts=needs_accounts)
    console = service.settings.alerts.console_url or origin_of(request.scope)
    watches = [watch.name for watch in service.settings.watch]
    ids = _ids(session) | dict.fromkeys(("watch", "name"), watches[0] if watches else "NAME")
    made = groups(described, console, ids, with_token=needs_accounts)
    return page(request, "reference.html.j2", groups=made, needs_accounts=needs_accounts)


@router.get("/{name}", response_class=HTMLResponse)
def article(request: Request, name: str) -> HTMLResponse:
    """A page of the documentation."""
    found = manual.articles().get(name)
    if found is None:
        raise HTTPException(404, "No page of the help has this name.")
    listed = list(manual.articles().values())
    return page(request, "help.html.j2", articles=listed, article=found, contents=manual.contents(found))


def _ids(session: Session) -> dict[str, str]:
    """Of the event that was told last: examples that are there."""
    told = (each for each in events.headlines(session, limit=20) if each.nct_id and each.to_version)
    last = next(told, None)
    found = {"event_id": last.id, "nct_id": str(last.nct_id)} if last else {}
    return {"number": "1", "delivery_id": "dlv_" + "a" * 26, **found}
