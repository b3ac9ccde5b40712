"""What is said of an event, a digest or a notice: composed once, in order of importance, for every channel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from itertools import compress
from typing import Any

from sync.alerts.advice import advice
from sync.alerts.content import (
    Command,
    Entry,
    Fact,
    Item,
    Link,
    Message,
    Section,
    Text,
    clean,
    filled,
    line,
    short,
)
from sync.alerts.digest_message import compose_digest
from sync.alerts.published.untrue import OutdatedPage
from sync.alerts.weight import causes, other_reasons, weighed
from sync.changes.event import Event
from sync.changes.kinds import kind_named
from sync.changes.kinds.table import SUPPRESSIONS
from sync.changes.sentences import kind_name
from sync.study.labels import in_words, phases
from sync.timing.zones import in_zone
from sync.words import capital, counted, signed_days

__all__ = ["AlertNote", "Message", "compose", "compose_digest", "compose_notice"]

Json = Mapping[str, Any]

LONGEST_TITLE = 90
LONGEST_SUBJECT = 180

_ORIGINS = {
    "sponsor": "the sponsor's update",
    "registry": "the registry itself, without an update by the sponsor",
    "unknown": "not to be told from the record",
}


@dataclass(frozen=True)
class AlertNote:
    """What is known of the alert besides its event."""

    state: str
    watch: str | None
    companions: tuple[Event, ...] = ()
    """Other events of the same study or cycle that are told together with it."""
    history: dict[str, Any] = field(default_factory=dict)
    """What happened before, e.g. `{"flip_flops": 2, "cumulative_slip_days": 120, "verified": "2024-08"}`."""
    commands: tuple[str, ...] = ()
    """What to type, e.g. `trialdelta ack evt_…`."""
    console_url: str = ""
    """Where the console is reached, where that is known: all then leads there."""
    zone: tzinfo | None = None
    """The reader's; without one, times are as the event has them."""
    own_page: str = ""
    """The team's own page on the study, where its address is known."""
    outdated: tuple[OutdatedPage, ...] = ()
    """Registered pages that held until this event."""
    usual: str = ""
    """How usual the like of it is in its cohort, in a sentence."""

    def page_of(self, event_id: str) -> str:
        """The event's page in the console; "" where that has no address."""
        return f"{self.console_url}/events/{event_id}" if self.console_url else ""


def compose(event: Event, note: AlertNote) -> Message:
    """What is said of one event: from the one sentence to the commands, in the order in which it is needed."""
    told, changes = event.lines, weighed(event)
    heavy = [each.severity == event.severity and not each.minor for each in changes]
    heaviest = tuple(compress(changes, heavy))
    others = tuple(each for each, is_heavy in zip(changes, heavy, strict=True) if not is_heavy)
    return Message(
        subject=_subject(event),
        lead=line(told.lead),
        also=line(told.also),
        sections=filled(
            Section("cause", f"Why {event.severity}", (*causes(event), *heaviest)),
            # Bookkeeping last: where a channel cuts, it is this that goes.
            Section("changes", "What else changed" if heaviest else "What changed", others),
            Section("pages", "Pages that no longer hold", tuple(_outdated(note.outdated))),
            Section("usual", "What is usual", (Text(line(note.usual)),) if note.usual else ()),
            Section("context", "The study", tuple(_context(event, note))),
            Section("versions", "Versions", tuple(_versions(event, note.zone))),
            Section(
                "companions", "Told together with it", tuple(_entry(each, note) for each in note.companions)
            ),
            Section("suppressed", "Not told by itself", tuple(_suppressed(event))),
            *_advised(event),
            Section("rules", "What else was weighed", tuple(_lighter(event))),
            Section("links", "Links", tuple(_links(event, note))),
            Section("evidence", "Evidence", tuple(_evidence(event))),
            Section("commands", "To answer", tuple(Command(line(command)) for command in note.commands)),
        ),
        severity=event.severity,
        title=line(event.title),
        nct_id=event.nct_id,
        event_id=event.id,
        watch=note.watch or "",
        thread=event.nct_id or "trialdelta",
        link=event.links.get("record", ""),
        more=f"trialdelta events {event.id}",
    )


def compose_notice(
    subject: str,
    lead: str,
    facts: Json,
    severity: str = "high",
    *,
    console_url: str | None = None,
    zone: tzinfo = UTC,
) -> Message:
    """A notice for the operator (registry down or back, dead letter, storm, new shape of the data), or a marked test."""
    known = tuple(Fact(line(str(name)), clean(in_zone(str(value), zone))) for name, value in facts.items())
    links = (Link("Open the watcher", f"{console_url}/watcher"),) if console_url else ()
    return Message(
        subject=f"[{severity.upper()}] {short(in_zone(subject, zone), LONGEST_SUBJECT)}",
        lead=line(in_zone(lead, zone)),
        sections=filled(Section("facts", "Facts", known), Section("links", "Links", links)),
        severity=severity,
        more="trialdelta doctor",
    )


