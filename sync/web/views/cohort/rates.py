"""What is usual in a watch: how often what changes, with the interval of each number."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from sqlalchemy.orm import Session

from storage import ledger
from sync.changes.rule import Limits
from sync.versions import rates as counted
from sync.versions.base_rates import DAYS, FEWEST, words
from sync.view import View
from sync.web.views.base import Parameters
from sync.web.views.cache import PerRelease


class RatesQuery(Parameters):
    """The window, and what studies are told apart by."""

    days: int = Field(DAYS, ge=1, le=36_500, description="Up to the last release that was read to its end.")
    by: list[Literal["class", "phase", "sponsor"]] = Field(
        [], max_length=3, description="Each number apart for each class, phase, class of sponsor."
    )


class Estimate(View):
    """A number with its interval of 95 %; all null where too few were counted, as `said` says."""

    value: float | None
    low: float | None
    high: float | None
    said: str | None


class ShareOf(Estimate):
    """A part of a number of studies, with Wilson's interval."""

    part: int
    n: int


class RateOf(View):
    """How often something happened."""

    kind: str
    status: str | None = Field(description="For a step to a status: to which.")
    words: str
    stratum: list[str] = Field(description="The values of `by`; `-` where a record says none.")
    events: int
    days: int = Field(description="Study-days of observation.")
    per_100_study_years: Estimate = Field(description="With Garwood's exact interval.")
    studies: ShareOf = Field(description="Of how many of the studies observed.")


class InStatus(View):
    """Time that studies spent in a status."""

    status: str
    n: int
    days: int
    left: int = Field(description="Steps out of it.")
    leaving_per_100_study_years: Estimate
    spells: int = Field(description="Stays that were seen from begin to end.")
    median_days_of_spells: float | None


class Numbers(View):
    """Median and quartiles of numbers; null of too few."""

    name: str
    n: int
    median: float | None
    quartiles: list[float | None]
    share: ShareOf


class Rates(View):
    """What is usual in a watch. Nothing is said of fewer than `fewest` studies."""

    watch: str
    since: str = Field(description="Counted from the release after this day,")
    until: str = Field(description="up to this release.")
    by: list[str]
    n: int = Field(description="Studies that were observed.")
    study_days: int
    fewest: int
    rates: list[RateOf]
    statuses: list[InStatus]
    enrollment: Numbers = Field(description="Actual by planned enrollment; share: the plan was reached.")
    slips: list[Numbers] = Field(description="Days that planned dates moved; share: later.")
    silent: dict[str, ShareOf] = Field(description="Stale and overdue now.")


_COUNTED: PerRelease[Rates | None] = PerRelease()


def load(session: Session, watch: str, query: RatesQuery, limits: Limits) -> Rates | None:
    """What is usual in a watch, counted once a release; None before a release was read to its end."""
    key = (watch, query.days, tuple(query.by), limits)
    return _COUNTED.get(session, key, lambda: _count(session, watch, query, limits))


def _count(session: Session, watch: str, query: RatesQuery, limits: Limits) -> Rates | None:
    mark = ledger.watermark(session)
    if mark is None:
        return None
    by = [counted.BY[name] for name in query.by]
    found = counted.rates_of(session, watch, mark.release, query.days, by=by, limits=limits)
    said = found.as_json()
    pairs = zip(found.rates, said["rates"], strict=True)
    rates = [{**each, "words": words(rate.what, 1).removeprefix("was ")} for rate, each in pairs]
    return Rates.model_validate({**said, "rates": rates, "fewest": FEWEST})
