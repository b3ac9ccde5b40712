"""Changes as a reader sees them: field by field, what is equal left out or told once, sites by country."""

from __future__ import annotations

from typing import Any

from sync.alerts.channels.email.mime import html
from sync.alerts.channels.plain import item_lines, text
from sync.alerts.channels.slack.blocks import blocks
from sync.alerts.content import Difference
from sync.alerts.differences import differences
from sync.alerts.message import AlertNote, compose
from sync.alerts.truncate import truncate_words
from sync.changes.event import Event, change_from_json
from tests.unit.channels.outgoing import an_event, an_outgoing, change

OUTCOMES = "protocolSection.outcomesModule.secondaryOutcomes"
SITES = "protocolSection.contactsLocationsModule.locations"


def told(*changes: dict[str, Any]) -> list[Difference]:
    return list(differences(change_from_json(each) for each in changes))


def lines(*changes: dict[str, Any]) -> list[str]:
    return [line for each in told(*changes) for line in item_lines(each)]


def outcome(measure: str, old: str, new: str) -> dict[str, Any]:
    values = ({"measure": measure, "timeFrame": frame, "description": "As read"} for frame in (old, new))
    detail = {"rank": "secondary", "measure": measure, "what": ["time frame"]}
    return change(
        "outcomes",
        f"{OUTCOMES}[{measure}|{old}]",
        *values,
        after_start=True,
        after_primary_completion=False,
        **detail,
    )


def many_outcomes(number: int = 25) -> Event:
    """An update in which the time frame of all outcomes moved by a month."""
    found = [
        outcome(f"Concentration of metabolite {n} in plasma", "Up to 59 months", "Up to 58 months")
        for n in range(number)
    ]
    return an_event(kind="outcomes", changes=found)


def site(op: str, facility: str, country: str) -> dict[str, Any]:
    value = {
        "facility": facility,
        "city": "Bay",
        "country": country,
        "geoPoint": {"lat": 12.345, "lon": 6.789},
    }
    path = f"{SITES}[{facility}|Bay|||{country}]"
    sides = (None, value) if op == "added" else (value, None)
    return change("sites", path, *sides, op, site=f"{facility}, Bay, {country}")


def test_an_element_is_told_by_the_fields_that_differ_with_the_changed_words_marked() -> None:
    (difference,) = told(outcome("Overall survival", "Up to 59 months", "Up to 58 months"))
    assert difference.place == "Secondary outcome › Overall survival"
    (field,) = difference.fields
    assert (field.name, field.words) == (
        "Time frame",
        (("=", "Up to"), ("-", "59"), ("+", "58"), ("=", "months")),
    )


def test_what_changed_alike_is_told_once_with_the_names_of_the_others() -> None:
    (difference,) = differences(many_outcomes().changes)
    assert difference.others == "24 more with the same change: time frame 59 → 58 months"
    assert len(set(difference.alike)) == 24


def test_what_changed_otherwise_is_told_by_itself() -> None:
    found = told(outcome("A", "1 year", "2 years"), outcome("B", "1 year", "3 years"))
    assert [each.name for each in found] == ["A", "B"]


def test_sites_are_a_table_by_country_without_coordinates() -> None:
    changes = [site("removed", f"Clinic {n}", "Greece") for n in range(12)]
    changes += [site("added", "Harbour", "Norway"), site("removed", "Hill", "Norway")]
    (difference,) = told(*changes)
    assert [(row.country, row.counts) for row in difference.rows] == [
        ("Greece", "−12"),
        ("Norway", "+1 / −1"),
    ]
    assert difference.heading == "Sites — +1 / −13"
    shown = "\n".join(item_lines(difference))
    assert "− Clinic 3, Bay" in shown
    assert "12.345" not in shown


def test_sites_that_are_only_placed_anew_are_counted() -> None:
    path = f"{SITES}[Hill|Bay|||Norway].geoPoint"
    shown = lines(change("sites", path, {"lat": 1.5}, {"lat": 2.5}, site="Hill, Bay, Norway", computed=True))
    assert shown == ["Sites — changed", "  → 1 site placed anew on the map by the registry"]


