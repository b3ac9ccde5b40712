"""What made an event heavy: its reasons with their rules in words, and its changes in falling weight."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from sync.alerts.content import Difference, Text, line
from sync.alerts.differences import differences
from sync.changes.event import Event
from sync.changes.kinds import is_minor, kind_named
from sync.changes.model import Change, Detail, Kind, Reason, Severity
from sync.changes.rule import Limits
from sync.changes.ruleset import RuleSet, rule_named
from sync.words import capital


def weighed(event: Event, without: Collection[str] = ()) -> tuple[Difference, ...]:
    """The event's changes as a reader sees them, the heaviest first, each with its weight; but for these paths."""
    return tuple(
        replace(each, kind=str(kind), severity=str(severity))
        for kind, severity, changes in _in_falling_weight(event)
        for each in differences(change for change in changes if change.path not in without)
    )


def _in_falling_weight(event: Event) -> Iterator[tuple[Kind, Severity, list[Change[Detail]]]]:
    """The changes kind by kind, each with the severity of its gravest rule; bookkeeping last."""
    kinds = dict.fromkeys(change.kind for change in event.changes)
    weights = {kind: _weight(kind, event.reasons) for kind in kinds}
    # Stable: kinds of one weight stay in the order of the event, and so do changes of one rank.
    for kind in sorted(
        kinds, key=lambda kind: (is_minor(kind), -weights[kind].weight, kind is not event.kind)
    ):
        own = [change for change in event.changes if change.kind is kind]
        yield kind, weights[kind], sorted(own, key=kind_named(kind).place_of)


def _weight(kind: Kind, reasons: Collection[Reason]) -> Severity:
    found = (reason.severity for reason in reasons if _kind_of(reason) is kind)
    return max(found, key=lambda severity: severity.weight, default=Severity.INFO)


def _kind_of(reason: Reason) -> Kind | None:
    rule = rule_named(reason.rule)
    return rule.kind if rule else None


def causes(event: Event) -> tuple[Text, ...]:
    """What gave the event its severity: what was seen, and the rule that weighs it, in words."""
    return tuple(_in_words(reason, event) for reason in event.reasons if reason.severity is event.severity)


def other_reasons(event: Event) -> tuple[Text, ...]:
    """What the lighter rules saw, bookkeeping aside."""
    return tuple(
        Text(capital(line(reason.fact)), str(reason.severity))
        for reason in event.reasons
        if reason.severity is not event.severity and not ((kind := _kind_of(reason)) and is_minor(kind))
    )


def _in_words(reason: Reason, event: Event) -> Text:
    rule = rule_named(reason.rule)
    # The event names its rules by their hash alone: their numbers are known where nobody changed any.
    limits = Limits() if event.rules == RuleSet.default().sha256 else None
    return Text(capital(line(reason.fact)), rule.in_words(limits) if rule else "")
