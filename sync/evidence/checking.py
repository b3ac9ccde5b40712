"""Checking an evidence bundle by itself: no database, no configuration, no network."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.audit import Entry, hash_of
from storage.seals import Head, chained
from sync.changes.ids import pair_id
from sync.errors import UnreadableRecord
from sync.evidence.archive import NotABundle, unpacked
from sync.evidence.collecting import (
    AUDIT,
    DIGEST,
    EVENT,
    FORMAT,
    MANIFEST,
    RECORDS,
    RULES,
    SEALS,
    SIGNATURE,
    VERSIONS,
    sha256,
    signature,
)
from sync.evidence.rows import rows_told
from sync.study.canonical import CANON, Canonical, canonicalise
from sync.study.record import Study, read_record


@dataclass(frozen=True, slots=True)
class Checked:
    """What a bundle came to: what is wrong with it, what could not be proved, and what it is about."""

    problems: tuple[str, ...]
    remarks: tuple[str, ...]
    event: str
    nct_id: str
    headline: str
    made_at: str
    made_by: str
    anchor: str
    seals: tuple[str, ...]
    """Those of its rows, as anchors: the database that it is from must extend each of them."""
    sha256: str

    def as_json(self) -> dict[str, Any]:
        """As one object."""
        found = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {"state": "damaged" if self.problems else "sound", **found}


def check(archive: bytes, key: bytes | None = None) -> Checked:
    """Prove a bundle as far as it can be. Raises NotABundle where its bytes are not those of one."""
    members = unpacked(archive)
    try:
        return _checked(members, sha256(archive), key)
    # Whoever makes a bundle by hand may put anything into it.
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        raise NotABundle(
            f"its members are not those of a bundle ({type(error).__name__}: {error})"
        ) from error


def _checked(members: Mapping[str, bytes], archive_sha256: str, key: bytes | None) -> Checked:
    manifest = _manifest(members)
    _same_members(members, manifest)
    event, seals = json.loads(members[EVENT]), json.loads(members[SEALS])
    problems = [
        *_signature(members, key),
        *_records(members, event),
        *_id(members, event, seals),
        *_rules(members, event),
        *_acts(members),
        *_links(seals),
        *rows_told(members, event, seals),
    ]
    head = seals["head"]
    return Checked(
        tuple(problems),
        tuple(_remarks(members, manifest, key)),
        event["id"],
        event["nct_id"],
        event["headline"],
        manifest["made_at"],
        manifest["made_by"],
        str(Head(head["seq"], head["hash"])),
        tuple(str(Head(link["seq"], link["head"])) for link in seals["links"]),
        archive_sha256,
    )


def _manifest(members: Mapping[str, bytes]) -> dict[str, Any]:
    if MANIFEST not in members or DIGEST not in members:
        raise NotABundle("it has no manifest")
    body = members[MANIFEST]
    if members[DIGEST] != sha256(body + members.get(SIGNATURE, b"")).encode():
        raise NotABundle("its manifest is not as it was written")
    manifest: dict[str, Any] = json.loads(body)
    if manifest.get("format") != FORMAT:
        raise NotABundle(f"it is of the form {manifest.get('format')!r}, which this program does not know")
    return manifest


def _same_members(members: Mapping[str, bytes], manifest: Mapping[str, Any]) -> None:
    proofs = {MANIFEST, DIGEST, *([SIGNATURE] if manifest["signed"] else [])}
    if members.keys() != manifest["members"].keys() | proofs:
        raise NotABundle("its members are not those that its manifest lists")
    for name, said in manifest["members"].items():
        if said != {"sha256": sha256(members[name]), "size": len(members[name])}:
            raise NotABundle(f"{name} is not as it was written")


def _signature(members: Mapping[str, bytes], key: bytes | None) -> Iterator[str]:
    if key is None:
        return
    made = members.get(SIGNATURE)
    if made is None:
        yield "It is not signed, and a key was given to check it with."
    elif not hmac.compare_digest(made, signature(members[MANIFEST], key).encode()):
        yield "Its signature was not made with this key."


def _records(members: Mapping[str, bytes], event: Mapping[str, Any]) -> Iterator[str]:
    """Whether the records are those that the event tells of, and its id is made of what they say."""
    infos = json.loads(members[VERSIONS])
    for side, name in RECORDS.items():
        if name not in members:
            continue
        info, body = infos[side], members[name]
        if not sha256(body) == event[side]["sha256"] == info["sha256"]:
            yield f"{name} is not the record that the event tells of: its SHA-256 differs."
        try:
            record = read_record(body)
        except UnreadableRecord as error:
            yield f"{name} cannot be read: {error}."
            continue
        if Study(record).nct_id != event["nct_id"]:
            yield f"{name} is a record of {Study(record).nct_id or 'no study'}."
        yield from _hashes(name, info, canonicalise(record))


def _id(members: Mapping[str, bytes], event: Mapping[str, Any], seals: Mapping[str, Any]) -> Iterator[str]:
    """Whether the event's id is made of the two versions, as far as their hashes are still those that it was made of."""
    infos = json.loads(members[VERSIONS])
    # An event that tells of no change is one of presence, whose id is made of its release.
    if len(infos) < 2 or not event["changes"] or any(link["revised"] for link in seals["links"]):
        return
    sides = [infos[side] for side in RECORDS]
    hashes = [side[name] for side in sides for name in ("content_hash", "derived_hash")]
    made = pair_id(event["nct_id"], *(side["number"] for side in sides), *hashes)
    if made != event["id"]:
        yield f"The event's id is not made of these two records: that would be {made}."


