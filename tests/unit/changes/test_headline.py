"""The headline in two lines: what happened, and lighter what else did; both in one text where it is stored."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.changes.headline import LONGEST, ONE_LINE, SECOND_LINE
from sync.changes.lines import Headline
from tests.unit.changes.conftest import Explain, Record


def headline_of(told: Explain, before: Record, after: Record) -> Headline:
    event = told(before, after)
    assert event is not None
    return Headline.of(event.headline)


def section(record: Record, name: str) -> Record:
    part: Record = record["protocolSection"][name]
    return part


@given(st.text("abc →", max_size=30), st.text("abc; →", max_size=30))
def test_what_is_written_in_one_text_is_read_again_as_two_lines(lead: str, also: str) -> None:
    assert Headline.of(str(Headline(lead, also))) == Headline(lead, also)


def test_old_and_new_of_what_weighs_most_stand_on_a_line_of_their_own(
    before: Record, after: Record, told: Explain
) -> None:
    section(after, "statusModule")["overallStatus"] = "ACTIVE_NOT_RECRUITING"
    section(after, "descriptionModule")["briefSummary"] = "LC-17 cells are given twice."
    lead, also = headline_of(told, before, after)
    assert lead == "Status Recruiting → Active, not recruiting: closed to recruitment"
    assert also.startswith("brief summary ")


def test_where_only_one_thing_changed_there_is_one_line(before: Record, after: Record, told: Explain) -> None:
    section(after, "statusModule")["overallStatus"] = "ACTIVE_NOT_RECRUITING"
    assert headline_of(told, before, after).also == ""


def test_what_has_no_room_with_old_and_new_is_named(before: Record, after: Record, told: Explain) -> None:
    section(after, "statusModule")["overallStatus"] = "ACTIVE_NOT_RECRUITING"
    section(after, "sponsorCollaboratorsModule")["leadSponsor"]["name"] = "Selene " * 30
    section(after, "oversightModule")["oversightHasDmc"] = False
    _, also = headline_of(told, before, after)
    assert also == "has a data monitoring committee yes → no; sponsor renamed"


@pytest.mark.parametrize("letters", [1, 40, 90, 200, 900])
def test_no_headline_takes_more_than_two_lines(
    before: Record, after: Record, told: Explain, letters: int
) -> None:
    identification = section(after, "identificationModule")
    identification.update(briefTitle="T" * letters, officialTitle="O" * letters, acronym="LUNA")
    section(after, "descriptionModule").update(briefSummary="S " * letters, detailedDescription="Twice.")
    section(after, "conditionsModule")["conditions"] = ["C" * letters, "Nephritis"]
    section(after, "designModule")["enrollmentInfo"]["count"] = 30
    lead, also = headline_of(told, before, after)
    assert len(lead) <= (ONE_LINE if also else LONGEST + len("; and 00 more"))
    assert len(also) <= SECOND_LINE


def test_a_record_that_holds_the_words_between_the_lines_does_not_part_them(
    before: Record, after: Record, told: Explain
) -> None:
    section(after, "statusModule").update(overallStatus="SUSPENDED", whyStopped="No funds; also no time")
    changed = copy.deepcopy(after)
    section(changed, "oversightModule")["oversightHasDmc"] = False
    lead, also = headline_of(told, before, changed)
    assert "no time" in lead
    assert also == "has a data monitoring committee yes → no"
