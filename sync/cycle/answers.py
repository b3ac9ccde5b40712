"""Whether the registry's answers are whole: of each question of a cycle, what was expected, seen and refused."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass

from sync.cycle.context import Counts
from sync.words import counted

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """One question of a cycle and what came. Whole: all that the registry counts was seen, or is accounted for by name.

    `watch`: whose search it is; empty for the records themselves. `asked`: "the search for condition “lupus”", "records".
    """

    watch: str
    asked: str
    expected: int | None
    """Studies that the registry counts, or records that were asked for; None where it did not get as far as that."""
    seen: int = 0
    refused: int = 0
    """Records that came and cannot be read."""
    alone: int = 0
    """Records that did not come among the others, and were asked for one by one."""
    requests: int = 0
    problem: str = ""
    """What is missing, and why."""

    @property
    def is_whole(self) -> bool:
        """Whether it is proved that nothing is missing."""
        return self.expected is not None and not self.problem

    @property
    def sentence(self) -> str:
        """ "2,276 of 2,276 read, 0 refused, 31 requests"; "PARTIAL: …" where it is not whole."""
        of = "of an unknown number" if self.expected is None else f"of {self.expected:,}"
        told = [f"{self.seen:,} {of} read", f"{self.refused:,} refused"]
        told += [f"{self.alone:,} asked for one by one"] if self.alone else []
        told.append(counted(self.requests, "request"))
        return ("" if self.is_whole else "PARTIAL: ") + ", ".join(told)

    def as_json(self) -> dict[str, object]:
        """The answer by its parts, as the ledger keeps it."""
        return {**asdict(self), "whole": self.is_whole, "sentence": self.sentence}


class Answers(dict[tuple[str, str], Answer]):
    """The answers of one cycle, by watch and question: the last one, where something was asked twice."""

    def note(self, answer: Answer) -> None:
        """One more answer, or a later one to the same question."""
        self[answer.watch, answer.asked] = answer

    def note_records(
        self, wanted: int, before: Counts, after: Counts, unresolved: Collection[str], requests: int
    ) -> None:
        """What came of the records, by the counts before they were asked for and after.

        Those that did not come among the others were asked for one by one.
        """
        seen, refused = after.checked - before.checked, after.quarantined - before.quarantined
        missing = ", ".join(sorted(unresolved)[:_NAMED])
        problem = f"the registry says nothing clear of {missing}" if missing else ""
        alone = max(0, wanted - seen - refused)
        if wanted:
            self.note(Answer("", "records", wanted, seen, refused, alone, requests, problem))

    def as_json(self) -> list[dict[str, object]]:
        """For the ledger and for programs."""
        return [answer.as_json() for answer in self.values()]
