"""What somebody just did, in a sentence, and whether it can be taken back: read from the audit log."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from typing import Any

from pydantic import Field
from sqlalchemy.orm import Session

from storage import audit
from storage.alerts import UNDOABLE
from storage.audit import Entry
from storage.events import named
from sync.view import View
from sync.watches.typed import CONDITIONS, as_typed
from sync.words import counted

MOST = 1_000
"""Entries of the audit log that one action may span."""

OFFERED_FOR = timedelta(minutes=1)
"""So long every page offers to take back what its reader did last."""

_VERBS = {
    "acknowledge": "Acknowledged",
    "close": "Closed",
    "reopen": "Opened again",
    "snooze": "Snoozed",
    "wake": "Woke",
    "assign": "Assigned",
    "mute": "Muted",
    "lift": "Lifted the mute of",
    "undo": "Took back what was done to",
    "review": "Noted the review of",
    "own page": "Noted the address of the own page on",
    "page registered": "Registered a page on",
    "page replaced": "Took the new text of a page on",
    "page removed": "Looks no longer after a page on",
    "storm released": "Released the storm with",
    "storm dismissed": "Dismissed the storm with",
    "channel enabled": "Enabled",
    "deliveries retried": "Sending again to",
    "delivery retried": "Sending one delivery again to",
    "channel disabled": "Not used any more:",
    "channel tested": "Tested",
    "watch added": "Added the watch",
    "watch edited": "Edited the watch",
    "watch removed": "Removed the watch",
    "ids put into watch": "Put studies into the watch",
    "ids taken out of watch": "Took studies out of the watch",
    "watch paused": "Paused the watch",
    "watch resumed": "Resumed the watch",
    "contact set": "Set the contact of the",
    "poll now": "The daemon will ask within seconds:",
    "deliveries moved": "Moved what was owed by",
    "deliveries dropped": "Dropped what was owed by",
}

_PHRASES = {
    "acknowledge": "acknowledged",
    "close": "closed",
    "resolve": "closed what was over",
    "reopen": "opened again",
    "snooze": "snoozed",
    "wake": "woke",
    "assign": "assigned",
    "mute": "muted",
    "lift": "lifted a mute",
    "undo": "took back",
    "review": "reviewed",
    "own page": "noted the address of an own page",
    "page registered": "registered a page",
    "page replaced": "gave the new text of a page",
    "page removed": "removed a page",
    "storm released": "released a storm",
    "storm dismissed": "dismissed a storm",
    "channel enabled": "enabled a channel",
    "deliveries retried": "had deliveries sent again",
    "delivery retried": "had a delivery sent again",
    "channel disabled": "disabled a channel",
    "channel tested": "tested a channel",
    "watch added": "added a watch",
    "watch edited": "edited a watch",
    "watch removed": "removed a watch",
    "ids put into watch": "put studies into a watch",
    "ids taken out of watch": "took studies out of a watch",
    "watch paused": "paused a watch",
    "watch resumed": "resumed a watch",
    "contact set": "set the contact",
    "poll now": "asked for a poll at once",
    "deliveries moved": "moved deliveries",
    "deliveries dropped": "dropped deliveries",
    "held deliveries released": "released held deliveries",
    "held deliveries dropped": "dropped held deliveries",
    "add account": "added an account",
    "set password": "set a password",
    "set role": "set a role",
    "disable account": "disabled an account",
    "enable account": "enabled an account",
    "add token": "added a token",
    "revoke token": "revoked a token",
    "database restored": "restored the database",
    "sign in": "signed in",
}
"""What a person did, after their name."""


class LastAction(View):
    """What was done, and how to take it back. `span`: the first and last entry of the audit log."""

    sentence: str
    span: str
    undoable: bool
    back: str
    """The page to come back to."""


class Entries(View):
    """An entry of the audit log as a page shows it."""

    seq: int
    at: datetime
    who: str
    action: str
    subject: str
    about: str = Field(description="The subject in words: an event's study and headline.")
    sentence: str
    hash: str


def span_of(text: str) -> range | None:
    """The entries that "12-14" names; None where it names none, or too many."""
    found = re.fullmatch(r"(\d{1,15})-(\d{1,15})", text, re.ASCII)
    if not found:
        return None
    first, last = int(found[1]), int(found[2])
    # Bounded, since it comes out of an address: "1-999999999" would ask for each of them.
    return range(first, last + 1) if 0 < first <= last < first + MOST else None


def last_action(session: Session, span: str, back: str) -> LastAction | None:
    """What the entries of a span say was done."""
    seqs = span_of(span)
    done = audit.between(session, seqs[0], seqs[-1]) if seqs else []
    if not done:
        return None
    # All or nothing, as `undo` takes them back.
    undoable = all(each.action in UNDOABLE for each in done)
    return LastAction(sentence=_sentence(done), span=span, undoable=undoable, back=back)


def latest_span(session: Session, who: str, now: datetime) -> str:
    """What somebody did last, all of it at one moment, as long as a minute has not gone by; empty where nothing."""
    done = [
        each for each in audit.latest(session, limit=1) if each.who == who and now - each.at <= OFFERED_FOR
    ]
    if not done or done[0].action not in UNDOABLE:
        return ""
    together = takewhile(
        lambda each: (each.who, each.at) == (who, done[0].at), audit.latest(session, limit=MOST)
    )
    return f"{min(each.seq for each in together)}-{done[0].seq}"


def trail(session: Session, entries: Sequence[Entry]) -> list[Entries]:
    """Entries with a sentence each, newest first."""
    # All in one query: a page lists a hundred entries.
    events = named(session, {entry.subject for entry in entries if entry.subject.startswith("evt_")})
    sentences = (
        Entries(
            seq=entry.seq,
            at=entry.at,
            who=entry.who,
            action=entry.action,
            subject=entry.subject,
            about=events.get(entry.subject, entry.subject),
            # An action that is not in the table is shown by its name: the audit log outlives the program that wrote an
            # entry.
            sentence=f"{_PHRASES.get(entry.action, entry.action)}{_how(entry)}",
            hash=entry.hash,
        )
        for entry in entries
    )
    return sorted(sentences, key=lambda each: -each.seq)


def _sentence(done: Sequence[Entry]) -> str:
    first = done[0]
    verb = _VERBS.get(first.action, first.action.capitalize())
    # One entry, whose number of events is what a person decided on.
    if first.action.startswith("storm"):
        return f"{verb} {counted(first.detail.get('events', 0), 'event')}."
    is_alert = first.subject.startswith("evt_")
    many = counted(len(done), "alert") if is_alert else ", ".join(each.subject for each in done)
    return f"{verb} {many}{_how(first)}."


def _conditions() -> dict[str, Callable[[Any], str]]:
    """What of a watch's second look was made, or is another than it was."""
    parts: dict[str, Callable[[Any], str]] = {}
    for key in CONDITIONS:
        parts[key] = parts[f"{key}_was"] = partial(_condition, f", {key}: ")
        parts[f"{key}_now"] = partial(_condition, " → ")
    return parts