def _hashes(name: str, info: Mapping[str, Any], form: Canonical) -> Iterator[str]:
    said = (info["content_hash"], info["derived_hash"])
    if info["canon"] == CANON and said != (form.content_hash, form.derived_hash):
        yield f"{name} does not say what its version is stored to say: the hashes of its content differ."


def _rules(members: Mapping[str, bytes], event: Mapping[str, Any]) -> Iterator[str]:
    if RULES in members and sha256(members[RULES]) != event["rules"]:
        yield "The rules are not those that the event names."


def _acts(members: Mapping[str, bytes]) -> Iterator[str]:
    for said in json.loads(members[AUDIT]):
        entry = Entry(
            **{name: value for name, value in said.items() if name not in ("before", "at")}, at=_at(said)
        )
        if hash_of(said["before"], entry) != entry.hash:
            yield f"Entry {entry.seq} of the audit log is not as it was written."


def _at(said: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(said["at"])


def _links(seals: Mapping[str, Any]) -> Iterator[str]:
    names = ("seq", "what", "subject", "about", "revised", "digest")
    for link in seals["links"]:
        if chained(link["before"], [link[name] for name in names]) != link["head"]:
            yield f"Seal {link['seq']} does not follow from the one before."
        if link["seq"] > seals["head"]["seq"]:
            yield f"Seal {link['seq']} comes after the head of the chain."


def _remarks(members: Mapping[str, bytes], manifest: Mapping[str, Any], key: bytes | None) -> Iterator[str]:
    if RULES not in members:
        yield "The rules that weighed the event were in force no more when it was made: only their hash is in it."
    if any(info["canon"] != CANON for info in json.loads(members[VERSIONS]).values()):
        yield "Its versions have hashes of another canonical form than this program's: they stand as they are told."
    if not manifest["signed"]:
        yield (
            "It is not signed: whoever could write the file could have made all of it anew, but for the head of the chain, "
            "which proves nothing by itself. Hold its SHA-256 against one that you kept, or its seals against the database "
            "that it is from: `trialdelta verify --anchor SEAL` for each."
        )
    elif key is None:
        yield "It is signed; without the key (--key-file) that is not checked."
