"""The generated registry as the server asks it: as a corpus, but each record is made when it is asked for."""

import json
import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import overload

from sync.demo.registry.corpus import Entry, Found, Version
from sync.demo.registry.fields import Record, project
from sync.demo.registry.generated import calendar
from sync.demo.registry.generated.calendar import FIRST, RELEASES, Calendar
from sync.demo.registry.generated.life import first_posted, life_on, posted
from sync.demo.registry.generated.numbers import mixed
from sync.demo.registry.generated.record import record
from sync.demo.registry.generated.search import candidates, remaining_test
from sync.demo.registry.generated.words import words_of
from sync.demo.registry.search import Search

_TO_FORMER_ID = 50_000_000 - FIRST
_WITH_FORMER_ID = 400
"""One study in so many has a former id."""
_RENAME_EVERY = 10
"""Releases; then one sponsor gets another name in all of its records, and no date of theirs moves."""
_NAMES = ("{}", "{}, a Norvane company", "{} (Norvane)")
_SAMPLE = 500
_ID = re.compile(r"NCT(\d{8})")
_BY_DATE = (("LastUpdatePostDate", True), ("StudyFirstPostDate", True))


class GeneratedVersion(Version):
    """A study as it is on a release."""

    def __init__(self, corpus: "GeneratedCorpus", number: int, release: int) -> None:
        self.release = calendar.release_of(release)
        self._corpus, self._number, self._at = corpus, number, release
        self._words: dict[str, str] = {}

    def as_served(self, release: str) -> bytes:
        """The whole record as bytes, on a release."""
        return self._corpus.record(self._number, calendar.number_of(release))

    def part(self, fields: list[str]) -> Record:
        """The record with these fields alone; a walk for ids makes no record at all."""
        if fields == ["NCTId"]:
            return {"protocolSection": {"identificationModule": {"nctId": f"NCT{self._number:08}"}}}
        return project(self.study, fields)

    @cached_property
    def study(self) -> Record:  # type: ignore[override]
        """The record."""
        decoded: Record = json.loads(self._corpus.record(self._number, self._at))
        return decoded


class GeneratedCorpus:
    """A registry of so many studies, and of those that are registered later, on any release since the epoch."""

    def __init__(self, studies: int, seed: int) -> None:
        self.calendar = Calendar(studies, seed)
        self.words = words_of(seed)
        self.releases = [calendar.release_of(number) for number in range(RELEASES)]
        self.entries = _Entries(self)
        self.view = lru_cache(maxsize=8)(lambda release: GeneratedView(self, calendar.number_of(release)))
        # What a search finds, as numbers: a walk asks for it with each page. 600,000 take 2.4 MB.
        self.order = lru_cache(maxsize=6)(self._order)
        self._sponsors_on = lru_cache(maxsize=4)(self._renamed)

    def release_after(self, release: str) -> str:
        """The next release; the same one at the end."""
        return calendar.release_of(min(calendar.number_of(release) + 1, RELEASES - 1))

    def record(self, number: int, release: int) -> bytes:
        """The record of a study on a release."""
        life = life_on(self.calendar, number, release)
        name = self.words.sponsors[life.sponsor][0]
        times = self._sponsors_on(release).get(life.sponsor, 0)
        return record(
            self.words,
            life,
            calendar.release_of(release),
            sponsor=_NAMES[times % len(_NAMES)].format(name),
            former=self.former_id(number),
        )

    def former_id(self, number: int) -> str | None:
        """The id that a study had before."""
        return f"NCT{number + _TO_FORMER_ID:08}" if number % _WITH_FORMER_ID == 0 else None

    def found(self, number: int, release: int) -> Found:
        """A study on a release."""
        version = GeneratedVersion(self, number, release)
        return Found(Entry(f"NCT{number:08}", [version]), version)

    def sponsors_renamed(self, release: int) -> dict[int, int]:
        """How often each sponsor that has another name by a release was renamed."""
        return self._sponsors_on(release)

    def _renamed(self, release: int) -> dict[int, int]:
        renamed: dict[int, int] = {}
        for turn in range(release // _RENAME_EVERY + 1):
            word = mixed(self.calendar.seed, turn, 8)
            if turn * _RENAME_EVERY + word % _RENAME_EVERY <= release:
                sponsor = (word >> 8) % len(self.words.sponsors)
                renamed[sponsor] = renamed.get(sponsor, 0) + 1
        return renamed

    def _order(self, search: Search, release: int, shuffle: int) -> Sequence[int]:
        """The numbers of the studies that a search finds, in its order."""
        if search.sort == _BY_DATE and not search.given:
            from sync.demo.registry.generated.dates import by_date  # numpy: only for a walk of all

            return array("I", by_date(self.calendar, release).tolist())
        test = remaining_test(search, lambda number: self.found(number, release).version)
        found = [number for number in candidates(self.calendar, self.words, search, release) if test(number)]
        found.sort()
        if search.sort == _BY_DATE:
            found.sort(key=lambda number: self._dates(number, release), reverse=True)
        elif found:
            results = search.order([self.found(number, release) for number in found], shuffle)
            found = [int(result.entry.nct_id[3:]) for result in results]
        return array("I", found)

    def _dates(self, number: int, release: int) -> tuple[int, int]:
        return posted(self.calendar, number, release).toordinal(), first_posted(
            self.calendar, number
        ).toordinal()


class GeneratedView:
    """The generated registry on one release."""

    def __init__(self, corpus: GeneratedCorpus, release: int) -> None:
        self.release = calendar.release_of(release)
        self._corpus, self._number = corpus, release
        self.studies = _Studies(corpus, release)
        self.aliases = _Aliases(corpus, release)

    def results(self, search: Search, hidden: frozenset[str], shuffle: int) -> "Results":
        """What a search finds, in its order."""
        ids = search.ids
        if ids is not None:
            known = (self.studies.get(self.aliases.get(nct_id, nct_id)) for nct_id in ids)
            found = [each for each in known if each and search.finds(each.version)]
            numbers: Sequence[int] = [int(each.entry.nct_id[3:]) for each in search.order(found, shuffle)]
        else:
            numbers = self._corpus.order(search, self._number, 0 if search.sort else shuffle)
        if hidden:
            numbers = [number for number in numbers if f"NCT{number:08}" not in hidden]
        return Results(numbers, lambda number: self._corpus.found(number, self._number))

    def size(self) -> tuple[int, int]:
        """How many studies there are, and how large they are on average, as a sample has it."""
        first = range(FIRST, FIRST + min(_SAMPLE, self._corpus.calendar.studies))
        sizes = [len(self._corpus.record(number, self._number)) for number in first]
        return len(self.studies), sum(sizes) // max(len(sizes), 1)


class Results(Sequence[Found]):
    """Studies in an order, each one made when it is looked at."""

    def __init__(self, numbers: Sequence[int], found: Callable[[int], Found]) -> None:
        self._numbers, self._found = numbers, found

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, at: int) -> Found: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Found]: ...
    def __getitem__(self, at: int | slice) -> Found | Sequence[Found]:
        if isinstance(at, slice):
            return [self._found(number) for number in self._numbers[at]]
        return self._found(self._numbers[at])