def _subject(event: Event) -> str:
    """ "[HIGH] Eligibility changed, wider: LC-17 in lupus (NCT90000001)"."""
    title = short(event.title, LONGEST_TITLE)
    study = f": {title} ({event.nct_id})" if event.nct_id else ""
    happened = short(kind_named(event.kind).subject_of(event.changes), LONGEST_SUBJECT - len(study))
    return f"[{event.severity.upper()}] {happened}{study}"


def _versions(event: Event, zone: tzinfo | None) -> Iterator[Item]:
    for name, ref in (("from", event.before), ("to", event.after)):
        if ref:
            number = f"version {ref.version}" if ref.version else "a version that is not stored"
            yield Fact(name, f"{number}, release {ref.release or 'unknown'}")
    if not event.after and event.release:
        yield Fact("release", event.release)
    for name, day in (("submitted", event.submitted), ("posted", event.posted)):
        if day:
            yield Fact(name, line(day))
    yield Fact("seen", in_zone(event.seen_at, zone) if zone else event.seen_at)
    yield Fact("made by", _ORIGINS[event.origin])


def _context(event: Event, note: AlertNote) -> Iterator[Item]:
    context = event.context
    enrollment = context.get("enrollment") or {}
    count = enrollment.get("count")
    kind = f" ({line(str(enrollment['type'])).lower()})" if enrollment.get("type") else ""
    facts = {
        "status": in_words(str(context.get("status") or "")),
        "enrollment": None if count is None else f"{count:,}{kind}",
        "phase": phases(context.get("phase") or ()),
        "verified": note.history.get("verified"),
        "last update posted": context.get("last_update_posted"),
        "earlier slips": _days(note.history.get("cumulative_slip_days")),
        "status gone back": _times(note.history.get("flip_flops")),
        "watch": note.watch,
        "alert": note.state,
    }
    yield from (Fact(name, line(str(value))) for name, value in facts.items() if value)


def _days(days: int | None) -> str:
    return f"{signed_days(days)} since first known" if days else ""


def _times(number: int | None) -> str:
    if not number:
        return ""
    return "once" if number == 1 else f"{number} times to an earlier one"


def _lighter(event: Event) -> Iterator[Item]:
    """What the lighter rules saw; and all rules by the ids that the configuration knows them by."""
    yield from other_reasons(event)
    if event.reasons:
        yield Fact("ids of the rules", ", ".join(reason.rule for reason in event.reasons))


def _entry(event: Event, note: AlertNote) -> Entry:
    return Entry(
        severity=event.severity,
        nct_id=event.nct_id,
        headline=line(event.headline),
        title=line(event.title),
        event_id=event.id,
        url=note.page_of(event.id) or event.links.get("record", ""),
        note=event.id,
    )


def _suppressed(event: Event) -> Iterator[Item]:
    """One line a reason, with the number of places it explains."""
    counts = Counter((each.kind, each.reason) for each in event.suppressed)
    for (kind, reason), number in counts.items():
        # A reason that an older program gave has no words any more.
        why = SUPPRESSIONS.get(reason, "explained by another change")
        yield Text(f"{capital(kind_name(kind))}, {counted(number, 'change')}: {why}")


def _advised(event: Event) -> Iterable[Section]:
    cautions, checks = advice(event)
    yield Section("caution", "What it does not mean", tuple(map(Text, cautions)))
    yield Section("check", "Check next", tuple(map(Text, checks)))


def _outdated(pages: Iterable[OutdatedPage]) -> Iterator[Item]:
    for page in pages:
        reviewed = f", last reviewed {page.reviewed}" if page.reviewed else ""
        yield Link(f"{line(page.url)}{reviewed}", page.url)
        for each in page.untrue:
            said = f"“{line(each.page)}”" if each.page else "nothing of the kind"
            yield Fact(
                line(each.title), f"the page says {said}; the record: {line(each.record) or 'gives none'}"
            )


def _links(event: Event, note: AlertNote) -> Iterator[Item]:
    if page := note.page_of(event.id):
        yield Link("Judge it in the console", page)
    if note.own_page:
        yield Link("Your own page on the study", note.own_page)
    names = {"record": "The record", "history": "The registry's own comparison of versions"}
    yield from (Link(names.get(name, name), url) for name, url in event.links.items())


def _evidence(event: Event) -> Iterator[Item]:
    yield Fact("event", event.id)
    for name, ref in (("from", event.before), ("to", event.after)):
        if ref:
            yield Fact(f"sha-256 {name}", ref.sha256)
    yield Fact("rules", event.rules)
