"""Sites: which are one under another name or address, what a change of status brings along, and how many are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sync.changes.event import Event
from sync.changes.kinds.site_names import name_likeness
from sync.changes.model import Kind, Op

Record = dict[str, Any]
Explain = Callable[..., Event | None]


def some(event: Event | None) -> Event:
    assert event is not None
    return event


def contacts_module(record: Record) -> Record:
    found: Record = record["protocolSection"]["contactsLocationsModule"]
    return found


def sites(record: Record) -> list[Record]:
    found: list[Record] = contacts_module(record)["locations"]
    return found


def status(record: Record, word: str) -> None:
    record["protocolSection"]["statusModule"]["overallStatus"] = word


@pytest.mark.parametrize(
    "old, new",
    [
        ("Serenity Clinic", "Serenity Clinic and Research Center"),
        ("Hôpital Foch", "Hopital Foch"),
        ('Hă"Pital Foch', "Hôpital Foch"),
        ("St. Luke's Medical Centre", "Saint Lukes Medical Center"),
        ("First Affiliated Hospital of Luna University", "1st Affiliated Hospital, Luna University"),
        ("Universitätsklinikum Köln", "Universitaetsklinikum Koeln"),
        ("Crater General Hospital", "Crater General Hospital, Department of Rheumatology"),
        ("Crater Clinic 3", "Crater Clinic III"),
    ],
)
def test_one_facility_under_two_names(old: str, new: str) -> None:
    assert name_likeness(old, new) >= 85
    assert name_likeness(new, old) >= 85


@pytest.mark.parametrize(
    "old, new",
    [
        ("Asan Medical Center", "Samsung Medical Center"),
        ("First Affiliated Hospital of Luna University", "Second Affiliated Hospital of Luna University"),
        ("Crater Clinic 1", "Crater Clinic 2"),
        ("North Crater Hospital", "South Crater Hospital"),
        ("Luna Children's Hospital", "Luna Women's Hospital"),
        ("Makati Medical Centre", "St Luke's Medical Center"),
        ("University Hospital II", "University Hospital III"),
        ("St. Mary's Hospital", "St. Mark's Hospital"),
        ("Crater Hospital A", "Crater Hospital B"),
        ("Kanazawa Hospital", "Kanagawa Hospital"),
        ("Tycho University", "Tycho University Plato Hospital"),
    ],
)
def test_two_facilities_of_one_town(old: str, new: str) -> None:
    assert name_likeness(old, new) == 0


@pytest.mark.parametrize(
    "old, new, headline",
    [
        ("Asan Medical Center", "Samsung Medical Center", "1 site added, 1 site removed"),
        ("First Affiliated Hospital", "Second Affiliated Hospital", "1 site added, 1 site removed"),
        ("Luna Clinic", "Luna Clinic Inc.", "1 site renamed"),
        ("Research Site 12", "Luna Clinic", "1 site re-coded"),
        ("T13", "Luna Clinic", "1 site re-coded"),
        ("Research Site 12", "Research Site 40", "1 site re-coded"),
    ],
)
def test_a_new_name_in_the_same_place(
    old: str, new: str, headline: str, before: Record, after: Record, told: Explain
) -> None:
    sites(before)[1]["facility"], sites(after)[1]["facility"] = old, new
    assert some(told(before, after)).headline == headline


def test_a_rename_is_told_from_what_to_what_and_a_code_as_one(
    before: Record, after: Record, told: Explain
) -> None:
    sites(after)[1]["facility"] = "Serenity Clinic, Department of Rheumatology"
    sites(after)[2]["facility"] = "Research Site 7"
    assert [reason.fact for reason in some(told(before, after)).reasons] == [
        "1 site renamed: Serenity Clinic → Serenity Clinic, Department of Rheumatology, Austin, United States; "
        "1 site re-coded: Fertility Bay Medical Center → Research Site 7, Reno, United States"
    ]


def test_codes_of_other_numbers_at_other_addresses_are_other_sites(
    before: Record, after: Record, told: Explain
) -> None:
    sites(before)[1]["facility"] = "Local Institution - 0054"
    sites(after)[1] |= {"facility": "Local Institution - 0002", "zip": "78799"}
    assert {change.op for change in some(told(before, after)).changes} == {Op.ADDED, Op.REMOVED}


@pytest.mark.parametrize(
    "field, value, step",
    [
        ("zip", "78702", "Austin, Texas 78701, United States → Austin, Texas 78702, United States"),
        ("state", "TX", "Austin, Texas 78701, United States → Austin, TX 78701, United States"),
        (
            "city",
            "West Austin",
            "Austin, Texas 78701, United States → West Austin, Texas 78701, United States",
        ),
    ],
)
def test_the_same_name_at_another_address_is_re_addressed(
    field: str, value: str, step: str, before: Record, after: Record, told: Explain
) -> None:
    sites(after)[1][field] = value
    event = some(told(before, after))
    assert event.headline == "1 site re-addressed"
    assert [(reason.rule, reason.fact) for reason in event.reasons] == [
        ("sites.readdressed", f"1 site re-addressed: Serenity Clinic, {step}")
    ]


class TestACascade:
    def test_statuses_that_went_blank_are_folded(self, before: Record, after: Record, told: Explain) -> None:
        status(after, "ACTIVE_NOT_RECRUITING")
        for site in sites(after):
            del site["status"]
        event = some(told(before, after))
        assert [entry.reason for entry in event.suppressed] == ["site.status_cleared"] * 3
        assert event.headline == "Status Recruiting → Active, not recruiting: closed to recruitment"

    def test_statuses_that_come_with_opening_are_folded(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        status(before, "ACTIVE_NOT_RECRUITING")
        for site in sites(before):
            del site["status"]
        sites(after)[1]["status"] = "WITHDRAWN"
        event = some(told(before, after))
        assert [entry.reason for entry in event.suppressed] == ["site.status_came_back"] * 2
        assert event.headline == (
            "Status Active, not recruiting → Recruiting: recruitment reopened; "
            "also 1 site status changed: 1 × none → Withdrawn"
        )

    def test_statuses_that_take_the_step_of_the_study_are_folded(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        status(before, "NOT_YET_RECRUITING")
        sites(after)[2]["status"] = "RECRUITING"
        event = some(told(before, after))
        assert [entry.reason for entry in event.suppressed] == ["site.status_followed"]
        assert event.headline == "Status Not yet recruiting → Recruiting: opened for recruitment"

    def test_without_a_step_of_the_study_nothing_is_folded(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        sites(after)[2]["status"] = "RECRUITING"
        event = some(told(before, after))
        assert event.suppressed == ()
        assert event.headline == "1 site status changed: 1 × Not yet recruiting → Recruiting"


class TestContacts:
    def test_contacts_that_closing_the_study_removes_are_folded(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        status(after, "COMPLETED")
        del contacts_module(after)["centralContacts"]
        del sites(after)[0]["contacts"]
        event = some(told(before, after))
        assert [entry.reason for entry in event.suppressed] == ["contacts.closed"] * 2
        assert event.headline == "Status Recruiting → Completed: finished"

    def test_contacts_that_closing_their_site_removes_are_folded(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        sites(after)[0]["status"] = "COMPLETED"
        del sites(after)[0]["contacts"]
        event = some(told(before, after))
        assert [(entry.kind, entry.reason) for entry in event.suppressed] == [
            (Kind.CONTACTS, "contacts.closed")
        ]

    def test_contacts_that_go_for_no_such_reason_are_told(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        del contacts_module(after)["centralContacts"]
        event = some(told(before, after))
        assert event.suppressed == ()
        assert event.headline == "Contact Ada Moon → none"

    def test_officials_stay_told_when_a_study_closes(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        status(after, "COMPLETED")
        del contacts_module(after)["overallOfficials"]
        assert "official Bo Crater → none" in some(told(before, after)).headline

    def test_one_person_in_the_place_of_another_is_one(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        contacts_module(after)["centralContacts"] = [
            {"name": "Eve Dune", "role": "CONTACT", "phone": "555-0123"}
        ]
        event = some(told(before, after))
        assert event.headline == "Contact Ada Moon → Eve Dune"
        assert event.reasons[0].fact == "1 contact changed: contact Ada Moon → Eve Dune"

    def test_several_details_of_one_person_are_one(
        self, before: Record, after: Record, told: Explain
    ) -> None:
        contacts_module(after)["centralContacts"][0] |= {"phone": "555-0123", "email": "ada@example.org"}
        event = some(told(before, after))
        assert event.headline == (
            "Contact Ada Moon: e-mail none → ada@example.org, phone 555-0100 → 555-0123"
        )
        assert event.reasons[0].fact.startswith("1 contact changed: ")

    def test_many_are_counted_by_the_person(self, before: Record, after: Record, told: Explain) -> None:
        contacts_module(after)["centralContacts"][0]["phone"] = "555-0123"
        contacts_module(after)["overallOfficials"][0]["affiliation"] = "Crater College"
        sites(after)[0]["contacts"] = [{"name": "Fay Rille", "role": "CONTACT", "phone": "555-0124"}]
        assert some(told(before, after)).headline == "3 contacts changed"
