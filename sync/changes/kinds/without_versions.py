"""Kinds that no pair of versions makes: membership of a watch, presence in the registry, silence, storms."""

from __future__ import annotations

from sync.changes.kinds.base import Advice, ChangeKind
from sync.changes.model import Detail, Kind, Origin, Severity
from sync.changes.rule import by_hand


def _kind(
    kind: Kind,
    rule_id: str,
    severity: Severity,
    meaning: str,
    *,
    subject: str,
    advice: Advice,
    origin: Origin = Origin.UNKNOWN,
) -> ChangeKind[Detail]:
    return ChangeKind(
        kind=kind,
        detail=Detail,
        # No facts to ask: whoever finds such an event has already found what the rule is about, and gives the reason
        # along.
        rules=(by_hand(rule_id, kind, severity, meaning),),
        without_changes=subject,
        advice={str(kind): advice},
        origin=origin,
    )


PRESENCE = (
    _kind(
        Kind.ENTERED,
        "presence.entered",
        Severity.MEDIUM,
        "A study came into a watch.",
        subject="New in the watch",
        advice=Advice(
            "Found by the watch's search; whether it belongs is yours to say.",
            "Read it once and take it in, or mute it.",
        ),
    ),
    _kind(
        Kind.LEFT,
        "presence.left",
        Severity.MEDIUM,
        "A study is no longer found by any search of its watch.",
        subject="Left the watch",
        advice=Advice(
            "No longer found by the search; the study is still in the registry.",
            "See which of its words changed, and whether your list should keep it by id.",
        ),
    ),
    _kind(
        Kind.REENTERED,
        "presence.reentered",
        Severity.LOW,
        "A study that had left its watch is back.",
        subject="Back in the watch",
        advice=Advice("It had left the search and is found again.", "Nothing, unless you had dropped it."),
    ),
    _kind(
        Kind.MISSING,
        "presence.missing",
        Severity.INFO,
        "A watched study was absent once; nothing is concluded.",
        subject="Absent from the registry's answer",
        advice=Advice("Absent once; nothing is concluded from that.", "Nothing: the next release tells."),
    ),
    _kind(
        Kind.GONE,
        "presence.gone",
        Severity.HIGH,
        "A study was absent on two releases and the registry knows no such id.",
        subject="Gone from the registry",
        advice=Advice(
            "Gone from the registry does not say why; records are hardly ever removed.",
            "Ask the sponsor; all stored versions are kept here.",
        ),
        origin=Origin.REGISTRY,
    ),
    _kind(
        Kind.ALIAS,
        "presence.alias",
        Severity.LOW,
        "The id of a study now leads to another one.",
        subject="Now under another id",
        advice=Advice("The study is the same under another id.", "Change the id wherever you keep it."),
        origin=Origin.REGISTRY,
    ),
    _kind(
        Kind.WITHHELD,
        "presence.withheld",
        Severity.HIGH,
        "The registry withholds the record: only a stub is shown.",
        subject="Record withheld",
        advice=Advice(
            "A withheld record shows a stub; the study goes on or not, the registry does not say.",
            "Use the last full version, which is kept here.",
        ),
        origin=Origin.REGISTRY,
    ),
)
"""Who is there: in the watch, and in the registry at all."""

CLASS = _kind(
    Kind.CLASS,
    "class.record",
    Severity.LOW,
    "What a study has to do with CAR-T cells is another thing than before, since its record changed.",
    subject="Another class",
    advice=Advice(
        "The record's own words changed; another version of the classifier never tells of a study.",
        "See the words that it rests on; where they mislead, decide yourself on the study's page.",
    ),
)

SILENCE = (
    _kind(
        Kind.STALE,
        "silence.stale",
        Severity.LOW,
        "Neither verified nor updated for `stale_months`.",
        subject="Nothing heard for long",
        advice=Advice(
            "Not updated does not mean not running.",
            "Ask the contact to confirm the status.",
        ),
    ),
    _kind(
        Kind.OVERDUE,
        "silence.overdue",
        Severity.LOW,
        "A date has passed and the status says otherwise.",
        subject="A date has passed",
        advice=Advice(
            "A date that has passed may only not have been updated.",
            "Treat the dates as unconfirmed until the sponsor updates them.",
        ),
    ),
    _kind(
        Kind.UNKNOWN_FORECAST,
        "silence.unknown_forecast",
        Severity.MEDIUM,
        "The registry will set UNKNOWN within `forecast_days`, unless the sponsor updates the record.",
        subject="About to turn UNKNOWN",
        advice=Advice(
            "The registry has not set UNKNOWN yet; an update by the sponsor prevents it.",
            "Ask the contact for an update before that day.",
        ),
    ),
)
"""Of whom nothing is heard."""

STORM = _kind(
    Kind.STORM,
    "storm.held",
    Severity.HIGH,
    "The same change in more than `storm_studies` and `storm_percent` of the studies of one cycle, none by a sponsor.",
    subject="The same change in many studies",
    advice=Advice(
        "The same change in many studies at once is most likely made by the registry, not by the sponsors.",
        "Look at two or three of them, then `trialdelta storm release` or `dismiss`.",
    ),
    origin=Origin.REGISTRY,
)
