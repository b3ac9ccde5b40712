"""Results on their way to the registry: submitted, returned by its review, withdrawn, submitted again, certified late.

The registry tells of them weeks to months before results are posted: as events of an annotation, and as dates in the
status module. Both are bookkeeping by their place in the record; what they say has words of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sync.changes.model import Kind, Pair, Severity
from sync.changes.rule import Facts, Limits, rule, rules_in
from sync.study.dates import PartialDate
from sync.study.record import Study, at
from sync.words import counted

_EVENTS = ("annotationSection", "annotationModule", "unpostedAnnotation", "unpostedEvents")
_STATUS = ("protocolSection", "statusModule")
_TOLD_BY = ("resultsFirstSubmitDate", "resultsFirstSubmitQcDate", "dispFirstSubmitDate", "delayedPosting")
_ORDER = {"RELEASE": 0, "RESET": 1, "UNRELEASE": 2}


@dataclass(frozen=True, slots=True)
class _Event:
    """A step of results that are not posted yet: RELEASE, RESET or UNRELEASE, and its day where that is known."""

    type: str
    day: PartialDate | None


def _events(study: Study) -> list[_Event]:
    """The steps that a record tells of, the earliest first; as the record lists them where a day is not known."""
    listed = at(study.record, *_EVENTS)
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    events = [_Event(str(entry.get("type")), PartialDate.parse(entry.get("date"))) for entry in entries]
    days = [event.day.first for event in events if event.day]
    if len(days) < len(events):
        return events
    return [event for _, event in sorted(zip(days, events, strict=True), key=_by_day)]


def _by_day(dated: tuple[object, _Event]) -> tuple[str, int]:
    day, event = dated
    return str(day), _ORDER.get(event.type, len(_ORDER))


@dataclass(frozen=True, slots=True)
class Step:
    """One step, as one tells it, under the id of the rule that weighs it."""

    rule: str
    words: str


def steps(pair: Pair) -> list[Step]:
    """The steps that the newer version tells of and the older one does not; none where results are posted with it."""
    # The annotation goes when the results are posted, and that is the news then.
    if pair.after.has_results or _read(pair.before) == _read(pair.after):
        return []
    return [*_told_by_events(pair), *_told_by_dates(pair)]


def _read(study: Study) -> tuple[object, ...]:
    """All of a record that steps are told of."""
    status = at(study.record, *_STATUS)
    dates = map(status.get, _TOLD_BY) if isinstance(status, dict) else ()
    return (at(study.record, *_EVENTS), *dates)


def _told_by_events(pair: Pair) -> Iterator[Step]:
    known = _events(pair.before)
    earlier: _Event | None = None
    for event in _events(pair.after):
        # One by one, not as sets: two returns on one day are two.
        if event in known:
            known.remove(event)
        else:
            yield from _step(event, earlier, pair.after)
        earlier = event


def _step(event: _Event, earlier: _Event | None, study: Study) -> Iterator[Step]:
    if event.type not in _STEPS:
        return
    rule_id, words = _STEPS[event.type]
    since = (
        (earlier.day, _SINCE.get(earlier.type, "the step before")) if earlier else _since_completion(study)
    )
    if event.type == "RELEASE" and earlier:
        rule_id, words = "results.resubmitted", "results submitted again"
    yield Step(rule_id, f"{words}{_on(event.day)}{_after(event.day, *since)}")


_STEPS = {
    "RELEASE": ("results.submitted", "results submitted to the registry"),
    "RESET": ("results.returned", "results returned by the registry's review"),
    "UNRELEASE": ("results.withdrawn", "results withdrawn by the sponsor"),
}
_SINCE = {"RELEASE": "they were submitted", "RESET": "they were returned", "UNRELEASE": "they were withdrawn"}


def _told_by_dates(pair: Pair) -> Iterator[Step]:
    submitted = _new_date(pair, "resultsFirstSubmitDate")
    # the annotation tells of the same submission, by its own day
    if submitted and not _events(pair.after):
        took = _after(submitted, *_since_completion(pair.after))
        yield Step("results.submitted", f"results submitted to the registry{_on(submitted)}{took}")
    passed = _new_date(pair, "resultsFirstSubmitQcDate")
    if passed:
        took = _after(passed, _date(pair.after, "resultsFirstSubmitDate"), "they were submitted")
        yield Step(
            "results.passed_review", f"results passed the registry's quality review{_on(passed)}{took}"
        )
    delayed = _new_date(pair, "dispFirstSubmitDate")
    if delayed or _newly_delayed(pair):
        took = _after(delayed, *_since_completion(pair.after))
        yield Step("results.delayed", f"results certified to come late{_on(delayed)}{took}")


def _newly_delayed(pair: Pair) -> bool:
    before, after = (at(study.record, *_STATUS, "delayedPosting") for study in (pair.before, pair.after))
    return after is True and before is not True


def _since_completion(study: Study) -> tuple[PartialDate | None, str]:
    known = study.primary_completion
    return known.date if known else None, "primary completion"


def _new_date(pair: Pair, name: str) -> PartialDate | None:
    """A day of the status module that the older version does not have."""
    return None if _date(pair.before, name) else _date(pair.after, name)


def _date(study: Study, name: str) -> PartialDate | None:
    return PartialDate.parse(at(study.record, *_STATUS, name))


def _on(day: PartialDate | None) -> str:
    return f" on {day}" if day else ""


def _after(day: PartialDate | None, earlier: PartialDate | None, what: str) -> str:
    """How long a step took: ", 23 days after they were returned"; nothing where a day is not known, or the order is odd."""
    days = earlier.days_to(day) if day and earlier else -1
    if days < 0:
        return ""
    about = "about " if earlier and earlier.precision != "day" else ""
    return f", {about}{counted(days, 'day')} after {what}"


def took_to_post(study: Study) -> str:
    """How long it took until results were posted, since they were submitted and since the primary completion."""
    posted = PartialDate.parse(at(study.record, *_STATUS, "resultsFirstPostDateStruct", "date"))
    since_submitted = _after(posted, _date(study, "resultsFirstSubmitDate"), "they were submitted")
    since_completion = _after(posted, *_since_completion(study))
    both = since_completion.replace(", ", " and ") if since_submitted else since_completion
    return since_submitted + both


def _told(facts: Facts, rule_id: str) -> str | None:
    return "; ".join(step.words for step in steps(facts.pair) if step.rule == rule_id) or None


@rule("results.submitted", Severity.MEDIUM, kind=Kind.ADMINISTRATIVE, always=True)
def results_submitted(facts: Facts, _limits: Limits) -> str | None:
    """The sponsor submitted results to the registry for the first time; they are not posted yet."""
    return _told(facts, "results.submitted")


@rule("results.withdrawn", Severity.MEDIUM, kind=Kind.ADMINISTRATIVE, always=True)
def results_withdrawn(facts: Facts, _limits: Limits) -> str | None:
    """The sponsor took submitted results back before they were posted."""
    return _told(facts, "results.withdrawn")


@rule("results.delayed", Severity.MEDIUM, kind=Kind.ADMINISTRATIVE, always=True)
def results_delayed(facts: Facts, _limits: Limits) -> str | None:
    """The sponsor certified, or asked, that results come late."""
    return _told(facts, "results.delayed")


@rule("results.returned", Severity.LOW, kind=Kind.ADMINISTRATIVE, always=True)
def results_returned(facts: Facts, _limits: Limits) -> str | None:
    """The registry's review sent submitted results back to the sponsor."""
    return _told(facts, "results.returned")


@rule("results.resubmitted", Severity.LOW, kind=Kind.ADMINISTRATIVE, always=True)
def results_resubmitted(facts: Facts, _limits: Limits) -> str | None:
    """The sponsor submitted results again, after they were returned or withdrawn."""
    return _told(facts, "results.resubmitted")


@rule("results.passed_review", Severity.LOW, kind=Kind.ADMINISTRATIVE, always=True)
def results_passed_review(facts: Facts, _limits: Limits) -> str | None:
    """Submitted results met the criteria of the registry's quality review; they are not posted yet."""
    return _told(facts, "results.passed_review")


RULES = rules_in(globals())
