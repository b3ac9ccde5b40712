"""One fact, one open alert: what came true, came back or moved closes itself, with the reason.

Of presence (missing, gone) and of silence (stale, overdue, UNKNOWN foretold): what an alert says then is true no more, or is
told by another one.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from storage import alerts, silence
from storage.alerts import AlertInfo
from storage.studies import StudyInfo, studies
from sync.alerts.closures import announce_closure
from sync.changes.model import Kind
from sync.changes.silence import silence as silent_states
from sync.cycle.context import CycleContext
from sync.study.record import Study

_PRESENCE = (Kind.MISSING, Kind.GONE)
_SILENCE = (Kind.STALE, Kind.OVERDUE, Kind.UNKNOWN_FORECAST)


def close_what_is_over(context: CycleContext, session: Session) -> None:
    """Close the alerts of the studies that are watched of which the release says that they are over."""
    settings, now = context.service.settings, context.service.now()
    ids = {nct_id for cohort in context.cohorts for nct_id in (*cohort.sources, *cohort.heirs)}
    has_all = any(cohort.everything for cohort in context.cohorts)
    standing = [
        each for each in alerts.standing(session, (*_PRESENCE, *_SILENCE)) if has_all or each.nct_id in ids
    ]
    for alert, reason in _over(context, session, standing):
        alerts.resolve(session, alert.event_id, at=now, reason=reason)
        announce_closure(session, alert, reason, settings.route, settings.alerts, now)


def _over(
    context: CycleContext, session: Session, standing: list[AlertInfo]
) -> Iterator[tuple[AlertInfo, str]]:
    ids = {alert.nct_id for alert in standing if alert.nct_id}
    known, present = studies(session, ids), {each.nct_id: each for each in silence.present(session, ids)}
    states = silence.states_of(session, [alert.event_id for alert in standing])
    for alert in standing:
        study = known.get(alert.nct_id or "")
        # What could not be read on this release tells nothing of it.
        if study is None or (study.checked_stamp != context.release.stamp and study.state == "present"):
            continue
        if alert.kind in _PRESENCE:
            reason = _presence_reason(alert, study)
        elif study.nct_id in present:
            row = present[study.nct_id]
            record = Study.of_status(row.status_module, row.nct_id, row.title)
            reason = _silence_reason(context, alert, record, states.get(alert.event_id, ""))
        else:
            reason = None
        if reason:
            yield alert, f"{reason}, on release {context.release.date}"


def _presence_reason(alert: AlertInfo, study: StudyInfo) -> str | None:
    if study.state in ("present", "withheld"):
        return "The registry's answers hold the study again"
    if alert.kind == Kind.MISSING and study.state == "gone":
        return "It is gone, which an alert of its own says"
    return f"It is watched under {study.alias_of}" if study.state == "alias" else None


def _silence_reason(context: CycleContext, alert: AlertInfo, study: Study, state: str) -> str | None:
    limits = context.rules_for(study.nct_id or "").limits
    today = context.release_day
    current = {each.state: each for each in silent_states(study, today, (), limits)}
    if not state or state in current:
        return None
    same_kind = next((each.fact for each in current.values() if each.kind == alert.kind), None)
    if study.status == "UNKNOWN":
        return "The registry has set UNKNOWN, which an alert of its own says"
    if same_kind:
        return f"It has moved: {same_kind}"
    return f"The record was updated and says so no more (status {study.status}, verified {study.verified})"
