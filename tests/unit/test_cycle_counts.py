"""What a cycle says that it counted: studies once, and entries by watch."""

from collections.abc import Iterable

from sync.cli.sync import sentence
from sync.cycle.report import Met, Report, together


def report(
    counts: dict[str, int], asked: Iterable[int], read: Iterable[int], absent: Iterable[int] = ()
) -> Report:
    met = Met(*(frozenset(f"NCT{number:08}" for number in each) for each in (asked, read, absent)))
    return Report("complete", "2026-09-01", "s", counts=counts, met=met)


def test_studies_that_named_watches_and_the_whole_registry_have_are_counted_once() -> None:
    named = report({"studies": 2, "checked": 2, "baselines": 2, "unchanged": 0}, (1, 2), (1, 2))
    whole = report({"studies": 2000, "checked": 2000, "baselines": 1998, "unchanged": 2}, (1, 2), (1, 2))
    counts = together([named, whole]).counts
    assert counts == {"studies": 2000, "checked": 2000, "baselines": 2000, "unchanged": 0}


def test_a_sweep_by_update_date_holds_some_studies_of_named_watches_and_those_are_counted_once() -> None:
    named = report(
        {"studies": 3, "checked": 2, "changed": 2, "unchanged": 0, "absent": 1}, (1, 2, 3), (1, 2), (3,)
    )
    swept = report(
        {"studies": 30, "checked": 29, "changed": 5, "unchanged": 24, "absent": 1}, (2, 3), (2,), (3,)
    )
    assert together([named, swept]).counts == {
        "studies": 31,
        "checked": 30,
        "changed": 7,
        "unchanged": 23,
        "absent": 1,
    }
    assert together([Report("unchanged", "2026-09-01", "s")]).counts == {}


def test_entries_are_said_to_be_entries_into_watches_not_studies() -> None:
    names = [
        "events",
        "noise",
        "derived",
        "left",
        "absent",
        "unregistered",
        "quarantined",
        "unresolved",
        "troubled",
        "held",
    ]
    counts = dict.fromkeys(names, 0) | {"studies": 297, "checked": 297, "baselines": 297, "entered": 335}
    report = Report("complete", "2026-09-01", "s", counts=counts)
    assert "(297 new, 335 entries into watches)" in sentence(report.as_json())
