"""What a cycle says that it counted: studies once, and entries by watch."""

from sync.cli.sync import sentence
from sync.cycle.report import Report, together

NAMED = Report(
    "complete", "2026-09-01", "s", counts={"studies": 2, "checked": 2, "baselines": 2, "unchanged": 0}
)
WHOLE = {"studies": 2000, "checked": 2000, "baselines": 1998, "unchanged": 2}


def test_studies_that_named_watches_and_the_whole_registry_have_are_counted_once() -> None:
    counts = together([NAMED, Report("complete", "2026-09-01", "s", counts=WHOLE, holds_all=True)]).counts
    assert counts == {"studies": 2000, "checked": 2000, "baselines": 2000, "unchanged": 0}


def test_a_sweep_by_update_date_need_not_hold_the_studies_of_named_watches() -> None:
    swept = {"studies": 30, "checked": 30, "baselines": 0, "unchanged": 2}
    assert together([NAMED, Report("complete", "2026-09-01", "s", counts=swept)]).counts["studies"] == 32
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
