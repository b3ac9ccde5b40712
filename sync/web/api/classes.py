"""What studies have to do with CAR-T cells, and a person's decision on it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from storage.errors import UnknownEntry
from sync.cohort.vocabulary import Area, Source, TrialClass
from sync.versions.class_decisions import decided_answers
from sync.web.actions import actions_by
from sync.web.api.models import Body
from sync.web.api.routes import FOUND, api_router
from sync.web.dependencies import CurrentService, CurrentUser, NctId, ReadSession
from sync.web.views.study.study_class import OpenClasses, StudyClassView, class_view, open_classes

router = api_router("classes")


_DECIDED = ("study_class", "antigens", "source", "area")


def _said(name: str) -> dict[str, Any]:
    """In the API's description: that this field says something."""
    return {"required": [name], "properties": {name: {"pattern": "[A-Za-z]"}}}


class DecidedClass(Body):
    """What the study is; what is left out stays as it was decided before, or as the classifier has it."""

    model_config = ConfigDict(
        **Body.model_config, json_schema_extra={"anyOf": [_said(name) for name in _DECIDED]}
    )

    study_class: TrialClass | Literal[""] = ""
    antigens: str = Field(
        "", max_length=400, description="Between commas; `none` for none; empty: not decided."
    )
    source: Source | Literal[""] = ""
    area: Area | Literal[""] = ""
    reason: str = Field(max_length=1000, pattern=r"\S", examples=["The protocol says so."])


class Undecided(Body):
    """Why a decision is taken back."""

    reason: str = Field(max_length=1000, pattern=r"\S", examples=["The record says it now."])


@router.get("/classes")
def list_open_classes(session: ReadSession) -> OpenClasses:
    """The studies whose class asks for a person's look, with the words that it rests on."""
    return open_classes(session)


@router.get("/studies/{nct_id}/class", responses=FOUND)
def get_class(session: ReadSession, nct_id: NctId) -> StudyClassView:
    """What a study has to do with CAR-T cells: class, antigens, source, area, with the record's words."""
    found = class_view(session, nct_id)
    if found is None:
        raise UnknownEntry(f"No record of {nct_id} is classified.")
    return found


@router.post("/studies/{nct_id}/class")
def decide_class(
    service: CurrentService, user: CurrentUser, nct_id: NctId, body: DecidedClass
) -> StudyClassView:
    """Decide what a study is: it stays, whatever the record comes to say."""
    values = {"class": body.study_class, "antigens": body.antigens, "source": body.source, "area": body.area}
    decided = decided_answers({name: value for name, value in values.items() if value})
    with actions_by(service, user) as actions:
        actions.decide_class(nct_id, decided, body.reason, service.settings.watch)
        return _found(class_view(actions.session, nct_id))


@router.post("/studies/{nct_id}/class/undo")
def undo_class(service: CurrentService, user: CurrentUser, nct_id: NctId, body: Undecided) -> StudyClassView:
    """Take back what was decided of a study: what the classifier says holds again."""
    with actions_by(service, user) as actions:
        actions.decide_class(nct_id, None, body.reason, service.settings.watch)
        return _found(class_view(actions.session, nct_id))


def _found(view: StudyClassView | None) -> StudyClassView:
    assert view is not None, "what was decided on is classified"
    return view
