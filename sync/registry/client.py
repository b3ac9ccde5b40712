"""Asking ClinicalTrials.gov: which release, which studies a search finds, whole records, one study, its history."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx
import msgspec

from sync.registry import history, query
from sync.registry.access import Access, http_address
from sync.registry.ahead import Ahead
from sync.registry.answers import MAX_BYTES
from sync.registry.batch import Batch, asked_for, settled
from sync.registry.errors import BadRequest, Moved, NotFound, ReleaseFlip, Spoilt, Unreadable, WalkBroken
from sync.registry.history import PACE_S, HistoryEntry
from sync.registry.identity import Identity
from sync.registry.pacing import Patience
from sync.registry.pages import Page, PageBody, RawRecord, read_body, read_page, read_study
from sync.registry.shapes import shaped
from sync.registry.walk import again_if_broken, ask_with, walk
from sync.registry.wire import Wire
from sync.study.record import is_nct_id
from sync.words import counted

MOST_HOPS = 3
"""An id may lead to another that leads on: a study that was merged twice. So often it is followed."""

MOST_PAGE_BYTES = 128_000_000
"""Of a page of a thousand whole records, 26 MB as a rule; those with results are several times as large."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOST_SPOILERS = 5


@dataclass(frozen=True, slots=True)
class Release:
    """A release of the registry's data: another `stamp` is a new release, whatever it says otherwise."""

    stamp: str
    date: str
    """YYYY-MM-DD."""
    api_version: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a search finds: the ids, in the order they came, and how many studies the registry counts."""

    ids: tuple[str, ...]
    total: int
    nameless: int = 0
    """Records among them whose id cannot be read."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """How many studies a search finds, and the first of them."""

    total: int
    first: tuple[RawRecord, ...]


class _Version(msgspec.Struct):
    apiVersion: str  # noqa: N815 - the registry's names
    dataTimestamp: str  # noqa: N815


_decode_version = msgspec.json.Decoder(_Version).decode


class Registry:
    """The registry as the service asks it: politely, one request at a time, believing nothing that does not add up.

    Every method raises the errors of `sync.registry.errors` and nothing else.
    """

    def __init__(
        self,
        access: Access,
        *,
        identity: Identity | None = None,
        patience: Patience | None = None,
        max_bytes: int = MAX_BYTES,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self._api = http_address(access.base_url)
        self._wire = Wire(
            access,
            identity=identity,
            patience=patience,
            max_bytes=max_bytes,
            transport=transport,
            clock=clock,
            sleep=sleep,
        )
        # The record history stands beside the public API, in no description of it.
        self._internal_api = self._api.removesuffix("/v2") + "/int"
        self._ids_per_request = access.ids_per_request

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends what is under way; whoever waits for it gets Interrupted."""
        self._wire.close()

    def introduce(self, access: Access) -> None:
        """Name who asks as the settings have it now; the TLS profile stays that of the start."""
        self._wire.introduce(access)

    @property
    def requests(self) -> int:
        """How many requests were made so far, repeated ones included."""
        return self._wire.requests

    def release(self) -> Release:
        """The release that the registry serves now; one request."""
        return self._wire.get(f"{self._api}/version", read=_read_release)

    def search(self, params: Mapping[str, str]) -> Found:
        """The ids of all studies that a search finds. Raises WalkBroken when three walks fell short of the total."""
        sent = query.for_search(params)
        return again_if_broken(lambda: _found(walk(self._pages_of(sent))))

    def glimpse(
        self, params: Mapping[str, str], *, studies: int, within_s: float, fields: str = ""
    ) -> Glimpse:
        """How many studies a search finds and the first ones, with these fields or whole: one request, asked once."""
        sent = query.for_glimpse(params, studies, fields)
        page = self._wire.get(f"{self._api}/studies", sent, read=read_page, within_s=within_s)
        if page.total is None:
            raise Unreadable("the registry's answer does not say how many studies there are")
        return Glimpse(page.total, page.records)

    def records(self, ids: Sequence[str], known: Mapping[str, str] | None = None) -> Iterator[Batch]:
        """Whole records, some hundred at a time; the next ones are fetched while the caller works on these.

        `known`: the raw hashes of records that the caller has read, by id; one that comes so again is told as known.
        A record that was not asked for comes with a `problem`. Raises ReleaseFlip when a later batch is of another release.
        """
        first: str | None = None
        read = partial(read_page, known=known or {})
        for batch in self._ahead(self._chunks(ids), read):
            holder = _most_common(record.version_holder for record in batch.records)
            # Half of the studies on one release and half on the next would look like changes that nobody made.
            if first and holder and holder != first:
                raise ReleaseFlip(f"the records began with release {first} and went on with {holder}")
            first = first or holder
            yield batch

    def everything(self, since: str | None = None, token: str | None = None) -> Iterator[PageBody]:
        """All pages of the registry, or of the studies updated since a day, from a token on; the next is fetched meanwhile.

        The first page alone tells the total. Raises StaleToken where a token is refused: then the walk begins anew.
        """
        sent = query.for_everything(since)

        def ask(token: str | None) -> PageBody:
            params = sent if token is None else {**sent, "pageToken": token}
            return self._wire.get(f"{self._api}/studies", params, read=read_body, max_bytes=MOST_PAGE_BYTES)

        with Ahead() as fetch:
            coming: Future[PageBody] | None = fetch(ask_with, ask, token)
            while coming is not None:
                came = [coming.result()]
                coming = fetch(ask_with, ask, came[0].token) if came[0].token else None
                # Handed over: kept here as well, its 20 MB would stay in memory while the caller works on it.
                yield came.pop()

    def study(self, nct_id: str) -> RawRecord:
        """One study by its id or a former one (the record then has the present one). Raises NotFound where there is none.

        What comes in its stead has a `problem`, under the id that was asked for.
        """
        led = [nct_id]
        try:
            record = self._followed(led)
        except Spoilt as spoilt:
            return RawRecord(nct_id, spoilt.beginning, problem=str(spoilt))
        if any(record.is_for(each) for each in led[:-1] or led):
            return record
        came = record.nct_id or "a record without an NCT ID"
        return replace(
            record, nct_id=nct_id, problem=f"asked for {nct_id}, the registry answers with {came}", aliases=()
        )

    def _followed(self, led: list[str]) -> RawRecord:
        """The record that the last of these ids leads to; the ids on the way are added."""
        while True:
            try:
                address = f"{self._api}/studies/{_checked(led[-1])}"
                return self._wire.get(address, read=read_study)
            except Moved as moved:
                led.append(self._alias_target(moved))
                if len(led) > MOST_HOPS + 1 or led[-1] in led[:-1]:
                    raise

    def history(self, nct_id: str, pause_s: float = PACE_S) -> tuple[HistoryEntry, ...]:
        """The versions that the record history lists, oldest first. Raises NotFound where there is no history."""
        address = f"{self._internal_api}/studies/{_checked(nct_id)}/history"
        return self._wire.get(address, read=history.read_history, pause_s=pause_s)

    def history_version(self, nct_id: str, number: int, pause_s: float = PACE_S) -> RawRecord:
        """One version out of the record history, numbered from 0: texts in HTML, nothing that the registry computes."""
        address = f"{self._internal_api}/studies/{_checked(nct_id)}/history/{number:d}"

        def read(body: bytes) -> RawRecord:
            return history.read_version(body, nct_id, number)

        return self._wire.get(address, read=read, pause_s=pause_s)

    def _pages_of(
        self, params: Mapping[str, str], read: Callable[[bytes], Page] = read_page
    ) -> Callable[[str | None], Page]:
        """Asks for one page after the other with the very same parameters, the token apart."""

        def ask(token: str | None) -> Page:
            # A token is not tied to its query: with other parameters the registry answers 200 and the wrong rows.
            sent = params if token is None else {**params, "pageToken": token}
            return self._wire.get(f"{self._api}/studies", sent, read=read)

        return ask

    def _chunks(self, ids: Sequence[str]) -> list[tuple[str, ...]]:
        distinct = [_checked(nct_id) for nct_id in dict.fromkeys(ids)]
        size = self._ids_per_request
        return [tuple(distinct[start : start + size]) for start in range(0, len(distinct), size)]

    def _ahead(self, chunks: list[tuple[str, ...]], read: Callable[[bytes], Page]) -> Iterator[Batch]:
        """The batches of all chunks, in order; one thread is one chunk ahead of the caller."""
        with Ahead() as fetch:
            coming = fetch(self._batch, chunks[0], [], read) if chunks else None
            for following in [*chunks[1:], None]:
                if coming is None:
                    return
                batch = coming.result()
                coming = fetch(self._batch, following, [], read) if following else None
                yield batch

    def _batch(self, ids: tuple[str, ...], spoilers: list[str], read: Callable[[bytes], Page]) -> Batch:
        """The records of a chunk; where one of them spoils the answer, of its halves. `spoilers` gathers those that do."""
        try:
            pages_of_ids = self._pages_of(query.for_records(ids), read)
            batch = again_if_broken(lambda: _batch(ids, walk(pages_of_ids)))
        except Spoilt as spoilt:
            if len(ids) == 1:
                spoilers.append(ids[0])
                # One after the other, it is no longer a study that spoils its answer, but the answers that are spoilt.
                if len(spoilers) > _MOST_SPOILERS:
                    raise
                return Batch(ids, [RawRecord(ids[0], spoilt.beginning, problem=str(spoilt))])
        else:
            return settled(batch, self._by_itself)
        middle = len(ids) // 2
        halves = (self._batch(half, spoilers, read) for half in (ids[:middle], ids[middle:]))
        return Batch(ids, [record for half in halves for record in half.records])

    def _by_itself(self, nct_id: str) -> RawRecord | None:
        try:
            return self.study(nct_id)
        except (NotFound, Moved):
            return None

    def _alias_target(self, moved: Moved) -> str:
        """The id that a redirect within the registry leads to. The address itself is never followed."""
        studies = urlsplit(f"{self._api}/studies/")
        target = urlsplit(urljoin(studies.geturl(), moved.location))
        nct_id = target.path.removeprefix(studies.path)
        # The redirect drops the query string, so it is asked anew under the new id; one to another host
        # answers nothing.
        if target.netloc != studies.netloc or not is_nct_id(nct_id):
            raise moved
        return nct_id


