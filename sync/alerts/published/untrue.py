"""What of a registered page does not hold, as it is told: apart from what finds it, which takes long to import."""

from __future__ import annotations

from pydantic import Field

from sync.view import View


class Untrue(View):
    """One sentence of a page that does not hold."""

    title: str = Field(description="What it is about: a fact, or a list of criteria.")
    page: str = Field(description="What the page says; empty for a criterion that it does not have.")
    record: str = Field(description="What the record says; empty where it gives nothing of the kind.")
    since: str | None = Field(description="The release in which that was first seen, where it is known.")


class OutdatedPage(View):
    """A page that held until an event."""

    url: str
    reviewed: str | None = Field(description="When its publisher last reviewed it (YYYY-MM-DD).")
    untrue: tuple[Untrue, ...]
