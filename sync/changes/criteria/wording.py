"""A criterion as it is worded at one time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """A criterion's text and where it stands: its section, and the criteria and titles above it, nearest first."""

    text: str
    section: str
    headers: Sequence[str]
