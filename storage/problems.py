"""What a check of the database finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it must be: in which table, of what (a study, a version, an event), and a sentence."""

    what: str
    subject: str
    text: str

    def __str__(self) -> str:
        return self.text

    def as_json(self) -> dict[str, str]:
        """The problem as one object."""
        return {"problem": self.text, "what": self.what, "subject": self.subject}
