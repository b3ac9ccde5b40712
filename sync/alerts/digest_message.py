"""A digest as a message: what changed by weight, the cohort, what is silent, what waits for somebody, and how we are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import tzinfo

from sync.alerts.content import Command, Entry, Fact, Item, Link, Message, Section, Text, filled, line, short
from sync.alerts.digest import Digest, Line
from sync.changes.explain import links_of
from sync.changes.model import Severity
from sync.timing.zones import in_zone

LONGEST_SUBJECT = 180


def compose_digest(digest: Digest, console_url: str | None = None, zone: tzinfo | None = None) -> Message:
    """What is said of a period; also that all was quiet. With `console_url` all leads into the console.

    `zone`: the reader's, which the times are then told in by its name.
    """
    severity = next((s for s in Severity if digest.counts.get(s)), Severity.INFO)
    lead = line(digest.headline)
    return Message(
        subject=f"[DIGEST {digest.until[:10]}] {short(lead, LONGEST_SUBJECT)}",
        lead=lead,
        sections=filled(
            *_events(digest, console_url),
            Section("cohort", "In and out of the cohort", _entries(digest.cohort, console_url)),
            Section(
                "silence", "Overdue, silent, or about to turn UNKNOWN", _entries(digest.silence, console_url)
            ),
            Section("waiting", "Still unacknowledged", tuple(_waiting(digest, console_url))),
            Section(
                "failures", "What failed", tuple(Text(line(_in(zone, each))) for each in digest.failures)
            ),
            Section("health", "The service", tuple(_health(digest, zone))),
            Section("links", "Links", (Link("Open the inbox", f"{console_url}/"),) if console_url else ()),
            Section(
                "commands", "To answer", (Command("trialdelta alerts"),) if digest.unacknowledged else ()
            ),
        ),
        severity=severity,
        thread=f"digest-{digest.route}",
        more=f"trialdelta events --since {(digest.since or digest.until)[:10]}",
    )


def _events(digest: Digest, console_url: str | None) -> Iterator[Section]:
    elsewhere = Counter(each.severity for each in (*digest.cohort, *digest.silence))
    for severity in Severity:
        shown = [event for event in digest.events if event.severity == severity]
        # Those of the cohort and of silence are counted with the rest, and told in sections of their own.
        number = digest.counts.get(severity, len(shown)) - elsewhere[severity]
        items: tuple[Item, ...] = _entries(shown, console_url)
        if number > len(shown):
            items += (Text(f"… {number - len(shown):,} more, see `trialdelta events --severity {severity}`"),)
        yield Section(f"events-{severity}", f"{severity.capitalize()} ({number:,})", items)


def _waiting(digest: Digest, console_url: str | None) -> Iterator[Item]:
    yield from _entries(digest.unacknowledged, console_url)
    if digest.open_alerts > len(digest.unacknowledged):
        yield Text(f"… {digest.open_alerts - len(digest.unacknowledged):,} more, see `trialdelta alerts`")


def _entries(lines: Iterable[Line], console_url: str | None) -> tuple[Item, ...]:
    return tuple(
        Entry(
            severity=each.severity,
            nct_id=each.nct_id,
            headline=line(each.headline),
            title=line(each.title),
            event_id=each.event_id,
            url=_address(each, console_url),
            note=line(each.note),
        )
        for each in lines
    )


def _address(each: Line, console_url: str | None) -> str:
    if console_url:
        return f"{console_url}/events/{each.event_id}"
    return links_of(each.nct_id)["record"] if each.nct_id else ""


def _in(zone: tzinfo | None, text: str) -> str:
    return in_zone(text, zone) if zone else text


def _health(digest: Digest, zone: tzinfo | None) -> Iterator[Item]:
    facts = {
        "studies watched": f"{digest.studies:,}",
        "releases read": f"{digest.releases:,}",
        "last release": digest.last_release or "none yet",
        "last read": digest.last_read_at or "never",
        "period": f"{digest.since or 'the beginning'} to {digest.until}",
        "route": digest.route,
        "anchor": digest.anchor,
    }
    yield from (Fact(name, line(_in(zone, value))) for name, value in facts.items() if value)
