"""The command `rates`: what is usual in a watch."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from sqlalchemy.orm import Session

from storage import ledger
from storage.rates import What
from sync.cli.arguments import kinds
from sync.cli.common import print_json, print_lines, settings_of
from sync.cli.database import open_storage
from sync.cli.options import ConfigOption, JsonOption
from sync.cli.tables import table
from sync.config import Settings
from sync.errors import UsageError
from sync.rules import by_watch
from sync.study.labels import in_words
from sync.terminal.text import safe
from sync.versions.base_rates import FEWEST, percent, words
from sync.versions.known import known_watch, one_of
from sync.versions.rates import BY, InStatus, Numbers, Rate, Rates, Share, rates_of
from sync.words import counted

_WINDOW = re.compile(r"([1-9]\d{0,4})d", re.ASCII)
TOO_FEW = "too few to say"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(rates)


def rates(
    watch: Annotated[str, typer.Option(help="Of this watch (else of each).")] = "",
    kind: Annotated[list[str] | None, typer.Option(help="Only of this kind (may be repeated).")] = None,
    window: Annotated[str, typer.Option(metavar="DAYS", help="The days up to the last release.")] = "90d",
    by: Annotated[
        list[str] | None, typer.Option(help="Apart by class, phase or sponsor (may be repeated).")
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Say what is usual in a watch: how often what changes, days in each status, what becomes of plans, who is silent.

    Counted from the stored versions, each number with how many it is of and a 95 % interval. Of fewer than 20 studies
    nothing is said. With --json one object a watch.

    [bold]Examples[/]
      trialdelta rates --watch lupus
      trialdelta rates --kind status --window 365d
      trialdelta rates --by class --by phase --json
    """
    settings = settings_of(config)
    strata = [BY[one_of("stratum", "strata", each, BY)] for each in by or ()]
    days, wanted = _days(window), kinds(kind)
    with open_storage(settings).read() as session:
        names = [watch] if watch else [each.name for each in settings.watch]
        for name in names:
            known_watch(session, (each.name for each in settings.watch), name)
        if not names:
            raise UsageError(
                "no watch is there whose rates could be counted: `trialdelta watch add NCT…` makes one"
            )
        found = [_of(session, settings, name, days, strata) for name in names]
    if as_json:
        print_json(_chosen(each.as_json(), wanted) for each in found)
    else:
        print_lines(line for each in found for line in _lines(each, wanted))


def _days(window: str) -> int:
    match = _WINDOW.fullmatch(window.strip())
    if match is None:
        raise UsageError(f"{window!r} is not a number of days: write 90d")
    return int(match[1])


def _of(session: Session, settings: Settings, watch: str, days: int, by: Sequence[str]) -> Rates:
    mark = ledger.watermark(session)
    if mark is None:
        raise UsageError("no release was read to its end yet: nothing can be counted")
    rules = by_watch(settings).get(watch)
    return rates_of(session, watch, mark.release, days, by=by, limits=rules.limits if rules else None)


def _chosen(found: dict[str, Any], wanted: Sequence[str]) -> dict[str, Any]:
    return found | {"rates": [each for each in found["rates"] if not wanted or each["kind"] in wanted]}


def _lines(found: Rates, wanted: Sequence[str]) -> Iterator[RenderableType]:
    yield (
        f"[bold]{safe(found.watch)}[/]: {counted(found.n, 'study')} observed for {found.days:,} study-days in all, "
        f"after {found.window.since} up to {found.window.until}"
    )
    if found.n < FEWEST:
        yield f"Too few to say what is usual: {FEWEST} studies are needed."
        return
    chosen = [each for each in found.rates if not wanted or each.what.kind in wanted]
    heads = ("what happened", *(each for each in found.by), "events", "studies", "in 100 study-years")
    yield from table(heads, map(_rate, chosen)) if chosen else ["Nothing of the kind happened."]
    if not wanted or "status" in wanted:
        yield ""
        yield from table(
            ("status", "studies", "days", "left it", "in 100 study-years"), map(_in_status, found.statuses)
        )
    yield ""
    if not wanted or "enrollment" in wanted:
        yield _numbers(
            found.enrollment, "actual of planned enrollment", "reached the plan", times=100, unit=" %"
        )
    if not wanted or "dates" in wanted:
        yield from (
            _numbers(each, f"moves of the planned {each.name}", "later", times=1, unit=" days")
            for each in found.slips
        )
    for kind, share in found.silent.items():
        if not wanted or kind in wanted:
            yield f"{kind} now, of those of which something is awaited: {_share(share)}"


def _rate(rate: Rate) -> tuple[str, ...]:
    low, high = rate.interval
    often = f"{rate.per_100_years:,.1f} ({low:,.1f} to {high:,.1f})" if rate.is_enough else TOO_FEW
    return (
        safe(_what(rate.what)),
        *map(safe, rate.stratum),
        f"{rate.events:,}",
        _share(Share(rate.studies, rate.n)),
        often,
    )


def _what(what: What) -> str:
    return words(what, 1).removeprefix("was ")


def _in_status(found: InStatus) -> tuple[str, ...]:
    rate = Rate(What("status"), (), found.left, found.left, found.n, found.days)
    return (
        safe(in_words(found.status)),
        f"{found.n:,}",
        f"{found.days:,}",
        f"{found.left:,}",
        _rate(rate)[-1],
    )


def _share(share: Share) -> str:
    if share.n < FEWEST:
        return f"{share.part:,} of {share.n:,}, {TOO_FEW}"
    low, high = share.interval
    return (
        f"{share.part:,} of {share.n:,}, {percent(share.part / share.n)} ({percent(low)} to {percent(high)})"
    )


def _numbers(found: Numbers, what: str, those: str, *, times: int, unit: str) -> str:
    n = len(found.values)
    if n < FEWEST:
        return f"{what}: {n}, {TOO_FEW}"
    low, middle, high = found.quartiles
    return (
        f"{what}: {n}, median {times * middle:,.0f}{unit} (quartiles {times * low:,.0f} and {times * high:,.0f}); "
        f"{those}: {_share(found.share)}"
    )
