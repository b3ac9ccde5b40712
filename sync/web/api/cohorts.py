"""Watches: all at a glance, and one with a page of its table."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import ConfigDict, Field

from sync.web.api.routes import FOUND, api_router
from sync.web.dependencies import CurrentService, ReadSession
from sync.web.pages import cohort as page
from sync.web.pages.cohort import WatchName
from sync.web.views.cohort import overview as cohorts
from sync.web.views.cohort.overview import Cohorts
from sync.web.views.cohort.query import CohortQuery
from sync.web.views.cohort.rates import Rates, RatesQuery
from sync.web.views.cohort.view import Cohort

router = api_router("cohorts")


class CohortPage(CohortQuery):
    """Which studies, in which order, and which page of them."""

    # A parameter that is misspelt would be passed over, and all studies would look like those asked for.
    model_config = ConfigDict(frozen=True, extra="forbid")

    page: int = Field(1, ge=1, le=100_000)


@router.get("/cohorts")
def list_cohorts(session: ReadSession, service: CurrentService) -> Cohorts:
    """All watches at a glance."""
    names = [watch.name for watch in service.settings.watch]
    return cohorts.load(session, configured=names, rules=service.rules, now=service.now())


@router.get("/cohorts/{watch}", responses=FOUND)
def get_cohort(
    session: ReadSession, service: CurrentService, watch: WatchName, query: Annotated[CohortPage, Query()]
) -> Cohort:
    """A watch: its studies counted in many ways, and a page of those asked for; the last page where there are fewer."""
    return page.load(session, service, watch, query, query.page)


@router.get("/cohorts/{watch}/rates", responses=FOUND)
def get_rates(
    session: ReadSession, service: CurrentService, watch: WatchName, query: Annotated[RatesQuery, Query()]
) -> Rates | None:
    """What is usual in a watch: how often what changes, days in each status, what becomes of plans."""
    return page.load_rates(session, service, watch, query)
