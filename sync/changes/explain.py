"""Two snapshots become one event: changes, causes, origin, severity and a headline. Also presence, silence, storms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec import structs

from sync.changes.compare import Raw, raw_changes
from sync.changes.event import Event
from sync.changes.headline import headline
from sync.changes.ids import pair_id, presence_id, silence_id, storm_id
from sync.changes.kinds import is_minor, kind_named
from sync.changes.model import (
    Change,
    Detail,
    Json,
    Kind,
    Origin,
    Pair,
    PriorState,
    Reason,
    Severity,
    Snapshot,
    Suppressed,
)
from sync.changes.rule import Facts
from sync.changes.ruleset import RuleSet, kind_of
from sync.changes.silence import SilenceState
from sync.changes.storm import Storm
from sync.study.dates import PartialDate
from sync.study.record import Study

RECORD = "https://clinicaltrials.gov/study/"


def explain(
    before: Snapshot, after: Snapshot, *, rules: RuleSet, seen_at: str, prior: PriorState | None = None
) -> Event | None:
    """What happened between two versions; None where only noise differs: layout, the order of lists, the release's date.

    Raises UnhandledDelta where the comparison meets a kind of difference that it does not know.
    """
    raws = raw_changes(before, after)
    if not raws:
        return None
    pair = Pair(before.study, after.study, prior or PriorState(), _as_of(after, seen_at))
    changes, suppressed = _without_suppressed(_refined(raws, pair), pair)
    facts = Facts(pair, changes, suppressed, _origin_of(changes, pair))
    reasons = rules.reasons(facts)
    # After the rules: which kind an event is of, and leads its sentence, is for them to say.
    kinds = _by_weight(changes, reasons)
    study = after.study
    return Event(
        id=pair_id(_nct_id(pair), before.ref.version, after.ref.version, *_hashes(before, after)),
        nct_id=_nct_id(pair),
        title=study.title or before.study.title,
        release=after.day,
        seen_at=seen_at,
        submitted=_text(study.submitted),
        posted=_text(study.posted),
        origin=facts.origin,
        kind=kinds[0],
        severity=_gravest(reasons),
        headline=str(headline(kinds, facts, reasons)),
        reasons=reasons,
        before=before.ref,
        after=after.ref,
        changes=changes,
        suppressed=suppressed,
        context=context_of(study),
        rules=rules.sha256,
        links=links_of(_nct_id(pair)),
    )


def version_event(
    before: Snapshot, after: Snapshot, *, rules: RuleSet, seen_at: str, prior: PriorState | None = None
) -> Event | None:
    """What is told of a newer version: that the record is withheld, and not all that its stub lacks; else what changed."""
    is_withheld = after.study.withheld and not before.study.withheld
    # A stub lacks nearly everything, and all of that would be told as removed.
    event = _withheld_event(before, after, rules, seen_at) if is_withheld else None
    return event or explain(before, after, rules=rules, seen_at=seen_at, prior=prior)


def _withheld_event(before: Snapshot, after: Snapshot, rules: RuleSet, seen_at: str) -> Event | None:
    study = after.study
    event = presence_event(
        Kind.WITHHELD,
        study.nct_id or "",
        study.title or before.study.title or "",
        after.day,
        fact="Withheld: the registry shows no more than a stub of the record",
        rules=rules,
        seen_at=seen_at,
        study=study,
    )
    return event and structs.replace(event, before=before.ref, after=after.ref)


def _refined(raws: Sequence[Raw], pair: Pair) -> list[Change[Detail]]:
    """All changes of a pair with what they amount to, kind by kind."""
    by_kind: dict[Kind, list[Raw]] = {}
    for raw in raws:
        by_kind.setdefault(raw.change.kind, []).append(raw)
    # in the order of `Kind`, which is not that of weight: what stands where in an event does not hang on the rules in force
    return [
        change for kind in Kind if kind in by_kind for change in kind_named(kind).refined(by_kind[kind], pair)
    ]


def _without_suppressed(
    changes: Sequence[Change[Detail]], pair: Pair
) -> tuple[tuple[Change[Detail], ...], tuple[Suppressed, ...]]:
    """The changes to tell, and those that another one explains, each with the reason."""
    paths = {change.path for change in changes}
    announced: list[Change[Detail]] = []
    suppressed: list[Suppressed] = []
    for change in changes:
        explained = kind_named(change.kind).suppresses
        reason = next((each.reason for each in explained if each.applies(change, pair, paths)), None)
        if reason is None:
            announced.append(change)
        else:
            suppressed.append(Suppressed(change.kind, change.path, reason))
    return tuple(announced), tuple(suppressed)


def _origin_of(changes: Sequence[Change[Detail]], pair: Pair) -> Origin:
    """The origin of all changes of a pair together; unknown where neither dates nor kinds tell."""
    if pair.sponsor_updated:
        return Origin.SPONSOR
    # what the registry computes changes with any update, so that it tells nothing of who made this one
    own = [change for change in changes if change.kind is not Kind.DERIVED]
    by_registry = all(kind_named(change.kind).made_by_registry(change) for change in own)
    return Origin.REGISTRY if by_registry else Origin.UNKNOWN


def presence_event(
    kind: Kind,
    nct_id: str,
    title: str,
    release: str | None,
    *,
    fact: str,
    rules: RuleSet,
    seen_at: str,
    watch: str | None = None,
    study: Study | None = None,
) -> Event | None:
    """Entered, left, reentered, missing, gone, alias or withheld: an event without versions, `fact` its headline.

    Its id comes from study, watch, kind and release. None where the rule of the kind is switched off.
    """
    reason = rules.reason(kind, fact)
    if reason is None:
        return None
    return Event(
        id=presence_id(nct_id, watch, kind, release),
        nct_id=nct_id,
        title=title,
        release=release,
        seen_at=seen_at,
        submitted=_text(study.submitted) if study else None,
        posted=_text(study.posted) if study else None,
        origin=kind_named(kind).origin,
        kind=kind,
        severity=reason.severity,
        headline=fact,
        reasons=(reason,),
        before=None,
        after=None,
        changes=(),
        suppressed=(),
        context=context_of(study) if study else {},
        rules=rules.sha256,
        links=links_of(nct_id),
    )


def silence_event(
    silence_state: SilenceState, study: Study, release: str | None, *, rules: RuleSet, seen_at: str
) -> Event | None:
    """Stale, overdue or about to be UNKNOWN. Its id comes from study and state, so that a state has one event."""
    nct_id, kind, fact = study.nct_id or "", silence_state.kind, silence_state.fact
    event = presence_event(
        kind, nct_id, study.title, release, fact=fact, rules=rules, seen_at=seen_at, study=study
    )
    return event and structs.replace(event, id=silence_id(nct_id, silence_state.state))


def storm_event(storm: Storm, release: str | None, *, rules: RuleSet, seen_at: str) -> Event | None:
    """One operator event for a storm; its `context` holds kind, shape and the ids of the events held, by study."""
    event = presence_event(
        Kind.STORM, "", "Storm", release, fact=storm.headline, rules=rules, seen_at=seen_at
    )
    held = {each.nct_id: each.id for each in storm.events}
    context = {"kind": str(storm.kind), "shape": list(storm.shape), "events": held}
    event_id = storm_id(storm.shape, release)
    return event and structs.replace(event, id=event_id, context=context, links={})


def context_of(study: Study) -> dict[str, Json]:
    """How the study stands now: what a reader of the event needs beside it."""
    return {
        "status": study.status,
        "phase": list(study.phases),
        "enrollment": {"count": study.enrollment.count, "type": study.enrollment.type},
        "last_update_posted": _text(study.posted),
    }


def links_of(nct_id: str) -> dict[str, str]:
    """Where to look the study up."""
    return {"record": f"{RECORD}{nct_id}", "history": f"{RECORD}{nct_id}?tab=history"}


def _text(known: PartialDate | None) -> str | None:
    return str(known) if known else None


def _nct_id(pair: Pair) -> str:
    return pair.after.nct_id or pair.before.nct_id or ""


def _hashes(before: Snapshot, after: Snapshot) -> list[str]:
    pair = (before.canonical, after.canonical)
    return [value_hash for each in pair for value_hash in (each.content_hash, each.derived_hash)]


def _as_of(after: Snapshot, seen_at: str) -> date | None:
    # The release's day, not today's: told again years later, a date has passed or not as it had then.
    known = PartialDate.parse((after.day or seen_at)[:10]) or PartialDate.parse(seen_at[:10])
    return known.first if known else None


def _by_weight(changes: Sequence[Change[Detail]], reasons: Sequence[Reason]) -> list[Kind]:
    """The kinds that changed: by the gravest reason of each, then as `Kind` lists them; computed ones last."""
    weights: dict[Kind, int] = {}
    for reason in reasons:
        kind = kind_of(reason)
        weights[kind] = max(weights.get(kind, -1), reason.severity.weight)
    present = {change.kind for change in changes}
    return sorted(
        (kind for kind in Kind if kind in present),
        key=lambda kind: (kind is Kind.DERIVED, -weights.get(kind, -1), is_minor(kind)),
    )


def _gravest(reasons: Sequence[Reason]) -> Severity:
    return max(
        (reason.severity for reason in reasons), key=lambda severity: severity.weight, default=Severity.INFO
    )
