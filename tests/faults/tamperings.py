"""What somebody with the database's password does to it beside the service, and what `verify` must say of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from storage import audit, seals, tables, versions
from storage.payloads import pack
from storage.tables import table_of
from sync.study.canonical import canonicalise
from sync.study.record import read_record
from tests.faults.rich_history import LONG, MANY, OLD

PICKED = {
    # an event of the long study between two versions of today's form, with its own deliveries
    "event": f"SELECT id FROM event WHERE nct_id = '{LONG}' AND to_version = 15",
    "silent": "SELECT id FROM event WHERE kind = 'entered' ORDER BY seq LIMIT 1",
    "sent": "SELECT id FROM delivery WHERE state = 'sent' AND kind = 'alert' ORDER BY seq DESC LIMIT 1",
    "collected": "SELECT id FROM delivery WHERE state = 'bundled' ORDER BY seq DESC LIMIT 1",
    "digest": "SELECT id FROM delivery WHERE kind = 'digest' ORDER BY seq DESC LIMIT 1",
    "closed": "SELECT event_id FROM alert WHERE state = 'closed'",
    "open": "SELECT event_id FROM alert WHERE state = 'open' ORDER BY event_id LIMIT 1",
    "storm": "SELECT event_id FROM storm WHERE state = 'dismissed'",
    "held": "SELECT id FROM event WHERE held_by IS NOT NULL ORDER BY seq LIMIT 1",
    "audits": "SELECT max(seq) FROM audit",
    "member": f"SELECT id FROM membership WHERE nct_id = '{MANY[0]}'",
    "quarantined": "SELECT id FROM quarantine",
    "cycle": "SELECT max(id) FROM cycle",
    "mute": "SELECT min(id) FROM mute",
    "seals": "SELECT max(seq) FROM seal",
}
"""What the tamperings are done to, by a name."""


@dataclass(frozen=True)
class Tampering:
    """What somebody does to the database, and a pattern of what `verify` must say of it."""

    name: str
    says: str
    sql: tuple[str, ...] = ()
    deed: Callable[[Connection], None] | None = None

    def __str__(self) -> str:
        return self.name


def forge(connection: Connection) -> None:
    """Another enrolment in a stored payload, with every hash fitting; version 21 is kept in full."""
    session = Session(connection)
    payload = versions.payload(session, LONG, 21)
    record = json.loads(payload)
    record["protocolSection"]["designModule"]["enrollmentInfo"]["count"] = 4711
    forged = json.dumps(record).encode()
    now = canonicalise(read_record(forged))
    connection.execute(
        table_of(tables.Version).update().where(text(f"nct_id = '{LONG}' AND number = 21")),
        {
            "payload": pack(forged, 21, None).blob,
            "size": len(forged),
            "sha256": sha256(forged).hexdigest(),
            "content_hash": now.content_hash,
            "derived_hash": now.derived_hash,
        },
    )


def rewrite_all(connection: Connection) -> None:
    """The whole chain made anew over what was changed: only an anchor kept elsewhere can tell."""
    connection.execute(text("UPDATE audit SET who = 'eve' WHERE seq = 1"))
    session = Session(connection)
    before = "0" * 64
    for entry in audit.entries(session):
        made = audit._hash(before, entry)
        connection.execute(table_of(tables.Audit).update().where(text(f"seq = {entry.seq}")), {"hash": made})
        before = made
    connection.execute(table_of(tables.Seal).delete())
    seals.seal_all(session, audit.entries(session)[0].at)
    connection.execute(text("DELETE FROM seal WHERE what = 'since'"))


TABLE = (
    Tampering(
        "the audit log's tail is cut",
        r"Entry {audits} of the audit log .*is gone",
        ("DELETE FROM audit WHERE seq = {audits}",),
    ),
    Tampering("the whole audit log is cut", r"Entry 1 of the audit log .*is gone", ("DELETE FROM audit",)),
    Tampering(
        "an entry in the middle of the audit log is taken out",
        r"Audit log: entries 3 to 3 are missing",
        ("DELETE FROM audit WHERE seq = 3",),
    ),
    Tampering(
        "an entry of the audit log is another's",
        r"Audit log: entry 2 .*is not as it was written",
        ("UPDATE audit SET who = 'eve' WHERE seq = 2",),
    ),
    Tampering(
        "an entry is added to the audit log",
        r"Entry 900 of the audit log was not written by trialdelta",
        (
            "INSERT INTO audit (seq, at, who, action, subject, detail, hash) "
            "SELECT 900, at, 'eve', action, subject, detail, hash FROM audit WHERE seq = 2",
        ),
    ),
    Tampering(
        "versions 1 to 20 are deleted",
        LONG + r": versions 1 to 20 are missing",
        (f"DELETE FROM version WHERE nct_id = '{LONG}' AND number <= 20",),
    ),
    Tampering(
        "a version in the middle is deleted",
        LONG + r": version 15 is missing",
        (f"DELETE FROM version WHERE nct_id = '{LONG}' AND number = 15",),
    ),
    Tampering(
        "a head is set back",
        LONG + r": its head is version 25, its last version is 26",
        (f"UPDATE study SET head = 25 WHERE nct_id = '{LONG}'",),
    ),
    Tampering(
        "the last version is deleted and the head set back",
        r"Version 26 of " + LONG + r" is gone",
        (
            f"DELETE FROM version WHERE nct_id = '{LONG}' AND number = 26",
            (
                "UPDATE study SET head = 25, content_hash = (SELECT content_hash FROM version WHERE nct_id = "
                f"'{LONG}' AND number = 25), derived_hash = (SELECT derived_hash FROM version WHERE nct_id = '{LONG}' "
                f"AND number = 25) WHERE nct_id = '{LONG}'"
            ),
        ),
    ),
    Tampering(
        "events are deleted",
        r"The event {event} \(" + LONG + r"\) is gone",
        (
            "DELETE FROM alert WHERE event_id = '{event}'",
            "DELETE FROM delivery WHERE event_id = '{event}'",
            "DELETE FROM change WHERE event_id = '{event}'",
            "DELETE FROM event WHERE id = '{event}'",
        ),
    ),
    Tampering(
        "an event is deleted, and no event tells of the change",
        LONG + r": no event tells what changed between versions 14 and 15",
        ("DELETE FROM event WHERE id = '{event}'",),
    ),
    Tampering(
        "an event's headline is rewritten",
        r"The event {event} .*stands in listings with headline 'Nothing'",
        ("UPDATE event SET headline = 'Nothing' WHERE id = '{event}'",),
    ),
    Tampering(
        "an event's headline is rewritten everywhere",
        r"The event {event} \(" + LONG + r"\) is not as it was written",
        (
            "UPDATE event SET headline = 'Nothing', body = replace(body, headline, 'Nothing') WHERE id = '{event}'",
        ),
    ),
    Tampering(
        "an event's severity is rewritten",
        r"The event {event} .*severity 'info'",
        ("UPDATE event SET severity = 'info' WHERE id = '{event}'",),
    ),
    Tampering(
        "an event's JSON is no JSON any more",
        r"The event {event} .*does not hold the JSON of an event",
        ("UPDATE event SET body = 'nothing' WHERE id = '{event}'",),
    ),
    Tampering(
        "an event is moved to another study",
        r"The event {event} \(" + OLD + r"\) tells of version 14 of " + OLD,
        (
            f"UPDATE event SET nct_id = '{OLD}', body = replace(body, '{LONG}', '{OLD}') WHERE id = '{{event}}'",
        ),
    ),
    Tampering(
        "an event tells of other versions",
        r"The event {event} .*is not of what it says: that would have the id evt_",
        ("UPDATE event SET from_version = 15, to_version = 16 WHERE id = '{event}'",),
    ),
    Tampering(
        "the hash of the rules is rewritten",
        r"The event {event} .*rules",
        ("UPDATE event SET rules = 'ff' WHERE id = '{event}'",),
    ),
    Tampering(
        "an event is forged",
        r"The event evt_forged was not written by trialdelta",
        (
            (
                "INSERT INTO event (seq, id, nct_id, release, seen_at, origin, kind, severity, headline, body) "
                "SELECT 9000, 'evt_forged', nct_id, release, seen_at, origin, kind, severity, headline, body FROM "
                "event WHERE id = '{event}'"
            ),
        ),
    ),
    Tampering(
        "the changes of an event are deleted",
        r"The event {event} .*is not as it was written",
        ("DELETE FROM change WHERE event_id = '{event}'",),
    ),
    Tampering(
        "the first of an event's changes is deleted",
        r"The event {event} has \d+ changes of at least",
        ("DELETE FROM change WHERE event_id = '{event}' AND ordinal = 0",),
    ),
    Tampering(
        "a change is rewritten",
        r"The event {event} .*is not as it was written",
        ("UPDATE change SET new = '4711' WHERE event_id = '{event}' AND ordinal = 0",),
    ),
    Tampering(
        "a delivery is deleted",
        r"The delivery {sent} \(evt_.*\) is gone",
        ("DELETE FROM attempt WHERE delivery_id = '{sent}'", "DELETE FROM delivery WHERE id = '{sent}'"),
    ),
    Tampering(
        "all deliveries of an event are deleted",
        r"The delivery dlv_\w+ \({event}\) is gone",
        ("DELETE FROM delivery WHERE event_id = '{event}'",),
    ),
    Tampering(
        "a delivery is rewritten",
        r"The delivery {sent} .*is not as it was written",
        ("UPDATE delivery SET channel = 'elsewhere' WHERE id = '{sent}'",),
    ),
    Tampering(
        "a digest is rewritten",
        r"The delivery {digest} is not as it was written",
        ("UPDATE delivery SET body = '{{}}' WHERE id = '{digest}'",),
    ),
    Tampering(
        "what was sent is due again",
        r"The delivery {sent} .*was sent, but does not stand as sent",
        ("UPDATE delivery SET state = 'due' WHERE id = '{sent}'",),
    ),
    Tampering(
        "what was never sent stands as sent",
        r"The delivery {collected} .*stands as sent, but no attempt at it succeeded",
        ("UPDATE delivery SET state = 'sent', bundle = NULL WHERE id = '{collected}'",),
    ),
    Tampering(
        "a delivery is dropped",
        r"The delivery {collected} .*is not as it was written",
        ("UPDATE delivery SET state = 'dropped', bundle = NULL WHERE id = '{collected}'",),
    ),
    Tampering(
        "an attempt is deleted",
        r"Attempt 1 of the delivery {sent} is gone",
        ("DELETE FROM attempt WHERE delivery_id = '{sent}'",),
    ),
    Tampering(
        "an attempt failed that did not",
        r"Attempt 1 of the delivery {sent} is not as it was written",
        ("UPDATE attempt SET outcome = 'passing' WHERE delivery_id = '{sent}'",),
    ),
    Tampering(
        "the watermark is moved ahead",
        r"The watermark stands at release 2027-01-04 .*but the last cycle that was completed .* was of 2026-10-12",
        ("UPDATE watermark SET release = '2027-01-04', stamp = '2027-01-04T09:00:00'",),
    ),
    Tampering(
        "the watermark is moved ahead, and the ledger made to fit",
        r"Cycle {cycle} of the ledger .*is not as it was written",
        (
            "UPDATE watermark SET release = '2027-01-04', stamp = '2027-01-04T09:00:00'",
            "UPDATE cycle SET release = '2027-01-04', stamp = '2027-01-04T09:00:00' WHERE id = {cycle}",
        ),
    ),
    Tampering("the watermark is deleted", r"The watermark registry is gone", ("DELETE FROM watermark",)),
    Tampering(
        "content hashes are zeroed",
        LONG + r": Version 15 does not have the content hash of its record",
        (f"UPDATE version SET content_hash = ZERO WHERE nct_id = '{LONG}'",),
    ),
    Tampering(
        "derived hashes are zeroed",
        LONG + r": Version 15 does not have the derived hash of its record",
        (f"UPDATE version SET derived_hash = ZERO WHERE nct_id = '{LONG}'",),
    ),
    Tampering(
        "the hashes of a baseline that was never compared are zeroed",
        OLD + r": Version 1 does not have the derived hash of its record",
        (f"UPDATE version SET content_hash = ZERO, derived_hash = ZERO WHERE nct_id = '{OLD}'",),
    ),
    Tampering(
        "content hashes of an older form are zeroed",
        r"Version 2 of " + LONG + " is not as it was written",
        (f"UPDATE version SET content_hash = ZERO WHERE nct_id = '{LONG}' AND number = 2",),
    ),
    Tampering(
        "a study's hash of the last reading is set",
        r"What is known of " + LONG + r"'s presence and last reading is not as it was written",
        (f"UPDATE study SET raw_hash = ZERO WHERE nct_id = '{LONG}'",),
    ),
    Tampering(
        "a study is made another's alias",
        r"What is known of " + LONG + r"'s presence .*is not as it was written",
        (f"UPDATE study SET state = 'alias', alias_of = '{OLD}' WHERE nct_id = '{LONG}'",),
    ),
    Tampering(
        "a payload is forged with hashes that fit",
        r"Version 21 of " + LONG + r" is not as it was written",
        deed=forge,
    ),
    Tampering(
        "a payload is forged, and the event told of another",
        r"The event evt_\w+ \(" + LONG + r"\) was told of another version 21 of " + LONG,
        deed=forge,
    ),
    Tampering(
        "a payload is damaged",
        LONG + r": Version 21 does not decode",
        (f"UPDATE version SET payload = ZERO WHERE nct_id = '{LONG}' AND number = 21",),
    ),
    Tampering(
        "a version's release is altered",
        r"Version 21 of " + LONG + r" is not as it was written",
        (f"UPDATE version SET release = '2026-01-01' WHERE nct_id = '{LONG}' AND number = 21",),
    ),
    Tampering(
        "when a version was seen is altered",
        r"Version 21 of " + LONG + r" is not as it was written",
        (
            (
                f"UPDATE version SET seen_at = (SELECT seen_at FROM version WHERE nct_id = '{LONG}' AND number = 1) "
                f"WHERE nct_id = '{LONG}' AND number = 21"
            ),
        ),
    ),
    Tampering(
        "a study is deleted",
        r"Version 1 of " + MANY[0] + r" refers to " + MANY[0] + r" in study, which is not there",
        (f"DELETE FROM study WHERE nct_id = '{MANY[0]}'",),
    ),
    Tampering(
        "a membership is deleted",
        r"Membership {member} \(" + MANY[0] + r"\) is gone",
        ("DELETE FROM membership WHERE id = {member}",),
    ),
    Tampering(
        "a study has left a watch that it is in",
        r"Membership {member} \(" + MANY[0] + r"\) is not as it was written",
        ("UPDATE membership SET left_release = '2026-10-01' WHERE id = {member}",),
    ),
    Tampering(
        "a watch is defined otherwise",
        r"The watch own is not as it was written",
        ("UPDATE watch SET definition_hash = ZERO WHERE name = 'own'",),
    ),
    Tampering(
        "an alert is closed in the table",
        r"The alert of {open} .*is not as it was written",
        (
            (
                "UPDATE alert SET state = 'closed', acknowledged_by = 'ana', acknowledged_at = opened_at, closed_at "
                "= opened_at WHERE event_id = '{open}'"
            ),
        ),
    ),
    Tampering(
        "an alert is opened again in the table",
        r"The alert of {closed} .*is not as it was written",
        ("UPDATE alert SET state = 'open', acknowledged_at = NULL WHERE event_id = '{closed}'",),
    ),
    Tampering(
        "an alert is deleted",
        r"The alert of {open} .*is gone",
        ("DELETE FROM alert WHERE event_id = '{open}'",),
    ),
    Tampering(
        "a mute is made longer",
        r"Mute {mute} .*is not as it was written",
        ("UPDATE mute SET lifted_at = NULL WHERE id = {mute}",),
    ),
    Tampering(
        "an event is held by a storm",
        r"The event {event} .*is not as it was written",
        ("UPDATE event SET held_by = '{storm}' WHERE id = '{event}'",),
    ),
    Tampering(
        "a storm lets an event go",
        r"The event {held} .*is not as it was written",
        ("UPDATE event SET held_by = NULL WHERE id = '{held}'",),
    ),
    Tampering(
        "a storm was never dismissed",
        r"The storm {storm} is not as it was written",
        ("UPDATE storm SET state = 'held', decided_at = NULL WHERE event_id = '{storm}'",),
    ),
    Tampering(
        "the quarantine is emptied",
        r"Entry {quarantined} of the quarantine .*is gone",
        ("DELETE FROM quarantine",),
    ),
    Tampering(
        "why a record is in quarantine is rewritten",
        r"Entry {quarantined} of the quarantine .*is not as it was written",
        ("UPDATE quarantine SET reason = 'none'",),
    ),
    Tampering(
        "a cycle is taken out of the ledger",
        r"Cycle 3 of the ledger .*is gone",
        ("DELETE FROM cycle WHERE id = 3",),
    ),
    Tampering(
        "a cycle failed that did not",
        r"Cycle 3 of the ledger .*is not as it was written",
        ("UPDATE cycle SET state = 'failed', error_kind = 'x' WHERE id = 3",),
    ),
    Tampering(
        "a review is another's", r"Review 1 .*is not as it was written", ("UPDATE review SET \"by\" = 'eve'",)
    ),
    Tampering(
        "how an event was told before is deleted",
        r"The event evt_\w+ as the rules \w+ had it is gone",
        ("DELETE FROM superseded",),
    ),
    Tampering(
        "a silent state is forgotten", r"The silent state \S+ of NCT\d+ is gone", ("DELETE FROM silence",)
    ),
    Tampering(
        "all seals are deleted", r"The seals are gone: nothing proves what is stored", ("DELETE FROM seal",)
    ),
    Tampering(
        "a seal in the middle is deleted",
        r"The chain of seals is broken: 7 missing",
        ("DELETE FROM seal WHERE seq = 7",),
    ),
    Tampering(
        "a seal is rewritten",
        r"The chain of seals is broken: seal 7 .*is not as it was made",
        ("UPDATE seal SET digest = ZERO WHERE seq = 7",),
    ),
    Tampering(
        "the tail of the chain is cut",
        r"was not written by trialdelta",
        ("DELETE FROM seal WHERE seq > {seals} - 3",),
    ),
)
