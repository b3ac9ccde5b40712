"""What is usual, in words."""

from __future__ import annotations

import pytest

from storage.rates import What
from sync.versions.base_rates import words


@pytest.mark.parametrize("status", ["Paused {% raw %}", "{0}", "{was}", "{was.__class__}", "}{"])
def test_a_status_that_is_new_to_the_registry_is_told_by_its_own_words(status: str) -> None:
    assert words(What("status", status), 1) == f"was changed to {status}"
    assert words(What("status", status), 2) == f"were changed to {status}"


def test_known_steps_have_words_of_their_own() -> None:
    assert words(What("status", "SUSPENDED"), 3) == "were suspended"
    assert words(What("left", None), 1) == "left the watch"
