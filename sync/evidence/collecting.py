"""Gathering the evidence for an event: what was told, of which records, by which rules, and how all of it is sealed."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from storage import audit, events, seals, tables, versions
from storage.times import exactly
from storage.versions import VersionInfo
from sync import __version__
from sync.changes.ruleset import RuleSet
from sync.config import Settings
from sync.errors import UsageError
from sync.evidence.archive import packed
from sync.rules import by_watch, for_study, shared
from sync.study.record import is_nct_id

FORMAT = "trialdelta-evidence-2"
EVENT, RULES, AUDIT, SEALS, VERSIONS = "event.json", "rules.json", "audit.json", "seals.json", "versions.json"
RECORDS = {"from": "before.json", "to": "after.json"}
MANIFEST, DIGEST, SIGNATURE = "manifest.json", "manifest.sha256", "manifest.hmac-sha256"


def bundle(
    session: Session, settings: Settings, event_id: str, *, now: datetime, by: str, key: bytes | None = None
) -> bytes:
    """The evidence for an event as one file; with a `key` it is signed. Raises UsageError where there is no such event."""
    event = events.event(session, event_id)
    if event is None:
        of = f" {event_id}" if is_nct_id(event_id) else ""
        raise UsageError(f"there is no event {event_id}; `trialdelta events{of}` lists those that there are")
    sides = {side: ref for side in RECORDS if (ref := event.get(side)) and ref["version"] is not None}
    infos = {info.number: info for info in versions.versions(session, event["nct_id"])}
    members = {EVENT: _json(event)}
    members |= {
        RECORDS[side]: versions.payload(session, event["nct_id"], ref["version"])
        for side, ref in sides.items()
    }
    members[VERSIONS] = _json({side: _told(infos[ref["version"]]) for side, ref in sides.items()})
    if (rules := _rules(session, settings, event)) is not None:
        members[RULES] = rules.text.encode()
    acts = list(_acts(session, {event_id, event["nct_id"]}))
    members[AUDIT] = _json(acts)
    numbers = [ref["version"] for ref in sides.values()]
    members[SEALS] = _json(_sealed(session, event, numbers, [act["seq"] for act in acts]))
    return packed(members | proofs(members, event, now=now, by=by, key=key))


def proofs(
    members: dict[str, bytes], event: events.EventJson, *, now: datetime, by: str, key: bytes | None
) -> dict[str, bytes]:
    """What covers the members: their hashes, the hash of those, and the signature of that."""
    manifest = _json(
        {
            "format": FORMAT,
            "event": event["id"],
            "nct_id": event["nct_id"],
            "made_at": exactly(now),
            "made_by": by,
            "program": __version__,
            "signed": key is not None,
            "members": {name: {"sha256": sha256(body), "size": len(body)} for name, body in members.items()},
        }
    )
    signed = {} if key is None else {SIGNATURE: signature(manifest, key).encode()}
    # The signature too: without the key, an altered one is found all the same.
    digest = sha256(manifest + signed.get(SIGNATURE, b""))
    return {MANIFEST: manifest, **signed, DIGEST: digest.encode()}


def sha256(body: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(body).hexdigest()


def signature(manifest: bytes, key: bytes) -> str:
    """HMAC-SHA256 in hexadecimal digits."""
    return hmac.new(key, manifest, hashlib.sha256).hexdigest()


def _rules(session: Session, settings: Settings, event: events.EventJson) -> RuleSet | None:
    """The set of rules that weighed the event, where the configuration still has it."""
    sets = [shared(settings), *by_watch(settings).values()]
    if event["nct_id"]:
        sets.append(for_study(session, settings, event["nct_id"], on=event["release"]))
    return next((each for each in sets if each.sha256 == event["rules"]), None)


def _acts(session: Session, subjects: set[str]) -> Iterator[dict[str, Any]]:
    for before, entry in audit.proofs(session, subjects - {""}):
        yield {"before": before, **asdict(entry), "at": entry.at.isoformat(timespec="microseconds")}


def _sealed(session: Session, event: events.EventJson, numbers: list[int], acts: list[int]) -> dict[str, Any]:
    rows: list[tuple[type[tables.Base], tuple[Any, ...]]] = [(tables.Event, (event["id"],))]
    rows += [(tables.Version, (event["nct_id"], number)) for number in numbers]
    rows += [(tables.Audit, (seq,)) for seq in acts]
    return {"head": asdict(seals.head(session)), "links": seals.links(session, rows)}


def _told(info: VersionInfo) -> dict[str, Any]:
    return {**asdict(info), "seen_at": exactly(info.seen_at)}


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=True, indent=1, sort_keys=True) + "\n").encode()
