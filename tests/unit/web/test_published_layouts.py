"""A whole page pasted, in many layouts: its facts and criteria are found, true ones called right, old ones outdated."""

from __future__ import annotations

import pytest

from sync.alerts.published.check import check_page
from sync.alerts.published.models import PageCheck
from tests.support.published_study import CHANGED, LAYOUTS, NCT, known, page


def checked(layout: str, version: int) -> PageCheck:
    return check_page(NCT, page(layout, version), known())


@pytest.mark.parametrize(("layout", "printed"), LAYOUTS, ids=range(len(LAYOUTS)))
def test_what_is_true_is_called_right_and_nothing_else(layout: str, printed: str) -> None:
    found = checked(layout, 3)
    states = {fact.name: fact.state for fact in found.facts}
    assert {name: states[name] for name in printed.split()} == dict.fromkeys(printed.split(), "right")
    assert not {name for name, state in states.items() if state not in ("right", "not_found")}
    assert (found.verdict, found.state, found.other_ids) == ("current", "holds", ())


@pytest.mark.parametrize(("layout", "printed"), LAYOUTS, ids=range(len(LAYOUTS)))
def test_what_changed_since_is_called_outdated_since_its_version(layout: str, printed: str) -> None:
    found = checked(layout, 2)
    states = {fact.name: fact for fact in found.facts}
    for name in printed.split():
        assert states[name].state == ("outdated" if name in CHANGED else "right"), (name, states[name])
        since = states[name].since
        assert (since and (since.version, since.release)) == ((3, "2026-09-01") if name in CHANGED else None)
    assert (found.verdict, found.state) == ("outdated", "differs")
    assert found.nearest
    assert (found.nearest.version, found.nearest.differs) == (2, 0)


def test_there_are_as_many_layouts_as_promised() -> None:
    assert len(LAYOUTS) >= 30
    assert len({layout for layout, _ in LAYOUTS}) == len(LAYOUTS)
