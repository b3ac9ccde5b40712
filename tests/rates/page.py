"""docs/rates.md: what was usual in a real cohort, with how it is counted. Figures alone: no record's words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from sync.study.labels import in_words
from sync.versions.base_rates import DAYS, FEWEST, SHORTEST, percent, words
from sync.versions.rates import BY, Numbers, Rate, Rates, Share, rates_of
from tests.rates.replay import FILE, WATCH, releases, replayed

ROOT = Path(__file__).resolve().parents[2]
MATERIAL = ROOT / ".." / "shared" / "registry"
MISSING = "Not counted here: the registry material (../shared/registry) is missing.\n"

_HEAD = f"""# What is usual

How often what changes, so that an alert does not stand alone: "In this cohort 3 of 316 studies were suspended in
the {DAYS} days before (0.9 %, 95 % interval 0.3 % to 2.8 %); this one is the 4th." Beside each event in the
console, mails, chats, on the terminal and in the API; of a whole watch on its page, by `trialdelta rates` and at
`GET /api/v1/cohorts/{{watch}}/rates`.

## How it is counted

- **Observed** is a study of the watch from its first stored version on (one of its record history too) until it
  left the watch or was absent from the registry. Time before the first version does not count: nothing could have
  been seen in it. A class, phase or class of sponsor is that of the newest version.
- **Events** count once, however many changes of a kind they tell of, by the releases after the window's first day
  and up to its last. What the record history told of the past counts with the time in which it was observed.
  Baselines make no events. What a storm holds, or a person dismissed with one, does not count; released, it does.
  That an alert was closed, judged a false alarm, or that the record went back later takes nothing away: the record
  did change. Told anew by other rules, an event still counts once.
- **Beside an event** stands how many studies of its cohort had the like (a step to the same status; a change of the
  same kind) in the {DAYS} days before it, or as many as were observed. The event itself is not among them, those of
  the same release only where they were told before it. Who had the like before gets no place: "this study was one
  of them". Of several watches the smallest with at least {FEWEST} studies is meant. The numbers are those of the
  end of the event's cycle, and stay.
- **Shares** have Wilson's score interval (Wilson 1927): centre `(p + z²/2n) / (1 + z²/n)`, half-width `z √(p(1-p)/n
  + z²/4n²) / (1 + z²/n)`, z = 1.96.
- **Rates** are events in a hundred study-years (36,525 study-days), with Garwood's exact interval of a Poisson
  count (Garwood 1936): the means at which so many or more, and so many or fewer, have a probability of 2.5 %; from
  300 events on Byar's approximation to it. Events of one study hang together, so that the true interval is somewhat
  wider.
- **Nothing is said** of fewer than {FEWEST} studies, or {SHORTEST} days: "too few to say" (`FEWEST`, `SHORTEST` in
  `sync/versions/base_rates.py`).
- **Days in a status** are those of all studies in the window; leaving one is a step to another. A **slip** is a
  planned date that moved; an actual date is no plan. **Stale** and **overdue** are shares of the studies of which
  something is awaited and whose record has the dates.

A watch of more than 5,000 studies is counted by the command and the API alone, not for its page. Where a watch has the
whole registry, `rates --watch NAME --kind eligibility` gives the registry-wide rate of edits of eligibility criteria.

E. B. Wilson: Probable inference, the law of succession, and statistical inference. J. Am. Stat. Assoc. 22 (1927), 209-212.
F. Garwood: Fiducial limits for the Poisson distribution. Biometrika 28 (1936), 437-442.

## CAR-T trials in autoimmune disease
"""


def page(material: Path = MATERIAL) -> str:
    """The whole page; without the material it says so instead of figures."""
    if not (material / f"{FILE}.jsonl.gz").is_file():
        return f"{_HEAD}\n{MISSING}"
    days = releases(material)
    with (
        TemporaryDirectory() as place,
        replayed(material, Path(place)) as database,
        database.read() as session,
    ):
        return "\n".join([_HEAD, *_sections(session, days)]) + "\n"


def _sections(session: Session, days: Sequence[str]) -> Iterator[str]:
    whole = rates_of(session, WATCH, days[-1], 200)
    yield f"{whole.n} studies on {len(days)} releases, {days[0]} to {days[-1]}: {whole.days:,} study-days."
    yield "Written by `python -m tests.rates`; a test counts the same in the records themselves.\n"
    yield from table(whole.rates, ())
    for by in (("class",), ("phase",), ("sponsor",), ("class", "phase", "sponsor")):
        yield f"\n### By {' and '.join(by)}\n"
        found = rates_of(session, WATCH, days[-1], 200, by=[BY[name] for name in by])
        yield from table([each for each in found.rates if each.is_enough], by)
        kept_back = sum(not each.is_enough for each in found.rates)
        yield f"\nToo few to say: {kept_back} further rows." if kept_back else ""
    yield from _others(whole)


def table(rates: Sequence[Rate], by: Sequence[str]) -> Iterator[str]:
    heads = ("what happened", *by, "events", "studies", "in 100 study-years")
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    for each in rates:
        low, high = each.interval
        often = f"{each.per_100_years:.1f} ({low:.1f} to {high:.1f})" if each.is_enough else "too few to say"
        cells = (words(each.what, 1).removeprefix("was "), *each.stratum, str(each.events))
        yield f"| {' | '.join((*cells, _share(Share(each.studies, each.n)), often))} |"


def _others(whole: Rates) -> Iterator[str]:
    yield "\n### Days in each status\n"
    yield "| status | studies | study-days | left it | in 100 study-years |"
    yield "|---|---|---|---|---|"
    for each in whole.statuses:
        told = each.as_json()["leaving_per_100_study_years"]
        often = told["said"] or f"{told['value']:.1f} ({told['low']:.1f} to {told['high']:.1f})"
        yield f"| {in_words(each.status)} | {each.n} | {each.days:,} | {each.left} | {often} |"
    yield "\n### Plans and silence\n"
    yield f"- actual enrollment by planned: {_numbers(whole.enrollment)}"
    yield from (f"- moves of the planned {each.name}: {_numbers(each)}" for each in whole.slips)
    for kind, share in whole.silent.items():
        yield f"- {kind} on the last day: {_share(share)}"
    yield "\nThe cohort's records have no dates of the study or of verification: slips and silence cannot be seen in them."


def _share(share: Share) -> str:
    if share.n < FEWEST:
        return f"{share.part} of {share.n}, too few to say"
    low, high = share.interval
    return f"{share.part} of {share.n}, {percent(share.part / share.n)} ({percent(low)} to {percent(high)})"


def _numbers(found: Numbers) -> str:
    if len(found.values) < FEWEST:
        return f"{len(found.values)}, too few to say"
    low, middle, high = found.quartiles
    return f"{len(found.values)}, median {middle:.2f}, quartiles {low:.2f} and {high:.2f}"
