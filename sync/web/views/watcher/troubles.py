"""What is wrong with the watcher, the worst first, and what to do about each (pure)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from storage.operator_actions import BY_HAND
from storage.owed import OWED
from storage.unread import Unread
from sync.alerts.failing import all_failures, nobody_is_told
from sync.alerts.release_order import TO_DO
from sync.alerts.watchdog import FAILURES_UNTIL_NOTICE, FROZEN_AFTER
from sync.health.liveness import ALIVE, Health, lacking, unreadable
from sync.health.never_registered import NEVER_REGISTERED
from sync.view import View
from sync.web.views.watcher.channels import Channel
from sync.web.views.watcher.cycles import CycleLine
from sync.web.views.watcher.error_hints import hint_of
from sync.web.views.watcher.storms import Storm
from sync.web.views.watcher.vitals import Vitals
from sync.words import capital, counted

Level = Literal["bad", "warn"]


class Act(View):
    """A button: what it says, and where it is posted to."""

    label: str
    path: str


class Trouble(View):
    """Something that is wrong. `bad`: alerts are late or lost until somebody acts; `warn`: it may pass, or can wait."""

    level: Level
    subject: str
    sentence: str
    to_do: str
    command: str | None = Field(None, description="What to type.")
    place: str | None = Field(None, description="The part of the page that has the details.")
    act: Act | None = None


def troubles(
    health: Health,
    vitals: Vitals,
    cycles: Sequence[CycleLine],
    channels: Sequence[Channel],
    storms: Sequence[Storm],
    lacks: Unread | None,
    *,
    awaited: Mapping[str, Sequence[str]],
    now: datetime,
    stuck_after: timedelta,
) -> list[Trouble]:
    """All that is wrong, the worst first."""
    found = [
        *_of_daemon(health, vitals),
        *_of_registry(health, vitals),
        *_of_cycles(health, vitals, cycles, now),
        *_of_the_unread(lacks),
        *_of_the_unregistered(awaited),
        *_of_the_order(vitals),
        *_of_storms(storms),
        *_of_heartbeat(vitals),
        *_of_configuration(vitals),
        *_of_all_channels(channels),
        *(trouble for channel in channels for trouble in _of_channel(channel)),
        # while no daemon runs nothing moves, and that is told already
        *(
            trouble
            for channel in channels
            if health.state in ALIVE
            for trouble in _stuck(channel, now, stuck_after)
        ),
    ]
    # Stable: within a level they stay in the order above, from the daemon down to a single channel.
    return sorted(found, key=lambda each: each.level != "bad")


def _of_daemon(health: Health, vitals: Vitals) -> Iterator[Trouble]:
    sentence = f"{capital(health.sentence)}."
    if health.state == "dead":
        which = f" (process {vitals.pid})" if vitals.pid else ""
        yield Trouble(
            level="bad",
            subject="The daemon gives no sign of life",
            sentence=f"{sentence} Nothing is polled and nothing is sent.",
            to_do=f"Look whether it still runs{which}, read the end of its log, and start it again. Nothing is lost: "
            "the next cycle goes on where the last one ended.",
            command="trialdelta run",
        )
    elif health.state == "stalled":
        yield Trouble(
            level="bad",
            subject="No poll succeeds",
            sentence=f"{sentence} Nothing is concluded from it; what is due is sent meanwhile.",
            to_do="Read the end of the daemon's log. If a poll hangs, start the daemon again: nothing is lost. If another "
            "process holds the right to run a cycle, see which, and whether it still works.",
            command="trialdelta doctor",
            place="cycles",
        )
    elif health.state == "idle":
        yield Trouble(
            level="bad",
            subject="Nothing is watched",
            sentence=sentence,
            to_do="Follow a study or a search, or resume a watch that is paused.",
            command="trialdelta watch add NCT…",
            place="watches",
        )
    elif health.state == "stopped":
        yield Trouble(
            level="warn",
            subject="The daemon was stopped",
            sentence=f"{sentence} Nothing is polled and nothing is sent meanwhile.",
            to_do="Start it when you want to be told again.",
            command="trialdelta run",
        )
    elif health.state == "never_run":
        yield Trouble(
            level="warn",
            subject="No daemon has run on this database",
            sentence="Nothing is polled or sent, unless somebody types `trialdelta sync` and `trialdelta deliver`.",
            to_do="Start one, and leave it running.",
            command="trialdelta run",
        )


def _of_registry(health: Health, vitals: Vitals) -> Iterator[Trouble]:
    if health.state != "registry_failing":
        return
    pause = (
        " It is left alone until the pause is over."
        if vitals.paused_until
        else " It is asked again by itself."
    )
    # At once, not after three polls: a block does not pass by itself.
    blocked = health.detail.get("error") == "Blocked"
    yield Trouble(
        level="bad" if blocked or vitals.failures >= FAILURES_UNTIL_NOTICE else "warn",
        subject="The registry blocks us" if blocked else "No poll of the registry succeeds",
        sentence=f"{vitals.problem or health.sentence}.{pause} Nothing is concluded from it.",
        to_do=hint_of(health.detail.get("error")) or "Try `trialdelta doctor`.",
        command="trialdelta doctor",
        place="cycles",
        act=Act(label="Try now", path="/poll-now"),
    )


def _of_cycles(
    health: Health, vitals: Vitals, cycles: Sequence[CycleLine], now: datetime
) -> Iterator[Trouble]:
    last = next((cycle for cycle in cycles if cycle.state != "running"), None)
    passed = vitals.passed_at
    is_over = last is not None and last.state == "failed" and passed is not None and passed >= last.started_at
    if (
        last
        and last.state in ("failed", "interrupted")
        and health.state != "registry_failing"
        and not is_over
    ):
        yield Trouble(
            level="warn",
            subject=f"The last cycle {'failed' if last.state == 'failed' else 'was interrupted'}",
            sentence=f"At stage “{last.stage}”: {last.error or 'its process ended before it did'}.",
            to_do=last.hint or "Try `trialdelta doctor`.",
            place="cycles",
        )
    if vitals.release_moved_at and health.state == "healthy" and now - vitals.release_moved_at > FROZEN_AFTER:
        yield Trouble(
            level="warn",
            subject="No new release for days",
            sentence=f"The registry has published none since {vitals.release}, or none that could be read.",
            to_do="Compare with the release that the registry's own pages show.",
            command="trialdelta doctor",
            place="cycles",
        )


def _of_the_unread(lacks: Unread | None) -> Iterator[Trouble]:
    if lacks is None:
        return
    named = "; ".join(unreadable(lacks))
    subject = lacking(lacks)
    yield Trouble(
        level="bad" if lacks.records or lacks.said else "warn",
        subject=capital(subject),
        sentence=f"{f'{named}. ' if named else ''}The release does not count as read until nothing is missing; each poll "
        "asks again.",
        to_do="Look at the reason in the quarantine. If it stays for a day, report it with the bytes."
        if lacks.records
        else "Do what it says above; the other watches are not held up.",
        command="trialdelta doctor",
        place="quarantine" if lacks.records else "cycles",
    )


def _of_the_unregistered(awaited: Mapping[str, Sequence[str]]) -> Iterator[Trouble]:
    for watch, ids in awaited.items():
        yield Trouble(
            level="warn",
            subject=f"The registry has never had {counted(len(ids), 'id')} of the watch {watch}",
            sentence=f"{', '.join(ids)}. All else of the watch is read.",
            to_do=NEVER_REGISTERED,
        )


def _of_the_order(vitals: Vitals) -> Iterator[Trouble]:
    if vitals.older_release:
        yield Trouble(
            level="warn",
            subject="The registry serves an older release",
            sentence=f"{vitals.older_release}. Nothing is concluded from it.",
            to_do=f"It passes by itself as a rule. {TO_DO}",
            command="trialdelta doctor",
            place="cycles",
        )


def _of_storms(storms: Sequence[Storm]) -> Iterator[Trouble]:
    held = [storm for storm in storms if storm.state == "held"]
    if not held:
        return
    events, one = sum(storm.events for storm in held), len(held) == 1
    yield Trouble(
        level="bad",
        subject=f"{'A storm holds' if one else f'{len(held)} storms hold'} {counted(events, 'event')} back",
        sentence=f"{held[0].headline}. None of them is told until somebody decides.",
        to_do="Look at what is held, then release it (each is told by itself) or dismiss it (none is).",
        place="storms",
    )


def _of_heartbeat(vitals: Vitals) -> Iterator[Trouble]:
    if vitals.heartbeat_problem:
        yield Trouble(
            level="warn",
            subject="The heartbeat does not go out",
            sentence=f"{capital(vitals.heartbeat_problem)}.",
            to_do="Each good poll sends another. Look whether its receiver is up, and at heartbeat_url in [alerts].",
            command="trialdelta doctor",
        )


def _of_configuration(vitals: Vitals) -> Iterator[Trouble]:
    if vitals.reload_problem:
        yield Trouble(
            level="warn",
            subject="The configuration file is wrong",
            sentence=f"The daemon was asked to reload it and did not; the one before is in force. {vitals.reload_problem}",
            to_do="Correct it, then reload it: `trialdelta config reload` checks it first.",
            command="trialdelta config check",
        )
    elif vitals.needs_new_start:
        yield Trouble(
            level="warn",
            subject="A part of the configuration is not in force yet",
            sentence=f"{', '.join(vitals.needs_new_start)}: changed in the file, but read only when the daemon starts.",
            to_do="Start the daemon again when it suits you. All else that was changed is in force.",
        )


def _of_all_channels(channels: Sequence[Channel]) -> Iterator[Trouble]:
    answers = {each.name: each.answer for each in channels if each.answer}
    found = all_failures(answers, [each.name for each in channels if each.kind])
    if found:
        yield Trouble(
            level="bad",
            subject="Nobody is told",
            sentence=f"{nobody_is_told(found)}. What is due waits, and is tried again by itself.",
            to_do="Put the cause right, then try a channel: `trialdelta channels test NAME`.",
            command="trialdelta doctor",
            place="channels",
        )


def _of_channel(channel: Channel) -> Iterator[Trouble]:
    name = channel.name
    if channel.kind is None:
        if channel.owed:
            yield _away(channel)
    elif channel.disabled_at and (channel.disabled_why or "").startswith(BY_HAND):
        yield Trouble(
            level="warn",
            subject=f"The channel {name} is not used",
            sentence=f"{channel.disabled_why}. What it is owed waits.",
            to_do="Use it again when somebody is to be told there.",
            place="channels",
            act=Act(label="Use it again", path=channel.enable_path),
        )
    elif channel.disabled_at:
        yield Trouble(
            level="bad",
            subject=f"The channel {name} is not used",
            sentence=f"{channel.disabled_why}. What it is owed waits.",
            to_do="Correct what it says in the configuration, try it, then use it again.",
            command=f"trialdelta channels test {shlex.quote(name)}",
            place="channels",
            act=Act(label="Use it again", path=channel.enable_path),
        )
    elif channel.dead:
        yield Trouble(
            level="bad",
            subject=f"{counted(channel.dead, 'dead letter')} for {name}",
            sentence="What they say was told to nobody there; they are not tried any more.",
            to_do="See what the receiver answered, then send them again.",
            place="dead",
            act=Act(label="Send all again", path="/outbox/retry"),
        )


def _away(channel: Channel) -> Trouble:
    owing = {state: number for state, number in channel.deliveries.items() if state in OWED}
    words = ", ".join(f"{number:,} {state}" for state, number in owing.items())
    return Trouble(
        level="bad",
        subject=f"The channel {channel.name} is not configured any more and owes "
        f"{counted(channel.owed, 'delivery')}",
        sentence=f"{words}. They wait, and nobody is told of them.",
        to_do="Let another channel have them, or drop them. Or configure it again under this name: then what is due goes "
        "out, but for what is older than three days.",
        command=f"trialdelta deliveries move --from {shlex.quote(channel.name)} --to CHANNEL",
        place="channels",
    )


def _stuck(channel: Channel, now: datetime, stuck_after: timedelta) -> Iterator[Trouble]:
    # What is told as disabled, or not configured, is not told as stuck as well.
    waits = channel.owes_since is None or channel.disabled_at or channel.kind is None
    if channel.owes_since and not waits and now - channel.owes_since > stuck_after:
        name = channel.name
        said = f" It said last: {channel.answer.said}" if channel.answer and channel.answer.said else ""
        yield Trouble(
            level="warn",
            subject=f"Deliveries to {name} do not move",
            sentence=f"The oldest has been owed for {_span(now - channel.owes_since)}.{said}",
            to_do="It is tried again by itself, for three days. Try the channel, and look at what it answers.",
            command=f"trialdelta channels test {shlex.quote(name)}",
            place="channels",
        )


def _span(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    for size, noun in ((1440, "days"), (60, "hours")):
        if minutes >= 2 * size:
            return f"{minutes // size} {noun}"
    return counted(minutes, "minute")
