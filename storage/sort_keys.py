"""The numbers that lists of studies are put in order by, out of what is kept as JSON: an index has them."""

from __future__ import annotations

from typing import Any

_MOST = 2**31 - 1
"""What PostgreSQL's integer holds; a record that says more is in no order by it."""


def enrolled(enrollment: Any) -> int | None:
    """How many people a study has, or wants; None where its record says no usable number."""
    number = enrollment.get("count") if isinstance(enrollment, dict) else None
    is_usable = isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= _MOST
    return number if is_usable else None


def country_count(facts: Any) -> int | None:
    """In how many countries a study has sites; None where none is named."""
    countries = facts.get("countries") if isinstance(facts, dict) else None
    return len(countries) or None if isinstance(countries, list | tuple) else None
