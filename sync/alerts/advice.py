"""What an event does not mean and what to check next, by rule; the kind's own words where a rule has none."""

from __future__ import annotations

from sync.changes.event import Event
from sync.changes.kinds.table import ADVICE
from sync.changes.model import Severity

MOST = 3
"""Advice for the gravest so many rules; more is read by nobody."""
_LIGHT = Severity.LOW.weight


TRIAGE = (
    "Severity is triage, an order of attention; it is not a clinical judgement and has not been validated."
)


def advice(event: Event) -> tuple[list[str], list[str]]:
    """What the event does not mean, and what to check next: the gravest rules first, each sentence once."""
    found = [
        each for name in _names(event) if (each := ADVICE.get(name) or ADVICE.get(name.partition(".")[0]))
    ][:MOST]
    cautions = [*dict.fromkeys(each.caution for each in found), TRIAGE]
    return cautions, list(dict.fromkeys(each.check for each in found))


def _names(event: Event) -> list[str]:
    """The kind's own rules first, then the others as they stand: gravest first, without those of no weight."""
    # Beside what weighs more, what is light is not advised on.
    least = 1 if event.severity.weight <= _LIGHT else _LIGHT + 1
    rules = [reason.rule for reason in event.reasons if reason.severity.weight >= least]
    own = [rule for rule in rules if rule.startswith(f"{event.kind}.")]
    others = [rule for rule in rules if rule not in own and rule.partition(".")[0] in ADVICE]
    # Where no rule of the kind weighs anything its own words still tell what it does not mean.
    return [*(own or [event.kind]), *others]
