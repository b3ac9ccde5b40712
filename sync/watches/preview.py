"""What a watch would bring, asked of the registry before anything is kept: how many studies, and the first of them.

Asked through the service's own client, once and within a bound, for somebody waits for it; what it says is stored nowhere.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from cachetools import TTLCache

from storage.studies import current_ids
from sync.cohort.neighbours import RELATED
from sync.cohort.related import RelatedTo
from sync.config import WatchSettings
from sync.cycle.second_look import stored_hits
from sync.errors import UnreadableRecord, UsageError
from sync.health.pause import politely
from sync.registry.client import Glimpse
from sync.registry.errors import BadRequest, NotFound, RegistryError
from sync.registry.pages import RawRecord
from sync.service import Service
from sync.study.labels import in_words
from sync.study.record import Study, read_object, read_record
from sync.versions.related import as_related_to, stored_related_to
from sync.words import agreeing, capital, counted

FIRST = 5
"""Studies of each part that are named."""
MANY = 2_000
"""From so many on, what it costs is said: at a request a second, a hundred studies each, every release takes minutes."""
MOST_PARTS = 20
"""Parts that are asked for: each is a request, a second apart."""
_IDS_ASKED = 200
_IDS_AT_ONCE = 100
_WITHIN_S = 45.0
"""For the whole of it: so long somebody waits for a page."""
_EACH_S = 20.0
_FIELDS = "NCTId|NCTIdAlias|BriefTitle|OverallStatus"
_KEPT_S = 600.0


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


@dataclass(frozen=True, slots=True)
class Preview:
    """What a watch would bring, part by part. `studies` is the most: what several parts find is counted in each."""

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
        """How many studies, at most."""
        return sum(part.studies for part in self.parts)

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
        at_most = "at most " if sum(1 for part in self.parts if part.studies) > 1 else ""
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
        found = sorted(part.studies for part in self.parts if part.studies)
        if len(found) < 2:
            return ""
        return f" It may be as few as {found[-1]:,}: a study that several parts find is counted in each."

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
            "parts": [asdict(part) for part in self.parts],
        }


TOO_LARGE = "Narrow the search; where so many are meant, put it into the configuration file or raise gates.max_studies."
MEANT = "Narrow the search if so many are not meant."


def preview(service: Service, watch: WatchSettings) -> Preview:
    """What a watch would bring. Raises RegistryError where the registry cannot be asked now, or UsageError."""
    if len(watch.searches) + len(watch.related_to) > MOST_PARTS:
        raise UsageError(f"a preview asks for {MOST_PARTS} searches at most; look at some of them at a time")
    settings, glimpses = service.settings, _Glimpses(service)
    by_id, unregistered = _by_id(glimpses, watch.ids)
    by_search = tuple(_by_search(glimpses, watch))
    return Preview(
        (*by_id, *by_search),
        unregistered,
        nothing_to_be_near=tuple(each for each in watch.related_to if each in glimpses.unknown),
        limit=settings.gates.max_studies,
        interval_s=settings.registry.min_interval_s,
        per_request=settings.registry.ids_per_request,
        conditions="" if watch.looks_at_all_stored else watch.conditions_in_words,
    )


def must_fit(found: Preview) -> None:
    """Raises TooManyStudies for more than a watch added by hand may bring, NothingToBeNear for a wrong related_to."""
    if found.nothing_to_be_near:
        raise NothingToBeNear(found.nothing_to_be_near)
    if found.is_too_large:
        raise TooManyStudies(found.sentence)


class _Glimpses:
    """Glimpses at the registry within the time of one preview; the same question is not asked again for a while."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.unknown: set[str] = set()
        """Studies to be related to that the registry does not have."""
        self._ends = time.monotonic() + _WITHIN_S

    def glimpse(self, params: Mapping[str, str], *, studies: int = FIRST, fields: str = _FIELDS) -> Glimpse:
        key = (self.service.settings.registry.base_url, tuple(sorted(params.items())), studies, fields)
        with _LOCK:
            known = _SEEN.get(key)
        if known is None:
            left = min(max(self._ends - time.monotonic(), 1.0), _EACH_S)
            # Around each request: what is remembered proves nothing of whether the registry blocks us now.
            with politely(self.service):
                known = self.service.registry.glimpse(params, studies=studies, within_s=left, fields=fields)
            with _LOCK:
                _SEEN[key] = known
        return known


# In memory alone, and for minutes: whoever follows what was just looked at need not have the registry asked twice.
_SEEN: TTLCache[Any, Glimpse] = TTLCache(maxsize=64, ttl=_KEPT_S)
_LOCK = threading.Lock()


def _by_id(glimpses: _Glimpses, ids: Sequence[str]) -> tuple[list[Part], tuple[str, ...]]:
    """The studies of the ids, as far as they are asked for, and those that the registry does not have."""
    if not ids:
        return [], ()
    known, first, asked = set[str](), list[Sample](), ids[:_IDS_ASKED]
    for start in range(0, len(asked), _IDS_AT_ONCE):
        some = asked[start : start + _IDS_AT_ONCE]
        for record in glimpses.glimpse({"filter.ids": "|".join(some)}, studies=len(some)).first:
            known.update(filter(None, (record.nct_id, *record.aliases)))
            first += [_sample(record)] if len(first) < FIRST else []
    asked_for = "" if len(asked) == len(ids) else f"the first {len(asked)} were looked up"
    part = Part(counted(len(ids), "id"), asked_for, len(ids), tuple(first))
    return [part], tuple(nct_id for nct_id in asked if nct_id not in known)


def _by_search(glimpses: _Glimpses, watch: WatchSettings) -> Iterator[Part]:
    if watch.looks_at_all_stored:
        with glimpses.service.database.read() as session:
            stored = stored_hits(session, watch)
        yield Part("all that is stored", watch.conditions_in_words, len(stored))
    for number, search in enumerate(watch.searches, 1):
        words = "; ".join(f"{name}={value}" for name, value in search.items())
        yield _part(glimpses, Part(f"search {number}", words, 0), search)
    for nct_id in watch.related_to:
        yield from _by_nearness(glimpses, nct_id)


def _by_nearness(glimpses: _Glimpses, nct_id: str) -> Iterator[Part]:
    part = Part(f"related to {nct_id}", "", 0)
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


def _part(glimpses: _Glimpses, part: Part, search: Mapping[str, str]) -> Part:
    try:
        found = glimpses.glimpse(search)
    except BadRequest as error:  # it is this search that means nothing: the others may
        return replace(part, problem=str(error))
    return replace(part, studies=found.total, first=tuple(map(_sample, found.first[:FIRST])))


def _related_to(glimpses: _Glimpses, nct_id: str) -> RelatedTo:
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
