"""What a request asks with."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Parameters(BaseModel):
    """What a request asks with: a parameter of another name is refused."""

    # Passed over, a misspelt filter would answer with everything, and look right.
    model_config = ConfigDict(frozen=True, extra="forbid")