class _Studies(Mapping[str, Found]):
    """Every study of a release by its id."""

    def __init__(self, corpus: GeneratedCorpus, release: int) -> None:
        self._corpus, self._release = corpus, release

    def __getitem__(self, nct_id: str) -> Found:
        number = _number_in(nct_id)
        if not self._corpus.calendar.exists(number, self._release):
            raise KeyError(nct_id)
        return self._corpus.found(number, self._release)

    def __iter__(self) -> Iterator[str]:
        return (f"NCT{number:08}" for number in self._corpus.calendar.numbers(self._release))

    def __len__(self) -> int:
        return self._corpus.calendar.count(self._release)


class _Aliases(Mapping[str, str]):
    """The ids that studies had before."""

    def __init__(self, corpus: GeneratedCorpus, release: int) -> None:
        self._corpus, self._release = corpus, release

    def __getitem__(self, nct_id: str) -> str:
        number = _number_in(nct_id) - _TO_FORMER_ID
        known = self._corpus.calendar.exists(number, self._release)
        if not known or self._corpus.former_id(number) != nct_id:
            raise KeyError(nct_id)
        return f"NCT{number:08}"

    def __iter__(self) -> Iterator[str]:
        numbers: Iterable[int] = self._corpus.calendar.numbers(self._release)
        return (former for number in numbers if (former := self._corpus.former_id(number)))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Entries(Mapping[str, Entry]):
    """Every study with its versions, as its sponsor made them."""

    def __init__(self, corpus: GeneratedCorpus) -> None:
        self._corpus, self._ids = corpus, _Studies(corpus, RELEASES - 1)

    def __getitem__(self, nct_id: str) -> Entry:
        number = int(self._ids[nct_id].entry.nct_id[3:])
        edits = self._corpus.calendar.edits(number, RELEASES - 1)
        releases = [self._corpus.calendar.born(number), *edits]
        return Entry(nct_id, [GeneratedVersion(self._corpus, number, release) for release in releases])

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


def _number_in(nct_id: str) -> int:
    match = _ID.fullmatch(nct_id)
    return int(match[1]) if match else -1


__all__ = ["GeneratedCorpus", "GeneratedVersion", "GeneratedView", "Results"]
