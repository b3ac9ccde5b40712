"""Invented reasons for stopping a study, sorted by a person: what the sorting of reasons is measured on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sync.changes.kinds.why_stopped import Why, why

_FILE = Path(__file__).with_name("stops.txt")


@dataclass(frozen=True)
class Reason:
    """What a sponsor might write, and how it is sorted; `not-safety` where only that is certain."""

    category: str
    text: str

    @property
    def is_right(self) -> bool:
        sorted_as = why(self.text)
        denied = self.category.removeprefix("not-")
        return sorted_as != denied if denied != self.category else sorted_as == self.category


def reasons() -> list[Reason]:
    """All of them."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return [Reason(*line.split(" | ")) for line in lines]


def recall_and_precision(found: list[Reason]) -> tuple[float, float]:
    """Of the safety reasons those sorted so; of those sorted so, the ones that are."""
    safety = [reason for reason in found if reason.category == Why.SAFETY]
    sorted_so = [reason for reason in found if why(reason.text) is Why.SAFETY]
    both = [reason for reason in safety if reason in sorted_so]
    return len(both) / len(safety), len(both) / len(sorted_so)
