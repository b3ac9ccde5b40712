"""Proving what is stored: hashes and ids derived again from the records, and the database held against anchors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from storage import seals, versions
from storage import verify as stored
from storage.engine import Database
from storage.errors import VersionCorrupt
from storage.events import EventJson
from storage.fulltext import index
from storage.problems import Problem
from storage.seals import Standing
from storage.studies import totals
from storage.verify.events import AnyRow, Pair
from storage.verify.search import search_problems, texts_sha256
from sync.changes.ids import pair_id, presence_id, silence_id, storm_id
from sync.changes.kinds.table import OF_PRESENCE, OF_SILENCE
from sync.changes.model import Kind
from sync.errors import UnreadableRecord
from sync.registry.pages import raw_hash
from sync.study.canonical import BYTES, CANON, canonicalise
from sync.study.record import Study, read_record
from sync.study.searched import searched
from sync.words import counted


@dataclass(frozen=True, slots=True)
class Proof:
    """What a check came to.

    `extended`: the anchors that the database proves to extend; `older`: those that it ends before, as a restored backup
    does. `remarks`: what could not be derived again, and why.
    """

    problems: tuple[Problem, ...]
    older: tuple[str, ...]
    extended: tuple[str, ...]
    remarks: tuple[str, ...]
    anchor: str
    sealed_since: str | None
    totals: dict[str, int]

    @property
    def state(self) -> str:
        """`sound`, `damaged`, or `older` than an anchor while nothing else is wrong."""
        if self.problems:
            return "damaged"
        return "older" if self.older else "sound"

    def as_json(self) -> dict[str, Any]:
        """What it came to as one object, without the problems, which are objects of their own."""
        return {
            "state": self.state,
            "problems": len(self.problems),
            "anchor": self.anchor,
            "extends": list(self.extended),
            "older_than": list(self.older),
            "sealed_since": self.sealed_since,
            "remarks": list(self.remarks),
            **self.totals,
        }


def verify(
    database: Database,
    anchors: Sequence[str] = (),
    progress: Callable[[str], None] = lambda _stage: None,
) -> Proof:
    """Check all that is stored in one snapshot; `anchors` are texts that hold one each.

    Raises AnchorUnreadable before anything is read.
    """
    # A mistyped anchor should not be found out after minutes of reading.
    for anchor in anchors:
        seals.parsed(anchor)
    with database.read() as session:
        return prove(session, anchors, progress)


def prove(
    session: Session,
    anchors: Sequence[str] = (),
    progress: Callable[[str], None] = lambda _stage: None,
) -> Proof:
    """Check all that a session sees, which must be one snapshot."""
    recomputed = Recomputed(session)
    meaning = stored.Meaning(recomputed.check, recomputed.id_of)
    problems = [*stored.verify(session, meaning=meaning, progress=progress)]
    progress("what studies are found by")
    problems += search_problems(session, recomputed.texts)
    standing = {str(seals.parsed(text)): seals.standing(session, text) for text in anchors}
    problems += [_not_extended(anchor) for anchor in _of(standing, Standing.OTHER)]
    head = seals.head(session)
    return Proof(
        problems=tuple(problems),
        older=tuple(_of(standing, Standing.OLDER)),
        extended=tuple(_of(standing, Standing.EXTENDS)),
        remarks=tuple(recomputed.remarks()),
        anchor=str(head),
        sealed_since=seals.sealed_since(session),
        totals={**totals(session), "seal": head.seq},
    )


def _of(standing: dict[str, Standing], wanted: Standing) -> Iterator[str]:
    return (anchor for anchor, found in standing.items() if found is wanted)


def _not_extended(anchor: str) -> Problem:
    text = (
        f"The database does not extend the state that had the anchor {anchor}: "
        "what was written before it was rewritten since, or the anchor is another database's"
    )
    return Problem("anchor", anchor, text)


def _other_hashes(row: AnyRow, made: dict[str, str]) -> Iterator[Problem]:
    for name, value in made.items():
        if getattr(row, name) != value:
            shown = name.replace("_", " ")
            text = f"{row.nct_id}: Version {row.number} does not have the {shown} of its record"
            yield Problem("version", f"{row.nct_id}@{row.number}", text)


@dataclass
class Recomputed:
    """Hashes and ids derived again; counts what is of an older form and cannot be."""

    session: Session
    older_form: Counter[str] = field(default_factory=Counter)
    texts: dict[str, str] = field(default_factory=dict)
    """What each study is to be found by, as its last version has it: a hash, for the texts would fill the memory."""

    def check(self, row: AnyRow, payload: bytes) -> Iterator[Problem]:
        """What a version's record contradicts: whose it is, and the hashes of what it says."""
        subject = f"{row.nct_id}@{row.number}"
        try:
            record = read_record(payload)
        except UnreadableRecord:
            self.older_form["records are of a kind that is put into quarantine today"] += 1
            self.texts.pop(row.nct_id, None)
            return
        self.texts[row.nct_id] = texts_sha256(searched(Study(record)))
        named = Study(record).nct_id
        if named != row.nct_id:
            text = f"{row.nct_id}: Version {row.number} is a record of {named or 'no study'}"
            yield Problem("version", subject, text)
        if row.canon == BYTES:
            made = {"content_hash": raw_hash(payload), "derived_hash": raw_hash(payload)}
            yield from _other_hashes(row, made)
            return
        if row.canon != CANON:
            text = f"versions have hashes of an older form than {CANON}, today's: their seals stand for them"
            self.older_form[text] += 1
            return
        today = canonicalise(record)
        made = {"content_hash": today.content_hash, "derived_hash": today.derived_hash}
        yield from _other_hashes(row, made)

    def id_of(
        self, event: EventJson, watch: str | None, pair: Pair | None, states: Sequence[str]
    ) -> str | None:
        """The id that an event must have; None where it was derived of a form that is no more, or is of an unknown kind."""
        kind, nct_id = event["kind"], event["nct_id"]
        if pair is not None and kind != Kind.WITHHELD:
            return self._id_of_pair(event["id"], nct_id, *pair)
        if kind == Kind.STORM:
            shape = event["context"].get("shape")
            return storm_id(shape, event["release"]) if isinstance(shape, list) else None
        # Of several states only one was told by this event; any of them proves it.
        if kind in OF_SILENCE:
            ids = [silence_id(nct_id, state) for state in states]
            return event["id"] if event["id"] in ids else next(iter(ids), None)
        return presence_id(nct_id, watch, kind, event["release"]) if kind in OF_PRESENCE else None

    def _id_of_pair(self, event_id: str, nct_id: str, before: AnyRow, after: AnyRow) -> str | None:
        try:
            made = self._made_of(nct_id, before, after) if after.canon == CANON else None
        except (VersionCorrupt, UnreadableRecord):
            return None  # the version itself is complained of
        # The id was derived of the hashes of its time; those of today's form can give another, though nothing was
        # meddled with.
        if made is None or (after.told_anew and made != event_id):
            text = "events have ids of an older form of their records: their seals stand for them"
            self.older_form[text] += 1
            return None
        return made

    def _made_of(self, nct_id: str, before: AnyRow, after: AnyRow) -> str:
        """The id that the hashes of today's form give."""
        hashes = [each for version in (before, after) for each in self._hashes(version)]
        return pair_id(nct_id, before.number, after.number, *hashes)

    def _hashes(self, version: AnyRow) -> tuple[str, str]:
        if version.canon == CANON:
            return version.content_hash, version.derived_hash
        record = read_record(versions.payload(self.session, version.nct_id, version.number))
        today = canonicalise(record)
        return today.content_hash, today.derived_hash

    def remarks(self) -> Iterable[str]:
        """What could not be derived again, each in a sentence."""
        yield from (f"{number:,} {text}." for text, number in self.older_form.items())
        coverage = index.coverage(self.session)
        if missing := coverage.studies - coverage.indexed:
            known = counted(coverage.studies, "study")
            yield f"{missing:,} of {known} cannot be found by words yet: `trialdelta db reindex`."
