"""The ids of events: derived of what an event is about, so that every machine, and `verify`, derives the same."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence

from sync.changes.model import Json


def pair_id(nct_id: str, before: int | None, after: int | None, *hashes: str) -> str:
    """The id of what happened between two versions; `hashes` of content and of derived part, of the older one first."""
    return _event_id(nct_id, before, after, *hashes)


def presence_id(nct_id: str, watch: str | None, kind: str, release: str | None) -> str:
    """The id of an event without versions."""
    return _event_id(nct_id, watch, str(kind), release)


def silence_id(nct_id: str, state: str) -> str:
    """The id of the event that tells of a silent state."""
    return _event_id(nct_id, state)


def storm_id(shape: Sequence[str], release: str | None) -> str:
    """The id of the event that tells of a storm."""
    return _event_id("storm", list(shape), release)


def _event_id(*parts: Json) -> str:
    sha256 = hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).digest()
    # 130 bits in letters and digits that no address, file name or shell has to escape.
    return "evt_" + base64.b32encode(sha256).decode().lower()[:26]
