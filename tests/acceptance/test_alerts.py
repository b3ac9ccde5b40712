"""Alerts as an operator meets them: a change on a release reaches a channel, and is answered with commands."""

import json

import pytest

from tests.support.desk import NCT


def test_stopped_resumed_and_stopped_again_are_three_alerts_and_one_acknowledged_leaves_two_open(desk):
    for day in ("2026-09-02", "2026-09-03", "2026-09-04"):
        desk.release(day)
    first, second, third = desk.lines("alerts")
    assert len({alert["event_id"] for alert in (first, second, third)}) == 3
    desk.run("ack", first["event_id"], "--by", "ana", "--verdict", "acted", "--note", "page corrected")
    assert [alert["event_id"] for alert in desk.lines("alerts")] == [second["event_id"], third["event_id"]]
    (done,) = [alert for alert in desk.lines("alerts", NCT, "--all") if alert["state"] != "open"]
    assert (done["acknowledged_by"], done["verdict"], done["note"]) == ("ana", "acted", "page corrected")
    desk.run("deliver")
    assert [received["data"]["event"]["id"] for received in desk.heard()] == [
        max((first, second, third), key=lambda a: ["medium", "high", "critical"].index(a["severity"]))[
            "event_id"
        ]
    ]


def test_a_change_is_told_once_with_old_and_new_and_the_commands_to_answer(desk):
    desk.release("2026-09-02")
    desk.run("deliver")
    desk.run("deliver")
    (received,) = desk.heard()
    said = json.dumps(received["data"]["message"], ensure_ascii=False)
    for words in ("Recruiting", "Suspended", "trialdelta ack evt_", NCT, received["data"]["event"]["id"]):
        assert words in said
    assert desk.lines("channels", "list")[-1]["deliveries"] == {"collecting": 1, "sent": 1}


def test_a_snoozed_alert_comes_back_when_its_study_changes(desk):
    desk.release("2026-09-02")
    (alert,) = desk.lines("alerts")
    desk.run("snooze", alert["event_id"], "--until", "change", "--by", "ana")
    assert desk.lines("alerts") == []
    desk.release("2026-09-03")
    assert len(desk.lines("alerts")) == 2


def test_what_a_colleague_closed_stays_closed(desk):
    desk.release("2026-09-02")
    (alert,) = desk.lines("alerts")
    desk.run("ack", alert["event_id"], "--by", "ana", "--verdict", "acted", "--close")
    desk.run("ack", alert["event_id"], "--by", "ben", expect=2)
    desk.run("snooze", alert["event_id"], "--by", "ben", expect=2)
    (known,) = desk.lines("alerts", "--all")
    assert (known["state"], known["acknowledged_by"], known["verdict"]) == ("closed", "ana", "acted")


def test_a_muted_kind_opens_no_alert_and_says_so_and_ends_when_lifted(desk):
    desk.run("mute", NCT, "--kind", "status", "--until", "30d", "--reason", "known", "--by", "ana")
    desk.release("2026-09-02")
    assert desk.lines("alerts") == []
    assert {row["takes"] for row in desk.lines("routes", "test", NCT)} == {False}
    assert "known" in desk.run("alerts", "--muted")
    desk.run("mute", "--lift", "1", "--by", "ana")
    desk.release("2026-09-03")
    assert len(desk.lines("alerts")) == 1
    desk.run("deliver")
    assert len(desk.heard()) == 1


def test_what_people_did_is_chained_and_verify_finds_what_was_changed_later(desk):
    desk.release("2026-09-02")
    (alert,) = desk.lines("alerts")
    desk.run("assign", alert["event_id"], "ben", "--by", "ana")
    desk.run("ack", alert["event_id"], "--by", "ben", "--close")
    assert "hash" in desk.run("verify")
    with desk.instance.database() as database, database.write() as session:
        session.connection().exec_driver_sql("UPDATE audit SET who = 'eve' WHERE seq = 1")
    assert "entry 1" in desk.run("verify", expect=1)


def test_a_review_says_all_that_changed_since_in_one_comparison(desk):
    desk.run("review", NCT, "--by", "ana", "--note", "page is right")
    assert desk.lines("review", NCT)[0]["event"] is None
    for day in ("2026-09-02", "2026-09-03", "2026-09-04"):
        desk.release(day)
    (found,) = desk.lines("review", NCT)
    assert (found["review"]["by"], found["from"], found["to"]) == ("ana", 1, 4)
    status = next(change for change in found["event"]["changes"] if change["kind"] == "status")
    assert (status["old"], status["new"]) == ("RECRUITING", "SUSPENDED")


def test_routes_say_who_hears_and_how_much_they_would_have_sent(desk):
    for day in ("2026-09-02", "2026-09-03", "2026-09-04"):
        desk.release(day)
    now, day = desk.lines("routes", "test", NCT)
    assert (now["takes"], now["channels"]) == (True, ["heard"])
    assert "medium or heavier" in now["why"]
    at_once, daily = desk.lines("routes", "backtest")
    assert (at_once["messages"], at_once["days"], at_once["messages_a_day"]) == (3, 3, 1.0)
    assert daily["messages"] == 3
    assert day["mode"] == "daily"


def test_a_digest_tells_what_happened_and_also_that_nothing_did(desk):
    assert desk.lines("digest")[0]["headline"].startswith("All quiet: 2 studies checked on 1 release")
    desk.release("2026-09-02")
    (digest,) = desk.lines("digest", "--since", "2026-01-01")
    assert [line["nct_id"] for line in digest["events"]] == [NCT]
    assert [line["nct_id"] for line in digest["unacknowledged"]] == [NCT]
    assert "Suspended" in desk.run("digest")


def test_a_channel_is_tested_through_the_real_path(desk):
    (outcome,) = desk.lines("channels", "test", "heard")
    assert outcome["taken"]
    (received,) = desk.heard()
    assert (received["type"], received["data"]["delivery"]) == ("test", outcome["delivery"])
    desk.run("channels", "test", "nowhere", expect=2)


@pytest.mark.parametrize(
    "words",
    [
        ("ack", "evt_nothing"),
        ("ack", "evt_nothing", "--verdict", "maybe"),
        ("snooze", "evt_nothing", "--until", "soon"),
        ("mute", NCT),
        ("review", "NCT1"),
        ("review", "NCT99999999"),
        ("routes", "test", "evt_nothing"),
        ("deliver", "--channel", "nowhere"),
        ("digest", "--since", "01/09/2026"),
    ],
)
def test_what_cannot_be_done_is_said_with_exit_code_two(desk, words):
    desk.run(*words, expect=2)