def _condition(lead: str, value: Sequence[str]) -> str:
    return f"{lead}{_some(value) if value else 'any'}"


def _how(entry: Entry) -> str:
    detail: dict[str, Any] = entry.detail
    parts: dict[str, Callable[[Any], str]] = {
        "until": lambda value: (
            " until it changes" if value == "change" else f" until {str(value)[:16].replace('T', ' ')}"
        ),
        "to": lambda value: f" to {value}" if value else " to nobody",
        "verdict": lambda value: f" as “{value}”",
        "kind": lambda value: f", {value} only" if value else "",
        "reason": lambda value: f": {value}",
        "version": lambda value: f", version {value}",
        "events": lambda value: f", {counted(value, 'event')}",
        "deliveries": lambda value: f", tried again: {value}" if value else "",
        "moved": lambda value: f", deliveries: {value}",
        "doubles": lambda value: f" (and {value} that it had already)" if value else "",
        "dropped": lambda value: f", deliveries: {value}",
        "written_before": lambda value: f" written before {str(value)[:16].replace('T', ' ')}",
        "note": lambda value: f" – {value}" if value else "",
        "deed": lambda value: f": {value}",
        "ids": lambda value: f": {_some(value)}" if value else "",
        "ids_added": lambda value: f", with {_some(value)}",
        "ids_removed": lambda value: f", without {_some(value)}",
        "searches": lambda value: f", {_searched(value)}" if value else "",
        "searches_was": lambda value: f", {_searched(value)}",
        "searches_now": lambda value: f" → {_searched(value)}",
        "related_to": lambda value: f", related to {_some(value)}" if value else "",
        "related_to_was": lambda value: f", related to {_some(value) if value else 'nothing'}",
        "related_to_now": lambda value: f" → {_some(value) if value else 'nothing'}",
        **_conditions(),
        "was": lambda value: f": {value or 'none'}",
        "now": lambda value: f" → {value}",
        "taken": lambda value: ": it took the test" if value else ": it refused the test",
    }
    # In the order of the table above, whatever order an entry was written in: older ones are told alike.
    return "".join(tell(detail[name]) for name, tell in parts.items() if name in detail)


def _some(ids: Sequence[str]) -> str:
    """Ids by name, the first where they are many."""
    shown = ", ".join(map(str, ids[:5]))
    return f"{shown} and {counted(len(ids) - 5, 'more', 'more')}" if len(ids) > 5 else shown


def _searched(searches: Sequence[Mapping[str, str]]) -> str:
    """Searches as they are typed, cut where they are long: the entry itself has them whole."""
    if not searches:
        return "no search"
    typed = " | ".join(map(as_typed, searches))
    return f"{typed[:200]}…" if len(typed) > 200 else typed
