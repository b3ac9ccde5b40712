"""What a watch would bring, asked of the registry before anything is kept: how many studies, and the first of them.

Asked through the service's own client, once and within a bound, for somebody waits for it; what it says is stored nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from storage.studies import current_ids
from sync.cohort.neighbours import RELATED
from sync.cohort.related import RelatedTo
from sync.config import WatchSettings
from sync.cycle.second_look import stored_hits
from sync.errors import UnreadableRecord, UsageError
from sync.registry.errors import BadRequest, NotFound, RegistryError
from sync.registry.pages import RawRecord
from sync.service import Service
from sync.study.labels import in_words
from sync.study.record import Study, read_object, read_record
from sync.versions.related import as_related_to, stored_related_to
from sync.watches.glimpses import FIRST, MOST_PAGES, Glimpses, pages_of
from sync.words import agreeing, capital, counted

MANY = 2_000
"""From so many on, what it costs is said: at a request a second, a hundred studies each, every release takes minutes."""
MOST_PARTS = 20
"""Parts that are asked for: each is a request, a second apart."""
_IDS_ASKED = 200
_IDS_AT_ONCE = 100


class TooManyStudies(UsageError):
    """The watch would bring more studies than one may that is added by hand."""


class NothingToBeNear(UsageError):
    """A watch of what is related to a study that the registry does not have."""

    def __init__(self, ids: Sequence[str]) -> None:
        # An id alone may be waited for; what is near a study cannot be told before the study says something.
        super().__init__(
            f"the registry has no study {', '.join(ids)}, so that nothing can be related to it: check for a typing error; "
            "to wait for it, follow its id alone (`trialdelta watch add NCT…`)"
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """A study that a watch would bring."""

    nct_id: str
    title: str
    status: str


@dataclass(frozen=True, slots=True)
class Part:
    """What the ids or one search of a watch would bring; `problem` where the registry makes nothing of it."""

    source: str
    asked: str
    studies: int
    first: tuple[Sample, ...] = ()
    problem: str = ""
    is_looked_at: bool = False
    """Whether it brings candidates, of which the second look takes those that are near."""
    search: Mapping[str, str] = field(default_factory=dict, repr=False)
    ids: frozenset[str] | None = field(default=None, repr=False)
    """The studies themselves; None where they are too many to be asked for in one answer."""

    def as_json(self) -> dict[str, Any]:
        """The part as one object: which studies it would bring is not listed."""
        return {name: value for name, value in asdict(self).items() if name not in ("search", "ids")}


@dataclass(frozen=True, slots=True)
class Preview:
    """What a watch would bring, part by part."""

    parts: tuple[Part, ...]
    unregistered: tuple[str, ...]
    """Ids among those asked for that the registry does not have."""
    limit: int
    interval_s: float
    per_request: int
    conditions: str = ""
    """Which classes, antigens and areas its second look takes, in words."""
    nothing_to_be_near: tuple[str, ...] = ()
    """Studies that it is to be related to, and that the registry does not have."""

    @property
    def studies(self) -> int:
        """How many studies, each counted once; at most so many where it is not exact."""
        return len(self._known) + sum(part.studies for part in self._unknown)

    @property
    def fewest(self) -> int:
        """How many studies, at least."""
        return max([len(self._known), *(part.studies for part in self._unknown)])

    @property
    def is_exact(self) -> bool:
        """Whether so many it is, and not fewer for what several parts find."""
        return self.studies == self.fewest

    @property
    def _known(self) -> frozenset[str]:
        return frozenset[str]().union(*(part.ids for part in self.parts if part.ids is not None))

    @property
    def _unknown(self) -> list[Part]:
        return [part for part in self.parts if part.ids is None]

    @property
    def is_too_large(self) -> bool:
        """Whether it is refused."""
        return self.studies > self.limit

    @property
    def problems(self) -> list[str]:
        """What the registry makes nothing of, part by part."""
        return [f"{part.source}: {part.problem}" for part in self.parts if part.problem]

    @property
    def sentence(self) -> str:
        """What it comes to, and what that costs where it is much."""
        at_most = "" if self.is_exact else "at most "
        brings = f"It would bring {at_most}{counted(self.studies, 'study')}"
        if self.is_too_large:
            return (
                f"{brings}, more than the {self.limit:,} that a watch may that is added by hand. {TOO_LARGE}"
            )
        if self.studies >= MANY:
            requests = -(-self.studies // self.per_request)
            minutes = max(1, round(requests * max(self.interval_s, 1.0) / 60))
            cost = f"{counted(requests, 'request')}, about {counted(minutes, 'minute')}, on each release"
            return f"{brings}: {cost}.{self._overlap} {MEANT}"
        return f"{brings}.{self._overlap}{self._looked_at}"

    @property
    def _overlap(self) -> str:
        """How few it may be, where several parts may have found the same studies."""
        if self.is_exact:
            return ""
        return f" It may be as few as {self.fewest:,}: a study that several large searches find is counted in each."

    @property
    def _looked_at(self) -> str:
        """What becomes of those that it brings, where not all of them would be in the watch."""
        near = f"near enough (a score of {RELATED})" if any(part.is_looked_at for part in self.parts) else ""
        if not (near or self.conditions):
            return ""
        taken = " and ".join(filter(None, (near, self.conditions)))
        return f" Of these its second look takes what is {taken}: a test says which, and why."

    def as_json(self) -> dict[str, Any]:
        """The preview as one object."""
        return {
            "studies": self.studies,
            "limit": self.limit,
            "too_large": self.is_too_large,
            "sentence": self.sentence,
            "unregistered": list(self.unregistered),
            "parts": [part.as_json() for part in self.parts],
        }


TOO_LARGE = "Narrow the search; where so many are meant, put it into the configuration file or raise gates.max_studies."
MEANT = "Narrow the search if so many are not meant."


def preview(service: Service, watch: WatchSettings) -> Preview:
    """What a watch would bring. Raises RegistryError where the registry cannot be asked now, or UsageError."""
    if len(watch.searches) + len(watch.related_to) > MOST_PARTS:
        raise UsageError(f"a preview asks for {MOST_PARTS} searches at most; look at some of them at a time")
    settings = service.settings
    is_one_search = len(watch.searches) == 1 and not (watch.ids or watch.related_to)
    glimpses = Glimpses(service, with_ids=not is_one_search)
    by_id, unregistered = _by_id(glimpses, watch.ids)
    found = Preview(
        (*by_id, *_by_search(glimpses, watch)),
        unregistered,
        nothing_to_be_near=tuple(each for each in watch.related_to if each in glimpses.unknown),
        limit=settings.gates.max_studies,
        interval_s=settings.registry.min_interval_s,
        per_request=settings.registry.ids_per_request,
        conditions="" if watch.looks_at_all_stored else watch.conditions_in_words,
    )
    return _walked(glimpses, found) if found.fewest <= found.limit < found.studies else found


def _walked(glimpses: Glimpses, found: Preview) -> Preview:
    """The same with all that its large searches find, where that decides whether it is too large and takes half a minute."""
    large = [part for part in found.parts if part.ids is None and part.search]
    if sum(pages_of(part.studies) for part in large) > MOST_PAGES:
        return found
    walked = (
        replace(part, ids=glimpses.walked(part.search)) if part in large else part for part in found.parts
    )
    return replace(found, parts=tuple(walked))


def must_fit(found: Preview) -> None:
    """Raises TooManyStudies for more than a watch added by hand may bring, NothingToBeNear for a wrong related_to."""
    if found.nothing_to_be_near:
        raise NothingToBeNear(found.nothing_to_be_near)
    if found.is_too_large:
        raise TooManyStudies(found.sentence)


def _by_id(glimpses: Glimpses, ids: Sequence[str]) -> tuple[list[Part], tuple[str, ...]]:
    """The studies of the ids, as far as they are asked for, and those that the registry does not have."""
    if not ids:
        return [], ()
    known, first, asked = dict[str, str](), list[Sample](), ids[:_IDS_ASKED]
    for start in range(0, len(asked), _IDS_AT_ONCE):
        some = asked[start : start + _IDS_AT_ONCE]
        for record in glimpses.glimpse({"filter.ids": "|".join(some)}, studies=len(some)).first:
            known |= {name: record.nct_id or name for name in (record.nct_id, *record.aliases) if name}
            first += [_sample(record)] if len(first) < FIRST else []
    asked_for = "" if len(asked) == len(ids) else f"the first {len(asked)} were looked up"
    unregistered = tuple(nct_id for nct_id in asked if nct_id not in known)
    studies = frozenset(known.get(nct_id, nct_id) for nct_id in ids).difference(unregistered)
    part = Part(counted(len(ids), "id"), asked_for, len(studies), tuple(first), ids=studies)
    return [part], unregistered


def _by_search(glimpses: Glimpses, watch: WatchSettings) -> Iterator[Part]:
    if watch.looks_at_all_stored:
        with glimpses.service.database.read() as session:
            stored = stored_hits(session, watch)
        yield Part("all that is stored", watch.conditions_in_words, len(stored), ids=frozenset(stored))
    for number, search in enumerate(watch.searches, 1):
        words = "; ".join(f"{name}={value}" for name, value in search.items())
        yield _part(glimpses, Part(f"search {number}", words, 0), search)
    for nct_id in watch.related_to:
        yield from _by_nearness(glimpses, nct_id)


def _by_nearness(glimpses: Glimpses, nct_id: str) -> Iterator[Part]:
    part = Part(f"related to {nct_id}", "", 0, ids=frozenset())
    try:
        searches = _related_to(glimpses, nct_id).searches
    except NotFound as error:
        glimpses.unknown.add(nct_id)
        yield replace(part, problem=str(error))
        return
    except UnreadableRecord as error:
        yield replace(part, problem=str(error))
        return
    if not searches:
        yield replace(part, problem="the study says too little")
    for number, search in enumerate(searches, 1):
        words = "; ".join(f"{name}={value}" for name, value in search.items())
        yield _part(
            glimpses, Part(f"related to {nct_id}, search {number}", words, 0, is_looked_at=True), search
        )


def _part(glimpses: Glimpses, part: Part, search: Mapping[str, str]) -> Part:
    try:
        found = glimpses.search(search)
    except BadRequest as error:  # it is this search that means nothing: the others may
        return replace(part, problem=str(error), ids=frozenset())
    first = tuple(map(_sample, found.first))
    return replace(part, studies=found.total, first=first, search=search, ids=found.ids)


def _related_to(glimpses: Glimpses, nct_id: str) -> RelatedTo:
    """The study as it is stored, under whichever id; else as the registry has it now."""
    with glimpses.service.database.read() as session:
        current = current_ids(session).get(nct_id, nct_id)
        if (stored := stored_related_to(session, current)) is not None:
            return stored
    found = glimpses.glimpse({"filter.ids": nct_id}, studies=1, fields="").first
    if not found:
        raise NotFound(f"the registry has no study {nct_id}")
    with glimpses.service.database.read() as session:
        return as_related_to(session, read_record(found[0].raw))


def _sample(record: RawRecord) -> Sample:
    try:
        study = Study(read_object(record.raw))
    except UnreadableRecord:
        return Sample(record.nct_id or "", "a record that cannot be read", "")
    return Sample(study.nct_id or "", study.title or "", capital(in_words(study.status or "")))


def why_not_asked(error: RegistryError) -> str:
    """Why nobody can say now what a watch would bring, in a sentence with what to do."""
    return f"What it would bring is not known: {error}. {error.hint}"


def unregistered_words(ids: Sequence[str]) -> str:
    """A sentence about ids that the registry does not have."""
    shown = ", ".join(ids[:FIRST]) + (f" and {len(ids) - FIRST} more" if len(ids) > FIRST else "")
    enters = agreeing(len(ids), "it enters", "they enter")
    return f"The registry has no {shown}: check for a typing error; once registered, {enters} the watch."
