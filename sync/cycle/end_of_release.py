"""What can only be told when a whole release has been read: who is silent, and whether many changed alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial

from sqlalchemy.orm import Session

from storage import cohorts, silence, storms
from storage.bulk import CHUNK, batched
from storage.events import changed_on
from sync.alerts.notices import Notice, notify
from sync.changes import silence as silences
from sync.changes.event import Event
from sync.changes.explain import silence_event, storm_event
from sync.changes.model import Kind, Origin
from sync.changes.rule import Limits
from sync.changes.storm import Storm
from sync.changes.storm import storms as find_storms
from sync.cohort.membership import FEW, Cohort
from sync.cycle.context import CycleContext, Trouble
from sync.study.record import Study
from sync.versions import events


def record_silence(context: CycleContext, session: Session) -> None:
    """Tell of studies that are stale, overdue or about to be UNKNOWN on the day of the release, once a state.

    A study's first release only notes what is silent already: a baseline tells nothing but what is still to come.
    """
    for ids in batched(_perhaps_silent(context, session), CHUNK):
        _record_silence(context, session, ids)


def _perhaps_silent(context: CycleContext, session: Session) -> list[str]:
    """The studies of the watches whose day to be looked at has come."""
    today, found = context.release.date, set[str]()
    for limits, ids in _by_limits(context).items():
        found.update(silence.due(session, ids, today, limits))
    for cohort in context.cohorts:
        if cohort.everything and not cohort.settled:
            limits = silences.named(context.service.rules[cohort.watch].limits)
            found.update(silence.due_in(session, cohort.watch, today, limits))
    return sorted(found)


def _by_limits(context: CycleContext) -> dict[str, list[str]]:
    """The studies that the watches name, by the limits that each is looked at under."""
    ids = sorted({nct_id for cohort in context.cohorts for nct_id in cohort.sources})
    limits = {silences.named(rules.limits) for rules in context.service.rules.values()}
    if len(limits) == 1:
        return dict.fromkeys(limits, ids)
    grouped = defaultdict[str, list[str]](list)
    for nct_id in ids:
        grouped[silences.named(context.rules_for(nct_id).limits)].append(nct_id)
    return grouped


def _record_silence(context: CycleContext, session: Session, ids: Sequence[str]) -> None:
    studies = silence.present(session, ids, without=silences.NEVER_SILENT)
    before = silence.found_before(session, (study.nct_id for study in studies))
    next_looks = defaultdict[str, dict[str, str | None]](dict)
    told: list[Event] = []
    states: list[silence.State] = []
    for study in studies:
        limits = context.rules_for(study.nct_id).limits
        status = Study.of_status(study.status_module, study.nct_id, study.title)
        for silence_state in silences.silence(status, _today(context), before[study.nct_id], limits):
            event = _event(context, study, silence_state)
            told += [event] if event else []
            states.append(
                silence.State(
                    study.nct_id, silence_state.state, context.release.date, event.id if event else None
                )
            )
        day = silences.next_look(status, _today(context), limits)
        next_looks[silences.named(limits)][study.nct_id] = day.isoformat() if day else None
    context.record_events(session, told)
    silence.remember(session, states)
    for under, days in next_looks.items():
        silence.looked(session, under, days)


def _event(context: CycleContext, study: silence.Known, silence_state: silences.SilenceState) -> Event | None:
    is_ahead = silence_state.day is not None and silence_state.day > _today(context)
    if not any(cohort.tells_silence(study.nct_id) for cohort in context.cohorts):
        return None
    # Else a new watch would begin with an alert for every study that has been stale for years.
    if study.first_seen_release == context.release.date and not is_ahead:
        return None
    return silence_event(
        silence_state,
        Study.of_status(study.status_module, study.nct_id, study.title),
        context.release.date,
        rules=context.rules_for(study.nct_id),
        seen_at=context.seen_at(),
    )


def _today(context: CycleContext) -> date:
    return date.fromisoformat(context.release.date)


def hold_storms(context: CycleContext, session: Session) -> None:
    """Hold the events of each storm of this release back under one event that tells of it."""
    day = context.release.date
    # From the database, not from this cycle alone: one that was killed has told a part of the release before. What sponsors
    # did and what the registry computes are counted alone: of the whole registry they are thousands, and no part of a storm.
    quiet = (Kind.DERIVED,)
    unexplained = events.events(
        session, since=day, until=day, origins=(Origin.REGISTRY, Origin.UNKNOWN), exclude=quiet
    )
    changed = changed_on(session, day, exclude=quiet)
    found = find_storms(unexplained, partial(_storm_limits, context), changed=changed)
    for storm in (*found, *_crowds(context, unexplained)):
        # it is told by the rules of the first watch, in the order of the configuration, that has a study of it
        rules = context.rules_for(*(held.nct_id for held in storm.events))
        event = storm_event(storm, day, rules=rules, seen_at=context.seen_at())
        if event is not None:
            context.record_events(session, [event])
            storms.hold(session, event.id, [held.id for held in storm.events])
            context.counts.held += len(storm.events)


def _storm_limits(context: CycleContext, nct_id: str) -> Limits | None:
    rules = context.rules_for(nct_id)
    return rules.limits if rules.can_hold else None


def _crowds(context: CycleContext, of_release: Sequence[Event]) -> Iterator[Storm]:
    """Studies that come back all at once, or come in so many that their watch grows by half: an index was short before."""
    watched = sum(cohort.number for cohort in context.cohorts)
    for kind, limit, lead in (
        (Kind.REENTERED, FEW, "are back"),
        # The share of a watch whose leaving is not believed is not believed of coming in either.
        (Kind.ENTERED, max(FEW, context.gates.max_shrink * watched), "entered the watches"),
    ):
        came = tuple(
            event for event in of_release if event.kind is kind and context.rules_for(event.nct_id).can_hold
        )
        if len(came) > limit:
            yield Storm(kind, (str(kind),), came, f"{len(came)} studies {lead} at once.")


NOT_FOUND = "two walks of its searches lack them"
NO_MORE_NEAR = "the study that it is related to is another thing, so that they are not near to it any more"
"""Why many would leave a watch at once."""


def hold_exodus(
    context: CycleContext, session: Session, cohort: Cohort, leaving: Mapping[str, str], why: str
) -> bool:
    """Hold the leaving of many studies (id → what is told of it) back as a storm: they stay until a person has decided.

    Whether it is held: not where the rule for storms is switched off.
    """
    watch, members = cohort.watch, len(cohort.members)
    departures = [
        context.presence(session, Kind.LEFT, nct_id, fact, watch) for nct_id, fact in leaving.items()
    ]
    left = tuple(event for event in departures if event is not None)
    lead = (
        f"{len(leaving)} of {members} studies would leave the watch {watch} at once: {why}, "
        "and the registry has them all. They stay in it until this is decided."
    )
    return bool(left) and _hold_leaving(
        context, session, watch, Storm(Kind.LEFT, ("left", watch), left, lead)
    )


def left_fact(watch: str) -> str:
    """What is told of a study that left a watch."""
    return f"Left the watch {watch}: none of its searches finds the study any more"


def _hold_leaving(context: CycleContext, session: Session, watch: str, storm: Storm) -> bool:
    rules = context.service.rules[watch]
    event = storm_event(storm, context.release.date, rules=rules, seen_at=context.seen_at())
    if event is None:
        return False
    context.record_events(session, storm.events, watch)
    context.record_events(session, [event], watch)
    storms.hold(session, event.id, [held.id for held in storm.events])
    cohorts.hold_leaving(session, watch, {held.nct_id: held.id for held in storm.events})
    context.counts.held += len(storm.events)
    return True


def notify_of_troubles(context: CycleContext, session: Session) -> None:
    """A notice for each watch that has got into trouble, and on each release for a study that cannot be resolved."""
    for watch, trouble in context.troubles.items():
        stored = cohorts.watch(session, watch)
        since = stored.trouble_since if stored else None
        subject = f"The watch {watch} cannot be read to its end"
        consequence = "Its known studies are read meanwhile, and nobody leaves it"
        _notify(context, session, f"watch:{watch}:{since}", subject, consequence, trouble)
    for nct_id, trouble in context.unresolved.items():
        subject = f"The registry does not say what became of {nct_id}"
        # Told anew on each release: nothing else ever reminds of a study that the registry answers for with nonsense.
        key = f"unresolved:{nct_id}:{context.release.date}"
        _notify(context, session, key, subject, "Nothing is concluded of it", trouble)


def _notify(
    context: CycleContext, session: Session, key: str, subject: str, consequence: str, trouble: Trouble
) -> None:
    settings = context.service.settings
    lead = f"{subject} on release {context.release.date}. {trouble}. {consequence}; each poll asks again."
    facts = {"what it said": str(trouble.error), "what to do": trouble.error.hint}
    notice = Notice(key, subject, lead, facts)
    notify(session, notice, routes=settings.route, settings=settings.alerts, now=context.service.now())
