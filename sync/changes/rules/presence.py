"""Rules that no pair of versions makes fire: membership, presence in the registry, silence."""

from __future__ import annotations

from sync.changes.model import Kind, Severity
from sync.changes.rules.base import by_hand

PRESENCE = (
    by_hand("presence.entered", Kind.ENTERED, Severity.MEDIUM, "A study came into a watch."),
    by_hand(
        "presence.left", Kind.LEFT, Severity.MEDIUM, "A study is no longer found by any search of its watch."
    ),
    by_hand("presence.reentered", Kind.REENTERED, Severity.LOW, "A study that had left its watch is back."),
    by_hand(
        "presence.missing",
        Kind.MISSING,
        Severity.INFO,
        "A watched study was absent once; nothing is concluded.",
    ),
    by_hand(
        "presence.gone",
        Kind.GONE,
        Severity.HIGH,
        "A study was absent on two releases and the registry knows no such id.",
    ),
    by_hand("presence.alias", Kind.ALIAS, Severity.LOW, "The id of a study now leads to another one."),
    by_hand(
        "presence.withheld",
        Kind.WITHHELD,
        Severity.HIGH,
        "The registry withholds the record: only a stub is shown.",
    ),
)

SILENCE = (
    by_hand("silence.stale", Kind.STALE, Severity.LOW, "Neither verified nor updated for `stale_months`."),
    by_hand(
        "silence.overdue", Kind.OVERDUE, Severity.LOW, "A date has passed and the status says otherwise."
    ),
    by_hand(
        "silence.unknown_forecast",
        Kind.UNKNOWN_FORECAST,
        Severity.MEDIUM,
        "The registry will set UNKNOWN within one of `forecast_days`, unless the sponsor updates the record.",
    ),
)

STORM = (
    by_hand(
        "storm.held",
        Kind.STORM,
        Severity.HIGH,
        "The same change in more than `storm_studies` and `storm_percent` of the studies of one cycle, none by a sponsor.",
    ),
)
