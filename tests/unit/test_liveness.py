"""Green only with proof: what the signs of the service prove, and what they do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage.ledger import Beat, Watermark
from storage.misdated import FROM_THE_FUTURE
from storage.unread import Record, Unread
from sync.health.liveness import STATES, Signs, health_by
from sync.timing.schedule import ScheduleSettings

NOW = datetime(2026, 9, 2, 12, 0, tzinfo=UTC)
SCHEDULE = ScheduleSettings(poll="15m", jitter_s=0)
SECONDS, MINUTES, HOURS, DAYS = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))


def beat(ago: timedelta, **detail: Any) -> Beat:
    return Beat("x", NOW - ago, detail)


GOOD = Signs(
    daemon=beat(10 * SECONDS),
    poll=beat(MINUTES, state="unchanged"),
    good_poll=beat(MINUTES, state="unchanged"),
    first_start=beat(30 * DAYS),
    mark=Watermark("2026-09-01", "2026-09-01T09:00:05", "2.0.5", NOW - DAYS),
    lacks=None,
)
REFUSED = Unread("2026-09-02", NOW - MINUTES, (Record(1, "NCT90000001", "no JSON"),))


def said(signs: Signs, schedule: ScheduleSettings = SCHEDULE) -> tuple[str, int, str]:
    health = health_by(signs, schedule, NOW)
    return health.state, health.exit_code, health.sentence


def test_a_poll_that_succeeded_lately_is_the_proof():
    assert said(GOOD)[:2] == ("healthy", 0)


@pytest.mark.parametrize("state", ["partial", "elsewhere", "unchanged"])
def test_whatever_beats_and_polls_only_the_last_success_counts(state):
    signs = replace(GOOD, poll=beat(MINUTES, state=state), good_poll=beat(46 * MINUTES, state="complete"))
    assert said(signs)[:2] == ("stalled", 1)
    assert said(replace(signs, good_poll=beat(44 * MINUTES, state="complete")))[:2] == ("healthy", 0)


def test_another_process_that_keeps_the_lease_for_ever_is_named():
    signs = replace(GOOD, poll=beat(MINUTES, state="elsewhere"), good_poll=beat(2 * HOURS))
    assert "another process holds the right" in said(signs)[2]


def test_a_poll_that_hangs_is_noticed():
    began = (NOW - 70 * MINUTES).isoformat()
    signs = replace(
        GOOD,
        daemon=beat(SECONDS, polling_since=began),
        poll=beat(85 * MINUTES, state="unchanged"),
        good_poll=beat(85 * MINUTES),
    )
    state, code, sentence = said(signs)
    assert (state, code) == ("stalled", 1)
    assert "one has been under way for 70 minutes" in sentence


def under_way(moved: timedelta, **others: Any) -> Signs:
    """A poll that has been under way for 70 minutes, and made its last step so long ago."""
    detail = {
        name: (NOW - ago).isoformat()
        for name, ago in {"polling_since": 70 * MINUTES, "moved_at": moved}.items()
    }
    signs = replace(GOOD, daemon=beat(SECONDS, **detail), poll=beat(85 * MINUTES, state="unchanged"))
    return replace(signs, good_poll=beat(85 * MINUTES), **others)


def test_a_poll_that_takes_more_than_an_hour_and_gets_on_is_life():
    state, code, sentence = said(under_way(9 * MINUTES))
    assert (state, code) == ("healthy", 0)
    assert sentence == "the daemon is up; a poll has been under way for 70 minutes, and gets on"


@pytest.mark.parametrize("moved", [11 * MINUTES, -2 * HOURS], ids=["long ago", "from the future"])
def test_a_poll_that_makes_no_step_any_more_hangs(moved):
    assert said(under_way(moved))[:2] == ("stalled", 1)


def test_the_last_step_of_a_poll_that_is_over_proves_nothing():
    over = under_way(MINUTES)
    assert over.daemon is not None
    over.daemon.detail["polling_since"] = None
    assert said(over)[:2] == ("stalled", 1)


def test_a_first_load_of_hours_is_life_while_it_gets_on():
    first = under_way(MINUTES, first_start=beat(3 * HOURS), mark=None)
    first = replace(first, good_poll=None, poll=None)
    assert said(first) == ("healthy", 0, "the daemon is up; its first poll is under way")


def test_the_first_poll_may_take_its_time_and_not_for_ever():
    new = replace(GOOD, poll=None, good_poll=None, mark=None, first_start=beat(MINUTES))
    assert said(new) == ("healthy", 0, "the daemon is up; its first poll is under way")
    state, code, sentence = said(replace(new, first_start=beat(HOURS)))
    assert (state, code) == ("stalled", 1)
    assert "since it was first started 60 minutes ago" in sentence


@pytest.mark.parametrize("name", ["daemon", "good_poll"])
def test_what_is_dated_in_the_future_proves_nothing_and_that_is_said(name):
    for sign in (beat(-2 * MINUTES), beat(SECONDS, **{FROM_THE_FUTURE: "2026-09-03T12:00:00+00:00"})):
        state, code, sentence = said(replace(GOOD, **{name: sign}))
        assert state == ("dead" if name == "daemon" else "stalled")
        assert code == 1
        assert "from the future" in sentence
        assert "the clock was wrong" in sentence


def test_clocks_of_two_machines_may_differ_a_little():
    assert said(replace(GOOD, daemon=beat(-30 * SECONDS), good_poll=beat(-30 * SECONDS)))[0] == "healthy"


def test_a_clock_behind_the_registrys_release_is_mentioned():
    mark = Watermark("2026-09-20", "2026-09-20T09:00:05", "2.0.5", NOW)
    assert "clock is behind the registry's release" in said(replace(GOOD, mark=mark))[2]


def test_a_watched_record_in_quarantine_is_not_green_at_once_and_no_study_is_named():
    state, code, sentence = said(replace(GOOD, lacks=REFUSED, poll=beat(MINUTES, state="partial")))
    assert (state, code) == ("incomplete", 3)
    assert "1 watched record of release 2026-09-02 cannot be read" in sentence
    assert "NCT" not in sentence


def test_a_partial_release_is_let_pass_once_and_not_for_ever():
    lacks = replace(REFUSED, records=())
    lately = replace(GOOD, lacks=lacks, poll=beat(MINUTES, state="partial"))
    assert said(lately)[0] == "healthy"
    assert said(replace(lately, good_poll=beat(2 * HOURS)))[:2] == ("incomplete", 3)


def test_what_was_unread_when_polls_came_to_an_end_is_not_the_worst():
    signs = replace(GOOD, lacks=REFUSED, poll=beat(3 * HOURS, state="partial"), good_poll=beat(4 * HOURS))
    assert said(signs)[0] == "stalled"


def test_failing_polls_are_the_registrys_fault_however_lately_one_succeeded():
    poll = beat(MINUTES, state="failed", message="503", error="Unavailable")
    assert said(replace(GOOD, poll=poll))[:2] == ("registry_failing", 4)


def test_a_schedule_that_polls_once_a_day_is_judged_by_it():
    daily = ScheduleSettings(poll="0 11 * * *", jitter_s=0)
    assert said(replace(GOOD, good_poll=beat(25 * HOURS)), daily)[0] == "healthy"
    assert said(replace(GOOD, good_poll=beat(26 * HOURS)), daily)[0] == "stalled"


def test_every_state_has_a_word_a_sign_and_a_colour_on_the_pages():
    from pathlib import Path

    import sync.web
    from sync.web.views.status_bar import WORDS

    folder = Path(sync.web.__file__).parent
    signs = (folder / "templates/_watcher_state.html.j2").read_text()
    for state in STATES:
        assert WORDS[state]
        assert f'"{state}": ' in signs.partition("GLYPHS")[2].partition("%}")[0]
    for state in set(STATES) - {"healthy"}:
        assert f".pulse.{state}" in (folder / "static/console.css").read_text()
        assert f".state.{state}" in (folder / "static/watcher.css").read_text()
