"""Finding a study from anywhere: an NCT ID or an event's id leads to its page, other words to the studies that have them."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from storage.events import event
from storage.studies import search, studies
from sync.web.dependencies import ReadSession
from sync.web.render import page

router = APIRouter(include_in_schema=False)

MOST = 50


@router.get("/find", response_class=HTMLResponse)
def find(request: Request, session: ReadSession, q: Annotated[str, Query(max_length=100)] = "") -> Response:
    """The study or the event that is meant, or the studies that may be."""
    # PostgreSQL refuses NUL in a text, even one that is only looked for.
    words = " ".join(q.replace("\0", "").split())
    if re.fullmatch(r"evt_[a-z2-7]{26}", words) and event(session, words):
        return RedirectResponse(f"/events/{words}", HTTPStatus.SEE_OTHER)
    named = re.fullmatch(r"(?:NCT)?\s*(\d{8})", words, re.IGNORECASE | re.ASCII)
    if named and studies(session, [f"NCT{named[1]}"]):
        return RedirectResponse(f"/studies/NCT{named[1]}", HTTPStatus.SEE_OTHER)
    # One more than is shown, to know that there are more.
    found = search(session, words, limit=MOST + 1) if words else []
    if len(found) == 1:
        return RedirectResponse(f"/studies/{found[0].nct_id}", HTTPStatus.SEE_OTHER)
    return page(request, "find.html.j2", words=words, found=found[:MOST], more=len(found) > MOST)
