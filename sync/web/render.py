"""Pages out of templates: one Jinja environment, what every page shows besides its own, and how values are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup
from sqlalchemy.orm import Session

from storage.errors import StorageError
from storage.times import as_text
from sync import __version__
from sync.alerts.channels.plain import folded
from sync.changes.lines import Headline
from sync.changes.sentences import kind_name
from sync.cohort.vocabulary import AREAS, CLASSES, SOURCES, class_words, grounds_in_words
from sync.study import labels
from sync.study.labels import in_words, place_in_words
from sync.timing.zones import moments
from sync.watches.preview import unregistered_words
from sync.web.dependencies import service_of
from sync.web.drawing.statuses import status_class
from sync.web.files import address_of
from sync.web.target import path_of
from sync.web.views.activity import LastAction, last_action, latest_span
from sync.web.views.status_bar import WORDS, status_bar
from sync.words import agreeing, apart, capital, counted, outcome, signed_days

ROWS_COOKIE = "trialdelta_rows"
TEMPLATES = Path(__file__).with_name("templates")


def page(request: Request, template: str, *, status: int = HTTPStatus.OK, **context: Any) -> HTMLResponse:
    """The template as an answer; every page also knows who asks, the token for its forms, and the watcher's status bar."""
    visitor = getattr(request.state, "visitor", None)
    shared = {
        "visitor": visitor,
        "csrf": getattr(request.state, "csrf", ""),
        "path": path_of(request.scope),
        "rows": rows_of(request),
        **_standing(request, visitor is not None),
        "version": __version__,
    }
    return HTMLResponse(_environment().get_template(template).render(**shared, **context), status)


def error_page(request: Request, status: int, detail: str, hint: str = "") -> HTMLResponse:
    """A page that says what went wrong, and what to do."""
    phrase = HTTPStatus(status).phrase
    path = path_of(request.scope)
    study = re.match(r"/studies/(NCT\d{8})\b", path, re.ASCII)
    return page(
        request,
        "error.html.j2",
        status=status,
        code=int(status),
        phrase=phrase,
        # What the framework says of an address that no route has is the status again.
        detail="There is no page at this address." if detail == HTTPStatus.NOT_FOUND.phrase else detail,
        hint=hint,
        study=study[1] if study and request.query_params else "",
        is_lost=status == HTTPStatus.NOT_FOUND,
        asked=path.rstrip("/").rpartition("/")[2][:100],
    )


def rows_of(request: Request) -> str:
    """How the rows of lists are to stand, as this browser's cookie says: "compact", unless "comfortable" was chosen."""
    # Read here and not by the page's script: whatever a script changes makes the page jump.
    return "comfortable" if request.cookies.get(ROWS_COOKIE) == "comfortable" else "compact"


def _standing(request: Request, may_look: bool) -> dict[str, Any]:
    """The watcher's pulse, and what was just done; also where the database does not answer, a page can still say so."""
    nothing: dict[str, Any] = {"status_bar": None, "last_action": None}
    # Who is not signed in learns nothing from the frame of a page either.
    if not may_look:
        return nothing
    service = service_of(request)
    try:
        with service.database.read() as session:
            now = status_bar(session, service.settings, service.now())
            return {"status_bar": now, "last_action": _last_action(request, session, service.now())}
    except StorageError:
        return nothing


def _last_action(request: Request, session: Session, now: datetime) -> LastAction | None:
    """What the page's address says was just done; else what its reader did within the last minute, wherever that was."""
    span = request.query_params.get("did", "") or latest_span(session, request.state.visitor.name, now)
    if not span:
        return None
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "did"]
    path = path_of(request.scope)
    return last_action(session, span, f"{path}?{urlencode(others)}" if others else path)


def moment(at: datetime | str | None, form: str = "minute") -> str | Markup:
    """A time as `<time>`: in UTC, which the page's script turns into the reader's zone. `form`: minute, day or ago."""
    if at is None:
        return "never"
    time = datetime.fromisoformat(at) if isinstance(at, str) else at
    shown = f"{time:%Y-%m-%d}" if form == "day" else f"{time:%Y-%m-%d %H:%M} UTC"
    title = f"{time:%Y-%m-%d %H:%M:%S} UTC"
    return Markup(f'<time datetime="{as_text(time)}" data-form="{form}" title="{title}">{shown}</time>')  # noqa: S704 - nothing but a time


def timed(text: str) -> Markup:
    """A text with the times in it as `moment` has them: no sentence may speak of UTC beside times in the reader's zone."""
    return Markup("").join(each if isinstance(each, str) else moment(each) for each in moments(text))


def spoken(text: object) -> str:
    """A word of the registry or of ours as people write it: NOT_YET_RECRUITING is "Not yet recruiting"."""
    return capital(in_words(str(text)).replace("_", " ").strip())


def phases(names: list[str] | tuple[str, ...] | None) -> str:
    """PHASE1 and PHASE2 as "Phase 1/2"."""
    return labels.phases(names or ())


def two_lines(headline: str) -> Headline:
    """A headline as it is read: what happened, and what else did."""
    return Headline.of(headline)


def query(values: Mapping[str, Any], **changed: Any) -> str:
    """A query string of these values with some changed; what is empty is left out."""
    merged = {**values, **changed}
    pairs = [
        (key, each)
        for key, value in merged.items()
        for each in (value if isinstance(value, list | tuple) else [value])
        if each not in (None, "", False)
    ]
    return f"?{urlencode(pairs)}" if pairs else "?"


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        lstrip_blocks=True,
        # A name that no page gives is an error in the tests, not an empty place on the screen.
        undefined=jinja2.StrictUndefined,
    )
    filters = (
        moment,
        timed,
        spoken,
        apart,
        kind_name,
        class_words,
        grounds_in_words,
        place_in_words,
        phases,
        two_lines,
        status_class,
        counted,
        agreeing,
        outcome,
        signed_days,
        folded,
    )
    made.filters.update({each.__name__: each for each in filters})
    made.globals.update(
        static=address_of,
        query=query,
        state_words=WORDS,
        unregistered_words=unregistered_words,
        trial_classes=CLASSES,
        trial_sources=SOURCES,
        trial_areas=AREAS,
    )
    return made
