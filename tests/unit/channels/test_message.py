"""What is said of an event, in the order in which it is needed, in full; digests and notices."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sync.alerts.channels.plain import text
from sync.alerts.content import Difference, Fact, Text, clean, short
from sync.alerts.differences.fields import readable
from sync.alerts.digest import Digest, Line
from sync.alerts.message import AlertNote, compose, compose_digest, compose_notice
from sync.alerts.truncate import truncate
from sync.changes.kinds import is_minor
from sync.changes.model import Kind
from sync.changes.ruleset import all_rules
from tests.unit.channels.outgoing import HOSTILE, a_hostile_event, an_event, change

NOTE = AlertNote(
    "open",
    "cart-autoimmune",
    companions=(an_event(id="evt_b", nct_id="NCT90000005", headline="Another one"),),
    history={"flip_flops": 2, "cumulative_slip_days": 120, "verified": "2026-09"},
    commands=("trialdelta ack evt_a",),
)


def test_the_content_stands_in_the_order_in_which_it_is_needed():
    message = compose(an_event(), NOTE)
    assert message.headline == an_event().headline
    assert message.also == "1 contact changed"
    assert [section.name for section in message.sections] == [
        *("cause", "changes", "context", "versions", "companions", "suppressed"),
        *("caution", "check", "rules", "links", "evidence", "commands"),
    ]


def test_the_first_link_leads_to_the_console_where_that_has_an_address():
    links = compose(an_event(), NOTE).section("links").items
    with_console = (
        compose(an_event(), replace(NOTE, console_url="https://trials.example.org")).section("links").items
    )
    assert with_console[1:] == links
    assert with_console[0].url == f"https://trials.example.org/events/{an_event().id}"


def test_the_subject_has_severity_verb_study_and_id():
    assert compose(an_event(), NOTE).subject == (
        "[HIGH] Eligibility changed, wider: MCW-202 BCMA CAR-T Cells in Idiopathic Inflammatory Myopathy (NCT90000004)"
    )


def test_what_made_it_heavy_is_told_first_with_its_rule_in_words_and_bookkeeping_last():
    message = compose(an_event(), NOTE)
    reason, criterion = message.section("cause").items
    assert reason == Text(
        "Who may enter changed while recruiting: 1 wider",
        "Who may enter became wider or narrower while the study recruits.",
    )
    assert criterion.place == "Inclusion criterion › Organ function"
    assert [each.place for each in message.section("changes").items] == [
        "Study contact › Trial Desk",
        "Record verified",
    ]


def test_a_criterion_has_its_redline_its_threshold_and_its_effect():
    criterion = compose(an_event(), NOTE).section("cause").items[1]
    assert criterion.fields[0].words == (("=", "Platelet count"), ("-", "≥50×10^9/L"), ("+", "≥30×10^9/L"))
    assert criterion.notes == ("platelets: ≥ 50 ×10⁹/L → ≥ 30 ×10⁹/L (wider)",)
    assert criterion.heading.endswith("changed; who may enter: wider")


def test_versions_context_and_evidence_are_told_as_facts():
    message = compose(an_event(), NOTE)
    facts = {item.name: item.value for s in message.sections for item in s.items if isinstance(item, Fact)}
    assert facts == {
        "from": "version 3, release 2026-09-10",
        "to": "version 4, release 2026-09-29",
        "submitted": "2026-09-28",
        "posted": "2026-09-29",
        "seen": "2026-09-29T13:05:11Z",
        "made by": "the sponsor's update",
        "ids of the rules": "eligibility.entry_while_recruiting, contacts.changed",
        "status": "Recruiting",
        "enrollment": "1,824 (estimated)",
        "phase": "Phase 1",
        "verified": "2026-09",
        "last update posted": "2026-09-29",
        "earlier slips": "+120 days since first known",
        "status gone back": "2 times to an earlier one",
        "watch": "cart-autoimmune",
        "alert": "open",
        "event": "evt_aaaaaaaaaaaaaaaaaaaaaaaaaa",
        "sha-256 from": "a" * 64,
        "sha-256 to": "b" * 64,
        "rules": "c" * 64,
    }


def test_what_was_suppressed_is_counted_and_explained():
    told = compose(an_event(), NOTE).section("suppressed").items
    (each,) = told
    assert each.text.startswith("Sites, 2 changes: A site's own status went blank")


def test_every_rule_and_every_kind_has_advice_or_is_of_no_weight():
    from sync.alerts.advice import advice

    for kind in (each for each in Kind if not is_minor(each)):
        reasons = [{"rule": f"{kind}.x", "fact": "", "severity": "high"}]
        _, checks = advice(an_event(kind=str(kind), reasons=reasons))
        assert checks, kind


def test_no_advice_is_given_for_a_rule_that_does_not_exist():
    from sync.changes.kinds.table import ADVICE

    rules = {rule.id for rule in all_rules()}
    assert {name for name in ADVICE if "." in name} <= rules


def test_long_texts_are_told_in_full_as_a_redline():
    old, new = "word " * 400, "word " * 200 + "another " + "word " * 200
    event = an_event(changes=[change("description", "protocolSection.x.briefSummary", old, new)])
    told = compose(event, NOTE).section("changes").items[0]
    assert " ".join(words for mark, words in told.fields[0].words if mark != "+") == old.strip()
    assert " ".join(words for mark, words in told.fields[0].words if mark != "-") == new.strip()


def test_an_unchanged_stretch_is_folded_in_plain_text_and_said_to_be_so():
    old, new = "word " * 400, "word " * 200 + "another " + "word " * 200
    event = an_event(changes=[change("description", "protocolSection.x.briefSummary", old, new)])
    shown = text(compose(event, NOTE))
    assert shown.count("176 words unchanged") == 2
    assert "{+another+}" in shown


def test_what_is_cut_is_counted_and_the_way_to_the_rest_is_told():
    event = an_event(
        kind="description",
        changes=[
            change("description", "protocolSection.x.briefSummary", None, "s" * 500, "added"),
            *(change("eligibility", f"protocolSection.x.field{n}", "a", "b") for n in range(8)),
        ],
    )
    message = truncate(compose(event, NOTE), items=4, characters=100)
    assert message.section("cause").items[4] == Text(f"… 5 more, see `trialdelta events {event.id}`")
    (description,) = message.section("changes").items
    assert isinstance(description, Difference)
    assert description.fields[0].new == "s" * 100 + f"… 400 more letters, see `trialdelta events {event.id}`"


def test_no_control_character_survives_in_a_message():
    message = compose(a_hostile_event(), NOTE)
    shown = text(message) + message.subject + message.title
    assert not [letter for letter in shown if not letter.isprintable() and letter != "\n"]
    for single in (message.subject, message.lead, message.title):
        assert "\n" not in single


def test_a_surrogate_and_a_bidi_override_are_shown_as_replaced():
    assert clean("a\ud800\u202eb\u00a0c\r\nd") == "a��b c\nd"
    assert "evil" in clean(HOSTILE)


@pytest.mark.parametrize(
    "value, told",
    [
        (None, None),
        ("x", "x"),
        ({"date": "2026-10", "type": "ESTIMATED"}, "2026-10 (estimated)"),
        ({"count": 1824, "type": "ACTUAL"}, "1,824 (actual)"),
        ({"name": "Moon", "class": "NIH"}, "Moon (NIH)"),
        ({"leadSponsor": {"name": "A"}}, '{"leadSponsor": {"name": "A"}}'),
        (True, "yes"),
    ],
)
def test_a_value_is_readable(value, told):
    assert readable(value) == told


def test_a_value_nested_without_end_is_told_all_the_same():
    value: object = "deep"
    for _ in range(300):
        value = [value]
    assert "deep" in (readable(value) or "")


def test_a_label_is_cut_at_a_word():
    assert short("one two three", 9) == "one two…"
    assert short("one", 9) == "one"


def _line(severity, **other):
    return Line(
        "evt_1",
        "NCT90000001",
        "A study",
        severity,
        "status",
        "Status A → B",
        "sponsor",
        "2026-09-29",
        **other,
    )


def test_a_digest_tells_by_weight_then_cohort_silence_waiting_and_health():
    digest = Digest(
        route="morning",
        since="2026-09-28T08:00:00+00:00",
        until="2026-09-29T08:00:00+00:00",
        studies=316,
        releases=1,
        last_release="2026-09-28",
        last_read_at="2026-09-28T13:05:00Z",
        counts={"high": 3, "low": 1},
        events=(_line("high"), _line("low")),
        cohort=(_line("medium"),),
        silence=(_line("low"),),
        unacknowledged=(_line("high", note="open since 2026-09-20"),),
        failures=("1 cycle failed: registry unavailable",),
    )
    message = compose_digest(digest)
    assert [(section.name, len(section.items)) for section in message.sections] == [
        ("events-high", 2),
        ("events-low", 1),
        ("cohort", 1),
        ("silence", 1),
        ("waiting", 1),
        ("failures", 1),
        ("health", 6),
        ("commands", 1),
    ]
    assert message.subject == f"[DIGEST 2026-09-29] {digest.headline}"
    assert message.severity == "high"
    assert "open since 2026-09-20" in text(message)


def test_all_quiet_is_a_message_too():
    message = compose_digest(Digest("morning", None, "2026-09-29T08:00:00+00:00", studies=316, releases=5))
    assert message.lead == "All quiet: 316 studies checked on 5 releases, nothing changed"
    assert message.severity == "info"


def test_a_notice_says_its_facts():
    message = compose_notice(
        "Registry down", "The registry has not answered for an hour.", {"since": "12:00"}
    )
    assert message.subject == "[HIGH] Registry down"
    assert message.sections[0].items == (Fact("since", "12:00"),)


def test_a_digest_leads_into_the_console_where_it_has_an_address():
    line = Line("evt_a", "NCT90000001", "t", "high", "status", "h", "sponsor", "2026-09-02")
    digest = Digest(
        "day", None, "2026-09-03T08:00+00:00", counts={"high": 1}, events=(line,), unacknowledged=(line,)
    )
    told = json.dumps(compose_digest(digest, "https://trials.example.org").as_json())
    assert told.count("https://trials.example.org/events/evt_a") == 2
    assert '"https://trials.example.org/"' in told
    assert "https://trials" not in json.dumps(compose_digest(digest).as_json())
