"""What one record means for what is stored: nothing new, only noise, a new version, or nothing that can be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from storage.versions import Head
from sync.changes.event import Event
from sync.errors import UnreadableRecord
from sync.registry.pages import RawRecord, raw_hash
from sync.study.canonical import CANON, Canonical, canonicalise
from sync.study.record import Study, read_record
from sync.study.shape import check_shape


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The stored version still says all there is; `noise` where the bytes differ and the content does not."""

    head: Head
    raw_hash: str
    noise: bool = False

    @property
    def nct_id(self) -> str:
        """The study's id."""
        return self.head.nct_id


@dataclass(frozen=True, slots=True)
class Fresh:
    """A version to store: a baseline (`head` is None), a change of content, or of the registry-computed part alone."""

    study: Study
    raw: bytes
    raw_hash: str
    canonical: Canonical
    head: Head | None

    @property
    def nct_id(self) -> str:
        """The id in the record itself."""
        return self.study.nct_id or ""

    @property
    def content_changed(self) -> bool:
        """Whether there is an event to tell: not for a baseline, nor where only the registry-computed part differs."""
        return self.head is not None and self.head.content_hash != self.canonical.content_hash


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that cannot be kept as a version; its bytes go into quarantine."""

    nct_id: str | None
    raw: bytes
    reason: str


Outcome = Unchanged | Fresh | Unreadable


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a readable record means: its outcome, and the event where there is one to tell."""

    outcome: Unchanged | Fresh
    event: Event | None = None

    @property
    def nct_id(self) -> str:
        """The study's id."""
        return self.outcome.nct_id

    @property
    def came_back(self) -> bool:
        """Whether the study was missing or gone until now."""
        return self.outcome.head is not None and self.outcome.head.state in ("missing", "gone")


def classify(record: RawRecord, head: Head | None, payload: Callable[[Head], bytes]) -> Outcome:
    """Compare a record, as it came, with the head of its versions; `payload` fetches the head's bytes if need be."""
    if record.problem is not None:
        return Unreadable(record.nct_id, record.raw, record.problem)
    record_hash = raw_hash(record.raw)
    # The gate that nearly every record takes. Blanking the release's date and hashing costs 63 ms for a thousand studies,
    # parsing them 169 ms.
    if head is not None and head.raw_hash == record_hash:
        return Unchanged(head, record_hash)
    try:
        parsed = read_record(record.raw)
        check_shape(parsed)
        fresh = Fresh(
            Study(parsed), record.raw, record_hash, canonicalise(parsed), head and _comparable(head, payload)
        )
    except UnreadableRecord as error:
        return Unreadable(record.nct_id, record.raw, str(error))
    return _unless_noise(fresh)


def _unless_noise(fresh: Fresh) -> Outcome:
    head, canonical = fresh.head, fresh.canonical
    known = head is not None and (head.content_hash, head.derived_hash) == (
        canonical.content_hash,
        canonical.derived_hash,
    )
    return Unchanged(head, fresh.raw_hash, noise=True) if head is not None and known else fresh


def _comparable(head: Head, payload: Callable[[Head], bytes]) -> Head:
    """The head with the hashes that today's canonical form gives its payload."""
    # Hashes of two canonical forms never match, so an upgrade that changes the form would make every study new.
    if head.canon == CANON:
        return head
    today = canonicalise(read_record(payload(head)))
    return replace(head, content_hash=today.content_hash, derived_hash=today.derived_hash, canon=CANON)
