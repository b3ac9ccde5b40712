"""What every value that is shown to people and programs has in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    """What a page and its endpoint show: never changed once made; it can be made of a stored record with the same fields."""

    # Frozen: what is cached is shown to several requests at once.
    model_config = ConfigDict(frozen=True, from_attributes=True)
