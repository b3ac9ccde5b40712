"""Mutes: silence about a study, a kind, or a kind of a study, until a day."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import Path

from sync.web.actions import doing
from sync.web.api.models import Lifted, MuteDone, Mutes, NewMute
from sync.web.api.routes import api_router
from sync.web.dependencies import Asking, Desk, Reading
from sync.web.views.mutes import mutes

router = api_router("mutes")

# The largest whole number that JSON's readers agree on; a larger one would fail in the database.
Number = Annotated[int, Path(ge=1, le=2**53 - 1, description="The mute's number.")]


@router.get("/mutes")
def list_mutes(session: Reading, desk: Desk) -> Mutes:
    """The mutes in force, in the order in which they were ordered."""
    return Mutes(mutes=mutes(session, desk.now()))


@router.post("/mutes", status_code=HTTPStatus.CREATED)
def add_mute(desk: Desk, asking: Asking, body: NewMute) -> MuteDone:
    """Keep quiet: events are stored all the same, and told to nobody."""
    with doing(desk, asking) as deeds:
        number = deeds.mute(nct_id=body.nct_id, kind=body.kind, until=body.until, reason=body.reason)
        return MuteDone(number=number, did=deeds.did)


@router.delete("/mutes/{number}")
def lift_mute(desk: Desk, asking: Asking, number: Number) -> Lifted:
    """End a mute before its time."""
    with doing(desk, asking) as deeds:
        deeds.lift(number)
        return Lifted(number=number, did=deeds.did)
