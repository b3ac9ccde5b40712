"""What all views have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    """What a page and its endpoint show: never changed once made; it can be made of a stored record with the same fields."""

    # Frozen: what is cached is shown to several requests at once.
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Parameters(BaseModel):
    """What a request asks with: a parameter of another name is refused."""

    # Passed over, a misspelt filter would answer with everything, and look right.
    model_config = ConfigDict(frozen=True, extra="forbid")
