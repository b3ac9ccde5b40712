"""Corpora: studies with their versions, and how the registry looks on any one release."""

import gzip
import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from storage.errors import TrialdeltaError
from sync.demo.registry.answers import json_bytes
from sync.demo.registry.fields import Record, fields_of, project

# Stands in a loaded record where the release's date belongs: the registry stamps every record every day.
STAMP = "@release@"
BEFORE_ALL = ""
"""The release of a record that comes without versions: it was always so."""


class CorpusError(TrialdeltaError):
    """A corpus cannot be read."""

    hint = "One JSON object a line: `nctId`, `versions` (release, study), and where it applies listed spans."
    exit_code = 2


class Version:
    """A study as it is from one release on; without a record, it is not in the registry from there on."""

    def __init__(self, release: str, study: Record | None) -> None:
        self.release = release
        self.study = study
        if study is not None:
            _leave_room_for_stamp(study)
        self._words: dict[str, str] = {}

    @cached_property
    def _encoded(self) -> bytes:
        return json_bytes(self.study)

    def as_served(self, release: str) -> bytes:
        """The whole record as bytes, stamped with the release."""
        return stamped(self._encoded, release)

    def part(self, fields: list[str]) -> Record:
        """The record with these fields alone."""
        return project(self.study or {}, fields)

    def words(self, area: str) -> str:
        """The words of a search area or field, each between spaces; values are kept apart by a bar."""
        if area not in self._words:
            values = (
                leaf
                for found in fields_of(area)
                for value in found.values(self.study or {})
                for leaf in _leaves(value)
            )
            self._words[area] = " | ".join(["", *(words(str(leaf)) for leaf in values), ""])
        return self._words[area]

    @cached_property
    def aliases(self) -> tuple[str, ...]:
        """The ids under which the study was known before."""
        aliases = [value for found in fields_of("NCTIdAlias") for value in found.values(self.study or {})]
        return tuple(str(alias) for alias in aliases)


def _leave_room_for_stamp(study: Record) -> None:
    derived = study.setdefault("derivedSection", {})
    if isinstance(derived, dict):
        misc = derived.setdefault("miscInfoModule", {})
        if isinstance(misc, dict):
            misc["versionHolder"] = STAMP


def stamped(encoded: bytes, release: str) -> bytes:
    """An encoded record with the release's date in its place."""
    # Encoded once and stamped for each release: every record bears the day's date, and nothing else of most of them
    # differs.
    return encoded.replace(STAMP.encode(), release.encode())


def words(text: str) -> str:
    """The words of a text in lower case, plurals folded: what a search compares."""
    return " ".join(_singular(word) for word in re.findall(r"\w+", text.casefold().replace("_", " ")))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


@dataclass
class Entry:
    """All that a corpus knows of one study."""

    nct_id: str
    versions: list[Version] = field(default_factory=list)
    listed: list[tuple[str, str]] | None = None

    def at(self, release: str) -> Version | None:
        """The study as it is on a release."""
        # A study stands as its last version up to that day: a corpus has a version only where something changed.
        index = bisect_right(self.versions, release, key=lambda version: version.release)
        return self.versions[index - 1] if index else None

    def versions_until(self, release: str) -> list[Version]:
        """Its versions up to a release, the oldest first."""
        return [
            version for version in self.versions if version.release <= release and version.study is not None
        ]

    def is_listed(self, release: str) -> bool:
        """Whether the cohort's search returns it on a release."""
        return any(first <= release <= last for first, last in self.listed or ())


@dataclass(frozen=True)
class Found:
    """One study on one release."""

    entry: Entry
    version: Version


class View:
    """The registry on one release."""

    def __init__(self, release: str, entries: Iterable[Entry]) -> None:
        self.release = release
        present = ((entry, entry.at(release)) for entry in entries)
        self.studies = {
            entry.nct_id: Found(entry, version)
            for entry, version in present
            if version and version.study is not None
        }
        self.aliases = {
            alias: nct_id
            for nct_id, found in self.studies.items()
            for alias in found.version.aliases
            if alias != nct_id
        }
        # A study merged into another answers under the other's id only.
        for alias in self.aliases:
            self.studies.pop(alias, None)

    def size(self) -> tuple[int, int]:
        """How many studies there are, and how large they are on average."""
        sizes = [len(found.version.as_served(self.release)) for found in self.studies.values()]
        return len(sizes), sum(sizes) // max(len(sizes), 1)


class Corpus:
    """Every study that the registry can serve, on every release that it knows."""

    def __init__(self, entries: Iterable[Entry], releases: Iterable[str] = ()) -> None:
        self.entries = {entry.nct_id: entry for entry in entries}
        known = {version.release for entry in self.entries.values() for version in entry.versions}
        # Releases on which nothing changed exist too, and only a list of them can say so.
        self.releases = sorted(set(releases) or known - {BEFORE_ALL})
        # A cycle asks for one release hundreds of times, and tests go back and forth between a few.
        self.view = lru_cache(maxsize=8)(lambda release: View(release, self.entries.values()))

    def release_after(self, release: str) -> str:
        """The next release that the corpus knows; the same one at the end."""
        return next((later for later in self.releases if later > release), release)


def read_corpus(corpora: Iterable[Path], releases: Iterable[Path] = ()) -> Corpus:
    """Reads corpora (`.jsonl`, `.jsonl.gz`, `.json`) and lists of releases.

    A study that several corpora tell is taken from the first one. Raises CorpusError with the place.
    """
    entries: dict[str, Entry] = {}
    for path in corpora:
        for place, value in _objects(path):
            try:
                entry = _entry(value)
            except (KeyError, TypeError, ValueError) as fault:
                raise CorpusError(
                    f"{place}: neither a study with versions nor a record ({fault!r})"
                ) from fault
            entries.setdefault(entry.nct_id, entry)
    return Corpus(entries.values(), (line for path in releases for line in _lines(path)))


def _objects(path: Path) -> Iterator[tuple[str, Any]]:
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        if ".jsonl" not in path.suffixes:
            yield path.name, json.loads(raw)
            return
        for number, line in enumerate(raw.splitlines(), 1):
            if line.strip():
                yield f"{path.name}:{number}", json.loads(line)
    except (OSError, EOFError, ValueError, RecursionError) as fault:
        raise CorpusError(f"{path.name}: {fault}") from fault


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").split()
    except (OSError, ValueError) as fault:
        raise CorpusError(f"{path.name}: {fault}") from fault


def _entry(value: dict[str, Any]) -> Entry:
    if "versions" not in value:
        nct_id = value["protocolSection"]["identificationModule"]["nctId"]
        return Entry(nct_id, [Version(BEFORE_ALL, value)])
    versions = [Version(item["release"], item["study"]) for item in value["versions"]]
    listed = [(first, last) for first, last in value["listed"]] if "listed" in value else None
    return Entry(value["nctId"], sorted(versions, key=lambda version: version.release), listed)
