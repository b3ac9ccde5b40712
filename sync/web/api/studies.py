"""Studies: what their records say and said, their versions to the byte, what differs, and who reviewed them."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema

from storage import reviews, versions
from storage.errors import UnknownVersion
from storage.payloads import sha256_of
from sync.versions.history import version_named
from sync.web.actions import actions_by
from sync.web.api.fields import Day, Which
from sync.web.api.models import NewReview, PublishedText, Review, ReviewDone, Reviews
from sync.web.api.routes import FOUND, Responses, api_router, problem
from sync.web.dependencies import CurrentService, CurrentUser, NctId, ReadSession
from sync.web.views.base import Parameters
from sync.web.views.study import check, compare, related, view
from sync.web.views.study import study_list as studies
from sync.web.views.study.check_models import CheckView
from sync.web.views.study.compare import CompareView
from sync.web.views.study.related import Related, RelatedQuery
from sync.web.views.study.study_list import Studies, StudiesQuery
from sync.web.views.study.study_models import VersionLine
from sync.web.views.study.timeline import Timeline
from sync.web.views.study.view import StudyView

router = api_router("studies")

Number = Annotated[
    int,
    Path(
        ge=-1_000_000, le=1_000_000, description="The version's number; those of the past count down from 0."
    ),
]
_DAMAGED: Responses = {500: problem("A stored version does not match its hash any more; see `hint`.")}
_RECORD: Responses = {
    200: {
        "description": "The bytes as they came; `x-sha256` is their SHA-256.",
        "content": {"application/json": {"schema": {"type": "object"}}},
        "headers": {"x-sha256": {"schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"}}},
    },
    **FOUND,
    **_DAMAGED,
}


class AsOf(Parameters):
    """As of when a record is wanted; the newest version where nothing is said."""

    as_of: Day | SkipJsonSchema[None] = Field(
        None, description="As it stood on a day; goes before `version`."
    )
    version: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] | SkipJsonSchema[None] = Field(
        None, description="As this version has it."
    )


class Pair(Parameters):
    """The two versions, each by its number or by a day; the newest and the one before it where nothing is said."""

    before: Which | SkipJsonSchema[None] = Field(None, alias="from")
    after: Which | SkipJsonSchema[None] = Field(None, alias="to")


class Versions(BaseModel):
    """A study's versions, newest first."""

    nct_id: str
    versions: list[VersionLine]


@router.get("/studies")
def list_studies(session: ReadSession, query: Annotated[StudiesQuery, Query()]) -> Studies:
    """Studies in a line each, by id: those of a watch, or all that are known."""
    return studies.load(session, query)


@router.get("/studies/{nct_id}", responses=FOUND)
def get_study(
    session: ReadSession, service: CurrentService, nct_id: NctId, query: Annotated[AsOf, Query()]
) -> StudyView:
    """A study as it stands, or its record as it was; its life; what needs somebody."""
    which = query.as_of or (None if query.version is None else str(query.version))
    return view.load(service, session, nct_id, which=which)


@router.get("/studies/{nct_id}/versions", responses=FOUND)
def list_versions(session: ReadSession, service: CurrentService, nct_id: NctId) -> Versions:
    """All stored versions, each with what it made be told."""
    return Versions(nct_id=nct_id, versions=view.load(service, session, nct_id).versions)


@router.get("/studies/{nct_id}/versions/{number}", responses=FOUND)
def get_version(session: ReadSession, service: CurrentService, nct_id: NctId, number: Number) -> VersionLine:
    """One version: when it was first seen, its hash, what it made be told."""
    known = view.load(service, session, nct_id).versions
    found = next((each for each in known if each.number == number), None)
    if found is None:
        raise UnknownVersion(f"{nct_id} has no version {number}")
    return found


@router.get("/studies/{nct_id}/versions/{number}/record", response_class=Response, responses=_RECORD)
def get_record(session: ReadSession, nct_id: NctId, number: Number) -> Response:
    """The record of a version, byte for byte as the registry sent it."""
    # As bytes from the database to the wire: read and written anew they would not match their hash any more.
    raw = versions.payload(session, nct_id, number)
    return Response(raw, media_type="application/json", headers={"x-sha256": sha256_of(raw)})


@router.get("/studies/{nct_id}/timeline", responses=FOUND)
def get_timeline(session: ReadSession, service: CurrentService, nct_id: NctId) -> Timeline:
    """The study's life: statuses, enrollment, dates and their slips, sites."""
    return view.load(service, session, nct_id).timeline


@router.get("/studies/{nct_id}/compare", responses={**FOUND, **_DAMAGED})
def compare_versions(
    session: ReadSession, service: CurrentService, nct_id: NctId, query: Annotated[Pair, Query()]
) -> CompareView:
    """What differs between two versions, as an event would tell it."""
    return compare.load(service, session, nct_id, before=query.before, after=query.after)


@router.get("/studies/{nct_id}/related", responses=FOUND)
def list_related(
    session: ReadSession, service: CurrentService, nct_id: NctId, query: Annotated[RelatedQuery, Query()]
) -> Related:
    """The stored studies that are nearest to one, each with what the two have in common."""
    return related.load(session, nct_id, query, service.now())


@router.post("/studies/{nct_id}/check", responses=_DAMAGED)
def check_text(session: ReadSession, nct_id: NctId, body: PublishedText) -> CheckView:
    """A published page against the record: quick facts, and criteria one by one; nothing is kept, so readers may ask."""
    return check.load(session, nct_id, body.text)


@router.get("/studies/{nct_id}/reviews", responses=FOUND)
def list_reviews(session: ReadSession, service: CurrentService, nct_id: NctId) -> Reviews:
    """Who looked at the study, when, and as of which version."""
    found = reviews.reviews(session, nct_id)
    if not found:
        view.load(service, session, nct_id)  # says so where there is no such study
    return Reviews(reviews=[Review(**asdict(each)) for each in found])


@router.post("/studies/{nct_id}/reviews", status_code=HTTPStatus.CREATED)
def add_review(service: CurrentService, user: CurrentUser, nct_id: NctId, body: NewReview) -> ReviewDone:
    """Note that somebody looked at the study, as of a version; 404 where there is none."""
    with actions_by(service, user) as actions:
        version = version_named(actions.session, nct_id, None if body.version is None else str(body.version))
        done = actions.review(nct_id, version=version, note=body.note or "")
        return ReviewDone(review=Review(**asdict(done)), did=actions.did)
