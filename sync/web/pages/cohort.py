"""The watches: `/cohorts`; one with its studies: `/cohorts/WATCH`; its table as a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup
from sqlalchemy.orm import Session

from storage import watch_summary
from storage.tables import SEVERITIES
from sync.service import Service
from sync.web.dependencies import CurrentService, ReadSession
from sync.web.drawing.bars import bars
from sync.web.drawing.flows import flows
from sync.web.drawing.sparkline import sparkline
from sync.web.drawing.status_mix import status_mix
from sync.web.drawing.statuses import status_class
from sync.web.drawing.weeks import weeks
from sync.web.export import Form, NoParquet, Separator, export
from sync.web.render import page, phases, spoken
from sync.web.views.cohort import overview as cohorts
from sync.web.views.cohort import rates as rates_view
from sync.web.views.cohort import still_to_read
from sync.web.views.cohort import view as cohort
from sync.web.views.cohort.query import UNSTATED, USUAL, CohortQuery
from sync.web.views.cohort.rates import RatesQuery
from sync.web.views.cohort.rows import EXPORTED, flat
from sync.web.views.cohort.view import Count

router = APIRouter(include_in_schema=False)

WatchName = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)]
MOST_COUNTRIES = 10
"""Countries that are drawn; the table beside the drawing has all."""


class ExportQuery(CohortQuery):
    """Which studies, in which order, and what stands between the columns of a CSV."""

    sep: Separator = ","


COUNTED_AT_ONCE = 5_000
"""Studies of a watch whose rates are counted for its page; of a whole registry that takes seconds, and a command does it."""


@router.get("/cohorts", response_class=HTMLResponse)
def show_all(request: Request, session: ReadSession, service: CurrentService) -> HTMLResponse:
    """All watches at a glance."""
    names = [watch.name for watch in service.settings.watch]
    page_view = cohorts.load(session, configured=names, rules=service.rules, now=service.now())
    # One scale for all sparklines of a page: each by itself would make a quiet watch look as lively as a busy one.
    top = max((max(watch.weeks) for watch in page_view.watches), default=0)
    return page(request, "cohorts.html.j2", cohorts=page_view, top=top, **SHARED)


@router.get("/cohorts/{watch}", response_class=HTMLResponse)
def show(
    request: Request,
    session: ReadSession,
    service: CurrentService,
    watch: WatchName,
    query: Annotated[CohortQuery, Query()],
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """A watch: charts of all its studies, and a page of those asked for."""
    view = load(session, service, watch, query, number)
    return page(
        request,
        "cohort.html.j2",
        cohort=view,
        rates=load_rates(session, service, watch, RatesQuery()) if view.studies <= COUNTED_AT_ONCE else None,
        still=still_to_read.load(session, watch, service.settings.watch),
        query_of=query,
        asked={**query.model_dump(mode="json"), "sort": query.sort if query.sort != USUAL else ""},
        columns=COLUMNS,
        sorted_by=query.sort.removeprefix("-"),
        is_descending=query.sort.startswith("-"),
        top=max((max(row.weeks) for row in view.rows), default=0),
        by_name=sorted(view.countries, key=lambda count: count.value),
        **_charts(view),
        **SHARED,
    )


def _charts(view: cohort.Cohort) -> dict[str, Any]:
    """The drawings, and the tables behind them."""
    countries = [(country.value, country.studies) for country in view.countries[:MOST_COUNTRIES]]
    return {
        "weeks_drawn": weeks([(week.monday, week.events) for week in view.weeks], "Events a week"),
        "flows_drawn": flows([(week.entered, week.left) for week in view.weeks], "Entered and left"),
        "phases_drawn": bars(named_counts(view.phases, phase_name), "Studies by phase"),
        "countries_drawn": bars(countries, "Studies by country"),
        "drawn": len(countries),
        "severities": {
            severity: sum(week.events[severity] for week in view.weeks) for severity in SEVERITIES
        },
        "week_rows": [(week.monday, *week.events.values()) for week in reversed(view.weeks)],
        "move_rows": [(week.monday, week.entered, week.left) for week in reversed(view.weeks)],
    }


@router.get("/cohorts/{watch}/export.{form}")
def download(
    session: ReadSession,
    service: CurrentService,
    watch: WatchName,
    form: Form,
    query: Annotated[ExportQuery, Query()],
) -> Response:
    """All studies that are asked for, as a file."""
    _must_be_known(session, service, watch)
    now = service.now()
    release, day = cohort.release_day(session, now)
    rows = cohort.rows(session, watch, query, limits=cohorts.limits_of(service.rules, watch), now=now)
    try:
        stem = f"trialdelta-{watch}-{release or day}"
        file = export([flat(row) for row in rows], EXPORTED, form, stem, separator=query.sep)
    except NoParquet as error:
        # 501: the request is right, and this installation cannot answer it; another one, with the library, can.
        raise HTTPException(501, f"{error.sentence} {error.hint}") from error
    headers = {"content-disposition": f'attachment; filename="{file.name}"'}
    return Response(file.body, media_type=file.media_type, headers=headers)


def load_rates(session: Session, service: Service, watch: str, query: RatesQuery) -> rates_view.Rates | None:
    """What is usual in a watch. Raises HTTPException where there is no such watch."""
    _must_be_known(session, service, watch)
    return rates_view.load(session, watch, query, cohorts.limits_of(service.rules, watch))


def load(
    session: Session, service: Service, watch: str, query: CohortQuery, number: int = 1
) -> cohort.Cohort:
    """A watch and a page of its table. Raises HTTPException where there is no such watch."""
    _must_be_known(session, service, watch)
    return cohort.load(
        session,
        watch,
        query,
        watches=[setting.name for setting in service.settings.watch],
        limits=cohorts.limits_of(service.rules, watch),
        now=service.now(),
        page=number,
    )


def _must_be_known(session: Session, service: Service, watch: str) -> None:
    if all(
        watch != setting.name for setting in service.settings.watch
    ) and watch not in watch_summary.watches(session):
        raise HTTPException(404, f"No watch is called {watch}.")


def mix_of_statuses(counts: list[Count], title: str) -> Markup:
    """The bar of a status mix."""
    return status_mix(
        [(status_name(count.value), status_class(count.value), count.studies) for count in counts], title
    )


def named_counts(counts: list[Count], words: Callable[[str], str]) -> list[tuple[str, int]]:
    """Counts under the names that people read."""
    return [(words(count.value), count.studies) for count in counts]


def as_it_is(value: str) -> str:
    """The value in words, where none are better."""
    return "Not stated" if value == UNSTATED else value


def status_name(status: str) -> str:
    """A status in words."""
    return "No status known" if status == UNSTATED else spoken(status)


def phase_name(phase: str) -> str:
    """Phases in words."""
    return as_it_is(phase) if phase == UNSTATED else phases(phase.split("/")) or "Not applicable"


def class_name(sponsor_class: str) -> str:
    """A sponsor's class in words."""
    return spoken(as_it_is(sponsor_class))


SHARED: dict[str, Any] = {
    "status_mix": mix_of_statuses,
    "sparkline": sparkline,
    **{each.__name__: each for each in (named_counts, as_it_is, status_name, phase_name, class_name)},
}
"""What the templates of these pages call."""
COLUMNS = {
    "title": ("Study", False),
    "status": ("Status", False),
    "phase": ("Phase", False),
    "enrollment": ("Enrollment", True),
    "sponsor": ("Sponsor", False),
    "countries": ("Countries", True),
    "updated": ("Updated", True),
    "changed": ("Last change", True),
    "events": ("12 weeks", True),
    "alerts": ("Alerts", True),
}
"""The columns of the table, all of which can be sorted: names, and whether the first click begins with the highest."""
