"""Invented events and deliveries, one of them with hostile text wherever the registry's text goes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sync.alerts.channels import Outgoing
from sync.alerts.message import AlertNote, compose
from sync.changes.event import Event

HOSTILE = (
    "\x1b]0;owned\x07\x1b[31m \u202egnp.exe\u202c \u200bzero \x00 \ud800 a\r\nBcc: all@example.org\r\n\r\nbody "
    "=cmd()|' /C calc'!A0 <script>alert(1)</script></script> <img src=x onerror=alert(2)> ]]> @everyone <!channel> "
    "<!here> <@U123> <http://evil.example|bank> {{7*7}} ${7*7} **bold** [x](javascript:alert(3)) `tick` & &amp; 'q' \"q\""
)


def change(kind: str, path: str, old: Any, new: Any, op: str = "changed", **detail: Any) -> dict[str, Any]:
    return {"kind": kind, "path": path, "op": op, "old": old, "new": new, "detail": detail}


def an_event(**other: Any) -> Event:
    """A criterion that became wider in a study that does not exist."""
    return Event.from_json(event_json(**other))


def event_json(**other: Any) -> dict[str, Any]:
    """The same as it is stored."""
    event: dict[str, Any] = {
        "id": "evt_aaaaaaaaaaaaaaaaaaaaaaaaaa",
        "nct_id": "NCT90000004",
        "title": "MCW-202 BCMA CAR-T Cells in Idiopathic Inflammatory Myopathy",
        "release": "2026-09-29",
        "seen_at": "2026-09-29T13:05:11Z",
        "submitted": "2026-09-28",
        "posted": "2026-09-29",
        "origin": "sponsor",
        "kind": "eligibility",
        "severity": "high",
        "headline": "Eligibility: 1 threshold changed (platelets ≥ 50 ×10⁹/L → ≥ 30 ×10⁹/L, wider); also 1 contact changed",
        "reasons": [
            {
                "rule": "eligibility.entry_while_recruiting",
                "fact": "who may enter changed while recruiting: 1 wider",
                "severity": "high",
            },
            {"rule": "contacts.changed", "fact": "1 contact changed", "severity": "info"},
        ],
        "from": {"version": 3, "release": "2026-09-10", "sha256": "a" * 64},
        "to": {"version": 4, "release": "2026-09-29", "sha256": "b" * 64},
        "changes": [
            change("administrative", "protocolSection.statusModule.statusVerifiedDate", "2026-06", "2026-09"),
            change(
                "eligibility",
                "protocolSection.eligibilityModule.eligibilityCriteria",
                "Platelet count ≥50×10^9/L",
                "Platelet count ≥30×10^9/L",
                section="inclusion",
                criterion={"before": "Platelet count ≥50×10^9/L", "after": "Platelet count ≥30×10^9/L"},
                words=[["=", "Platelet count"], ["-", "≥50×10^9/L"], ["+", "≥30×10^9/L"]],
                thresholds=[
                    {
                        "quantity": "platelets",
                        "old": "≥ 50 ×10⁹/L",
                        "new": "≥ 30 ×10⁹/L",
                        "direction": "wider",
                    }
                ],
                effect="wider",
                place=["inclusion", "Organ function"],
            ),
            change(
                "contacts",
                "protocolSection.contactsLocationsModule.centralContacts[Trial Desk].phone",
                "555-0100",
                "555-0177",
            ),
        ],
        "suppressed": [
            {
                "kind": "sites",
                "path": "protocolSection.x.locations[Bay].status",
                "reason": "site.status_cleared",
            },
            {
                "kind": "sites",
                "path": "protocolSection.x.locations[Sea].status",
                "reason": "site.status_cleared",
            },
        ],
        "context": {
            "status": "RECRUITING",
            "phase": ["PHASE1"],
            "enrollment": {"count": 1824, "type": "ESTIMATED"},
            "last_update_posted": "2026-09-29",
        },
        "rules": "c" * 64,
        "links": {
            "record": "https://clinicaltrials.gov/study/NCT90000004",
            "history": "https://clinicaltrials.gov/study/NCT90000004?tab=history",
        },
    }
    return event | other


def a_hostile_event() -> Event:
    """Hostile text wherever the registry's text goes."""
    event = event_json(
        title=HOSTILE,
        headline=HOSTILE,
        reasons=[{"rule": "status.stopped", "fact": HOSTILE, "severity": "high"}],
    )
    event["changes"] = [
        change("description", "protocolSection.descriptionModule.briefSummary", HOSTILE, HOSTILE * 2),
        change(
            "sites", f"protocolSection.contactsLocationsModule.locations[{HOSTILE}].status", None, HOSTILE
        ),
        change("sponsor", "protocolSection.x.leadSponsor", {"name": HOSTILE}, {HOSTILE: HOSTILE}),
        change(
            "eligibility",
            "protocolSection.eligibilityModule.eligibilityCriteria",
            HOSTILE,
            None,
            "removed",
            section="exclusion",
            criterion={"before": HOSTILE, "after": None},
            words=[["-", HOSTILE]],
            thresholds=[{"quantity": HOSTILE, "old": HOSTILE, "new": None, "direction": "wider"}],
            effect="wider",
            place=["exclusion", HOSTILE],
        ),
    ]
    event["context"] = event["context"] | {"status": HOSTILE, "last_update_posted": HOSTILE}
    event["submitted"] = event["posted"] = HOSTILE
    return Event.from_json(event)


def an_outgoing(event: Event | None = None, note: AlertNote | None = None, **other: Any) -> Outgoing:
    event = event or an_event()
    commands = (f"trialdelta ack {event.id}", f"trialdelta snooze {event.id} --until 2026-10-15")
    known = {"verified": "2026-09", "cumulative_slip_days": 120, "flip_flops": 2}
    message = compose(event, note or AlertNote("open", "cart-autoimmune", history=known, commands=commands))
    values: dict[str, Any] = {
        "id": "dlv_1",
        "attempt": 1,
        "message": message,
        "event": event,
        "kind": "alert",
        "created_at": datetime(2026, 9, 29, 13, 5, 11, tzinfo=UTC),
    }
    return Outgoing(**values | other)