def _read_release(body: bytes) -> Release:
    version = shaped(_decode_version, body, "the registry does not say which release it serves")
    found = _DATE.match(version.dataTimestamp)
    if found is None or not _is_a_day(found[0]):
        raise Unreadable(f"the registry's release has no date but {version.dataTimestamp[:40]!r}")
    return Release(version.dataTimestamp, found[0], version.apiVersion)


def _is_a_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _found(pages: Iterable[Page]) -> Found:
    ids: dict[str, None] = {}
    nameless = 0
    total: int | None = None
    for page in pages:
        total = page.total if total is None else total
        named = [record.nct_id for record in page.records if record.nct_id]
        ids.update(dict.fromkeys(named))
        nameless += len(page.records) - len(named)
    said = total or 0
    # A shifting index can skip a study between two pages. More than the total is fine: one may have come in meanwhile.
    if len(ids) + nameless < said:
        raise WalkBroken(
            f"the registry counts {counted(said, 'study')}, its pages held {len(ids) + nameless:,}",
            expected=said,
            seen=len(ids) + nameless,
        )
    return Found(tuple(ids), said, nameless)


def _batch(asked_ids: tuple[str, ...], pages: Iterable[Page]) -> Batch:
    records: list[RawRecord] = []
    total: int | None = None
    for page in pages:
        total = page.total if total is None else total
        records += page.records
    present = {nct_id for record in records for nct_id in (record.nct_id, *record.aliases)}
    # Short of its own total an answer was cut; an id that the registry does not count is absent, which is another matter.
    if not present.issuperset(asked_ids) and len(records) < (total or 0):
        raise WalkBroken(
            f"the registry counts {total} of {counted(len(asked_ids), 'study')} asked for, its pages held {len(records)}"
        )
    asked = frozenset(asked_ids)
    return Batch(asked_ids, [asked_for(record, asked) for record in records])


def _most_common(values: Iterable[str | None]) -> str | None:
    """The value of most records: a single odd one must not look like a release."""
    counted = Counter(value for value in values if value).most_common(1)
    return counted[0][0] if counted else None


def _checked(nct_id: str) -> str:
    if not is_nct_id(nct_id):
        raise BadRequest(f"{nct_id!r:.40} is not an NCT ID")
    return nct_id
