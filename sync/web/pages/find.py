"""Finding a study from anywhere: an NCT ID or an event's id leads to its page, other words to the studies that have them."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from storage.events import event
from storage.studies import studies
from sync.web.dependencies import CurrentService, ReadSession
from sync.web.render import page
from sync.web.views import find as view
from sync.web.views.find import FindQuery, Found

router = APIRouter(include_in_schema=False)

FIELD_NAMES = {
    "id": "ID",
    "title": "Title",
    "condition": "Condition",
    "intervention": "Intervention",
    "keyword": "Keyword",
    "sponsor": "Sponsor",
    "person": "Person",
    "site": "Site",
    "city": "City",
    "country": "Country",
}
"""As the page says them."""
REGISTRY_SEARCH = "https://clinicaltrials.gov/search"


@router.get("/find", response_class=HTMLResponse)
def find(
    request: Request, session: ReadSession, service: CurrentService, query: Annotated[FindQuery, Query()]
) -> Response:
    """The study or the event that is meant, or the studies that may be."""
    if to := _named(session, " ".join(query.q.replace("\0", "").split())):
        return RedirectResponse(to, HTTPStatus.SEE_OTHER)
    found = view.load(session, query, service.now())
    if to := _only_one(query, found):
        return RedirectResponse(to, HTTPStatus.SEE_OTHER)
    return page(
        request,
        "find.html.j2",
        asked=query.model_dump(exclude={"limit", "cursor"})
        | query.model_dump(include={"limit"}, exclude_defaults=True),
        query_of=query,
        found=found,
        fields=FIELD_NAMES,
        runs=view.runs,
        statuses=view.known_statuses(session, service.now()),
        all_phases=view.PHASES,
        countries=view.known_countries(session, service.now()),
        watches=[watch.name for watch in service.settings.watch],
        elsewhere=f"{REGISTRY_SEARCH}?{urlencode({'term': query.q})}",
    )


def _named(session: Session, words: str) -> str:
    """The page of what is meant, where the words are its id."""
    if re.fullmatch(r"evt_[a-z2-7]{26}", words) and event(session, words):
        return f"/events/{words}"
    named = re.fullmatch(r"(?:NCT)?\s*(\d{8})", words, re.IGNORECASE | re.ASCII)
    return f"/studies/NCT{named[1]}" if named and studies(session, [f"NCT{named[1]}"]) else ""


def _only_one(query: FindQuery, found: Found) -> str:
    """The page of the only study that has the words, where its title or an id says why; elsewhere the list does."""
    if found.total != 1 or not found.studies or query.narrowing or not found.is_complete:
        return ""
    study = found.studies[0]
    is_plain = not study.matches or all(match.field in ("id", "title") for match in study.matches)
    return f"/studies/{study.nct_id}" if is_plain else ""
