"""What can only be told when a whole release has been read: who is silent, and whether many changed alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from storage import events, silence, storms
from sync.changes import silence as silences
from sync.changes.event import silence_event, storm_event
from sync.changes.model import Change, Event, Kind, Op, Origin, Severity
from sync.changes.storm import storms as find_storms
from sync.context import CycleContext
from sync.study.record import Study


def tell_silence(context: CycleContext, session: Session) -> None:
    """Tell of studies that are stale, overdue or about to be UNKNOWN on the day of the release, once a state.

    A study's first release only notes what is silent already: a baseline tells nothing but what is still to come.
    """
    ids = [nct_id for roster in context.rosters for nct_id in roster.sources]
    before = silence.found_before(session, ids)
    states: list[silence.State] = []
    for known in silence.present(session, ids):
        for finding in _found(context, known, before[known.nct_id]):
            event = _event(context, known, finding)
            context.tell(session, [event] if event else [])
            states.append(
                silence.State(known.nct_id, finding.state, context.release.date, event.id if event else None)
            )
    silence.remember(session, states)


def _found(context: CycleContext, known: silence.Known, before: set[str]) -> list[silences.Finding]:
    limits = context.rules_for(known.nct_id).limits
    return silences.silence(_study(known), _today(context), before, limits)


def _event(context: CycleContext, known: silence.Known, finding: silences.Finding) -> Event | None:
    is_ahead = finding.day is not None and finding.day > _today(context)
    if known.first_seen_release == context.release.date and not is_ahead:
        return None
    return silence_event(
        finding,
        _study(known),
        context.release.date,
        rules=context.rules_for(known.nct_id),
        seen_at=context.seen_at(),
    )


def _study(known: silence.Known) -> Study:
    identification = {"nctId": known.nct_id, "briefTitle": known.title}
    return Study(
        {"protocolSection": {"identificationModule": identification, "statusModule": known.status_module}}
    )


def _today(context: CycleContext) -> date:
    return date.fromisoformat(context.release.date)


def hold_storms(context: CycleContext, session: Session) -> None:
    """Hold the events of each storm of this release back under one event that tells of it."""
    rules = context.service.rules[context.rosters[0].watch]
    of_this_release = events.events(session, since=context.release.date, until=context.release.date)
    for storm in find_storms(_with_changes(of_this_release), rules.limits):
        event = storm_event(storm, context.release.date, rules=rules, seen_at=context.seen_at())
        if event is not None:
            context.tell(session, [event])
            storms.hold(session, event.id, [each.id for each in storm.events])
            context.counts.held += len(storm.events)


def _with_changes(bodies: list[dict[str, Any]]) -> Iterator[Event]:
    """Stored events of pairs of versions, as far as a storm looks at them."""
    for body in bodies:
        if body["from"] is not None:
            yield Event(
                id=body["id"],
                nct_id=body["nct_id"],
                title=body["title"],
                release=body["release"],
                seen_at=body["seen_at"],
                submitted=body["submitted"],
                posted=body["posted"],
                origin=Origin(body["origin"]),
                kind=Kind(body["kind"]),
                severity=Severity(body["severity"]),
                headline=body["headline"],
                reasons=(),
                before=None,
                after=None,
                changes=tuple(_change(change) for change in body["changes"]),
                suppressed=(),
                context=body["context"],
                rules=body["rules"],
                links=body["links"],
            )


def _change(body: dict[str, Any]) -> Change:
    return Change(Kind(body["kind"]), body["path"], Op(body["op"]), body["old"], body["new"], body["detail"])
