"""Mutes: silence about a study, a kind, or a kind of a study, until a day."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import Path

from sync.web.actions import actions_by
from sync.web.api.models import Lifted, MuteDone, Mutes, NewMute
from sync.web.api.routes import api_router
from sync.web.dependencies import CurrentService, CurrentUser, ReadSession
from sync.web.views.mutes import mutes

router = api_router("mutes")

# The largest whole number that JSON's readers agree on; a larger one would fail in the database.
Number = Annotated[int, Path(ge=1, le=2**53 - 1, description="The mute's number.")]


@router.get("/mutes")
def list_mutes(session: ReadSession, service: CurrentService) -> Mutes:
    """The mutes in force, in the order in which they were ordered."""
    return Mutes(mutes=mutes(session, service.now()))


@router.post("/mutes", status_code=HTTPStatus.CREATED)
def add_mute(service: CurrentService, user: CurrentUser, body: NewMute) -> MuteDone:
    """Keep quiet: events are stored all the same, and told to nobody."""
    with actions_by(service, user) as actions:
        number = actions.mute(nct_id=body.nct_id, kind=body.kind, until=body.until, reason=body.reason)
        return MuteDone(number=number, did=actions.did)


@router.delete("/mutes/{number}")
def lift_mute(service: CurrentService, user: CurrentUser, number: Number) -> Lifted:
    """End a mute before its time."""
    with actions_by(service, user) as actions:
        actions.lift(number)
        return Lifted(number=number, did=actions.did)
