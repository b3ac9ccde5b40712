"""Which studies of a watch are asked for, and in which order (pure)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal, get_args

from pydantic import Field, field_validator

from storage.watch_table import Latest, Member
from sync.view import View
from sync.web.views.cohort.silent import SilenceStates

UNSTATED = "-"
"""As a value: the record does not say, or no record is kept."""
STATUSES = (
    "NOT_YET_RECRUITING",
    "RECRUITING",
    "ENROLLING_BY_INVITATION",
    "ACTIVE_NOT_RECRUITING",
    "SUSPENDED",
    "COMPLETED",
    "TERMINATED",
    "WITHDRAWN",
    "UNKNOWN",
)
"""In the order of a study's life; any other comes after them."""
_PHASES = ("EARLY_PHASE1", "PHASE1", "PHASE2", "PHASE3", "PHASE4", "NA")

Column = Literal[
    "nct_id", "title", "status", "phase", "enrollment", "sponsor", "countries",
    "updated", "changed", "events", "alerts", "entered",
]  # fmt: skip
COLUMNS: tuple[str, ...] = get_args(Column)
USUAL = "-changed"
"""The order where none is asked for: who changed last comes first."""
SilenceKind = Literal["overdue", "stale", "unknown_forecast"]


class CohortQuery(View):
    """Which studies, and in which order; what is left out narrows nothing."""

    q: str = Field(
        "",
        max_length=100,
        description=(
            "Words that stand in title, NCT ID, sponsor or a condition; of the whole registry words, or their beginnings."
        ),
    )
    status: str = Field("", max_length=60, description="Overall status; `-`: none is known.")
    phase: str = Field(
        "", max_length=60, description="Phases as listed, with a slash: PHASE1/PHASE2; `-`: none."
    )
    country: str = Field("", max_length=100, description="With a site in this country.")
    sponsor_class: str = Field(
        "", max_length=40, description="Class of the lead sponsor, such as INDUSTRY; `-`: none."
    )
    silence: SilenceKind | Literal[""] = ""
    state: str = Field(
        "", max_length=60, description="Presence in the registry: present, missing, gone, withheld …"
    )
    weeks: int = Field(
        0, ge=0, le=520, description="Changed in so many weeks up to the last release; 0: whenever."
    )
    left: bool = Field(False, description="Studies too that left the watch.")
    sort: str = Field(
        USUAL,
        pattern=rf"^-?({'|'.join(COLUMNS)})$",
        description="A column; with a minus before it from the end. Studies without a value come last.",
    )

    @field_validator("weeks", "left", mode="before")
    @classmethod
    def _nothing_chosen(cls, value: Any) -> Any:
        return 0 if value == "" else value

    @property
    def narrows(self) -> bool:
        """Whether anything but the order is asked for."""
        return bool(self.model_dump(exclude={"sort"}, exclude_defaults=True))


@dataclass(frozen=True, slots=True)
class Line:
    """A study of a watch, with all that its row shows; `text` is what words are looked for in."""

    member: Member
    silent: SilenceStates
    weeks: tuple[int, ...]
    latest: Latest | None
    text: str = field(init=False)

    def __post_init__(self) -> None:
        """Put the text together."""
        said = (self.member.nct_id, self.member.title, self.member.sponsor)
        words = (*said, *self.member.facts.get("conditions", ()))
        # Once for each line, which is kept while nothing changes: every search of every page goes through all of them.
        object.__setattr__(self, "text", "\n".join(word for word in words if word).casefold())


def phase_of(phases: Sequence[str]) -> str:
    """The phases as one value: PHASE1/PHASE2."""
    return "/".join(phases) or UNSTATED


def status_rank(status: str) -> tuple[int, str]:
    """A status' place in the fixed order."""
    return (STATUSES.index(status) if status in STATUSES else len(STATUSES) + (status == UNSTATED), status)


def phase_rank(phase: str) -> tuple[int, ...]:
    """A phase's place: the earlier first, PHASE1/PHASE2 between PHASE1 and PHASE2."""
    known = [_PHASES.index(each) for each in phase.split("/") if each in _PHASES]
    return tuple(known) or (len(_PHASES) + (phase == UNSTATED),)


def chosen(lines: Sequence[Line], query: CohortQuery, day: date) -> list[Line]:
    """The lines that are asked for; `day` is the last release's."""
    tests = _tests(query, day)
    return [line for line in lines if all(test(line) for test in tests)]


def _tests(query: CohortQuery, day: date) -> list[Callable[[Line], bool]]:
    since = (day - timedelta(weeks=query.weeks)).isoformat() if query.weeks else ""
    words = query.q.casefold().split()
    filters: list[tuple[object, Callable[[Line], bool]]] = [
        (words, lambda line: all(word in line.text for word in words)),
        (query.status, lambda line: (line.member.status or UNSTATED) == query.status),
        (query.phase, lambda line: phase_of(line.member.phases) == query.phase),
        (query.country, lambda line: query.country in line.member.facts.get("countries", ())),
        (query.sponsor_class, lambda line: class_of(line.member) == query.sponsor_class),
        (query.silence, lambda line: any(each.kind == query.silence for each in line.silent)),
        (query.state, lambda line: line.member.state == query.state),
        # Up to the last release, not to today: a registry that stood still must not empty the list.
        (query.weeks, lambda line: line.latest is not None and line.latest.release > since),
    ]
    return [test for wanted, test in filters if wanted]


def class_of(member: Member) -> str:
    """The class of a study's lead sponsor."""
    return str(member.facts.get("sponsor_class") or UNSTATED)


_KEYS: dict[str, Callable[[Line], Any]] = {
    "nct_id": lambda line: line.member.nct_id,
    "title": lambda line: line.member.title.casefold() if line.member.title else None,
    "status": lambda line: status_rank(line.member.status) if line.member.status else None,
    "phase": lambda line: phase_rank(phase_of(line.member.phases)) if line.member.phases else None,
    "enrollment": lambda line: line.member.enrollment.get("count"),
    "sponsor": lambda line: line.member.sponsor.casefold() if line.member.sponsor else None,
    "countries": lambda line: len(line.member.facts.get("countries", ())) or None,
    "updated": lambda line: line.member.last_update_posted,
    "changed": lambda line: line.latest.release if line.latest else None,
    "events": lambda line: sum(line.weeks),
    "alerts": lambda line: line.latest.open_alerts if line.latest else 0,
    "entered": lambda line: line.member.entered_release,
}


def ordered(lines: Sequence[Line], sort: str) -> list[Line]:
    """The lines in the order that is asked for; equals by NCT ID, those without a value last, either way."""
    key = _KEYS[sort.removeprefix("-")]
    # Sorted by id first and then by a stable sort: turned around, equals must not change places from page to page.
    keyed = [(key(line), line) for line in sorted(lines, key=lambda line: line.member.nct_id)]
    known = [each for each in keyed if each[0] is not None]
    known.sort(key=lambda each: each[0], reverse=sort.startswith("-"))
    return [line for _, line in known] + [line for value, line in keyed if value is None]
