"""What studies have to do with CAR-T cells: `/classes`, those that ask for a person's look; and a person's decision."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from storage.classes import Answer, class_of
from sync.versions.class_decisions import decided_answers
from sync.web.actions import actions_by
from sync.web.dependencies import CurrentService, CurrentUser, NctId, ReadSession
from sync.web.pages.actions import back_to
from sync.web.render import page
from sync.web.views.study.study_class import open_classes

router = APIRouter(include_in_schema=False)


@router.get("/classes", response_class=HTMLResponse)
def show(request: Request, session: ReadSession) -> HTMLResponse:
    """The studies of which nobody is certain what they are."""
    return page(request, "classes.html.j2", found=open_classes(session))


@router.post("/studies/{nct_id}/class")
def decide(
    service: CurrentService,
    user: CurrentUser,
    nct_id: NctId,
    study_class: Annotated[str, Form(max_length=40)] = "",
    antigens: Annotated[str, Form(max_length=400)] = "",
    source: Annotated[str, Form(max_length=40)] = "",
    area: Annotated[str, Form(max_length=40)] = "",
    reason: Annotated[str, Form(max_length=1000)] = "",
    unset: Annotated[bool, Form()] = False,
    back: Annotated[str, Form(alias="next", max_length=2000)] = "",
) -> Response:
    """Decide what the study is, or take back what was decided."""
    typed = {"class": study_class, "antigens": antigens or "none", "source": source, "area": area}
    with actions_by(service, user) as actions:
        decided = None if unset else _other_than_now(actions.session, nct_id, decided_answers(typed))
        actions.decide_class(nct_id, decided, reason, service.settings.watch)
        if back:
            return back_to(back, actions.did)
    return RedirectResponse(f"/studies/{nct_id}#class", HTTPStatus.SEE_OTHER)


def _other_than_now(session: Session, nct_id: str, answers: Answer) -> Answer:
    """The answers that are not those that stand: the form sends all four. Where all stand, the class is confirmed."""
    stands = class_of(session, nct_id)
    if stands is None:
        return answers
    changed = {name: value for name, value in answers.items() if value != stands.answer[name]}
    return changed or {"class": stands.study_class}