def test_one_person_for_another_is_told_by_name_phone_and_e_mail() -> None:
    path = "protocolSection.contactsLocationsModule.centralContacts"
    old, new = (
        {"name": name, "role": "CONTACT", "phone": phone}
        for name, phone in (("Ada Moor", "1"), ("Ben Fell", "2"))
    )
    shown = lines(
        change("contacts", f"{path}[Ada Moor]", old, None, "removed"),
        change("contacts", f"{path}[Ben Fell]", None, new, "added"),
    )
    assert shown == ["Study contact › Ben Fell — changed", "  Name: Ada Moor → Ben Fell", "  Phone: 1 → 2"]


def test_the_phone_of_a_site_s_contact_names_the_site_not_a_path() -> None:
    path = f"{SITES}[Hill|Bay|||Norway].contacts[Ada Moor].phone"
    assert lines(change("contacts", path, "1", "2")) == [
        "Site contact › Hill, Bay, Norway — changed",
        "  Phone: 1 → 2",
    ]


def test_words_of_lists_are_told_together() -> None:
    path = "protocolSection.conditionsModule"
    shown = lines(
        change("conditions", f"{path}.keywords[CD19]", "CD19", None, "removed"),
        change("conditions", f"{path}.keywords[BCMA]", None, "BCMA", "added"),
    )
    assert shown == ["Keyword — changed", "  [-CD19-] {+BCMA+}"]


def test_values_are_told_in_words_and_a_type_that_both_have_once() -> None:
    path = "protocolSection.statusModule"
    assert lines(change("status", f"{path}.overallStatus", "NOT_YET_RECRUITING", "WITHDRAWN")) == [
        "Status: Not yet recruiting → Withdrawn"
    ]
    dates = ({"date": day, "type": "ESTIMATED"} for day in ("2026-10", "2027-01"))
    assert lines(change("dates", f"{path}.completionDateStruct", *dates)) == [
        "Study completion: 2026-10 → 2027-01 (estimated)"
    ]


def test_bookkeeping_is_one_difference_told_last() -> None:
    path = "protocolSection.statusModule"
    (difference,) = told(
        change("administrative", f"{path}.statusVerifiedDate", "2026-06", "2026-09"),
        change("administrative", f"{path}.lastUpdateSubmitDate", "2026-06-01", "2026-09-01"),
    )
    assert difference.minor
    assert [field.name for field in difference.fields] == ["Record verified", "Last update submitted"]


def test_an_identity_with_brackets_is_no_other_field() -> None:
    path = "protocolSection.armsInterventionsModule.armGroups[Dose [a] high].description"
    (difference,) = told(change("arms", path, "Once a day", "Twice a day"))
    assert (difference.name, difference.fields[0].name) == ("Dose [a] high", "Description")


def test_results_are_told_by_their_parts_not_by_their_numbers() -> None:
    value = {"outcomeMeasuresModule": {"outcomeMeasures": [{"title": str(n)} for n in range(900)]}}
    assert lines(change("results", "resultsSection", None, value, "added")) == [
        "Study results: {+outcome measures+}"
    ]


def test_what_stayed_is_cut_before_what_changed() -> None:
    words = (("=", "same " * 500), ("-", "old words"), ("+", "new words"), ("=", "same " * 500))
    kept = truncate_words(words, 200, "trialdelta events x")
    assert [run for run in kept if run[0] != "="] == [("-", "old words"), ("+", "new words")]
    assert sum(len(text) for _, text in kept) < 260


def test_the_mail_of_many_outcomes_is_small_and_no_channel_loses_the_change() -> None:
    message = compose(many_outcomes(), AlertNote("open", "cart"))
    outgoing = an_outgoing(many_outcomes())
    mail = html(outgoing.message, outgoing.id, outgoing.created_at)
    assert len(mail.encode()) < 60_000
    for shown in (mail, text(message), str(blocks(message))):
        assert "24 more with the same change: time frame 59 → 58 months" in shown
