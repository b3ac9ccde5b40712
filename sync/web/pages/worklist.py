"""The editor's worklist: `/worklist`, and as a file."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response

from storage import worklist
from sync.changes.model import Kind, Severity
from sync.web.dependencies import CurrentService, ReadSession
from sync.web.export import Form, NoParquet, Separator, export
from sync.web.render import page
from sync.web.target import path_and_query
from sync.web.views import stored
from sync.web.views import worklist as view
from sync.web.views.worklist import EXPORTED, WorklistQuery

router = APIRouter(prefix="/worklist", include_in_schema=False)


class ExportQuery(WorklistQuery):
    """Which studies, and what stands between the columns of a CSV."""

    sep: Separator = ","


@router.get("", response_class=HTMLResponse)
def show(
    request: Request,
    session: ReadSession,
    service: CurrentService,
    query: Annotated[WorklistQuery, Query()],
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """Studies that changed since they were last reviewed."""
    asked = query.model_dump(mode="json", exclude_defaults=True)
    return page(
        request,
        "worklist.html.j2",
        found=view.load(session, query, service.now(), number),
        asked=asked,
        query_of=query,
        here=path_and_query(request.scope),
        filtered=bool(asked.keys() - {"show", "sort"}),
        watches=[watch.name for watch in service.settings.watch],
        statuses=sorted(stored.statuses(session, service.now())),
        reviewers=worklist.reviewers(session),
        all_kinds=list(Kind),
        all_severities=list(Severity),
    )


@router.get("/export.{form}")
def download(
    session: ReadSession, service: CurrentService, form: Form, query: Annotated[ExportQuery, Query()]
) -> Response:
    """All studies that are asked for, as a file."""
    stem = f"trialdelta-worklist-{service.now():%Y-%m-%d}"
    try:
        file = export(
            view.everything(session, query, service.now()), EXPORTED, form, stem, separator=query.sep
        )
    except NoParquet as error:
        raise HTTPException(501, f"{error.sentence} {error.hint}") from error
    headers = {"content-disposition": f'attachment; filename="{file.name}"'}
    return Response(file.body, media_type=file.media_type, headers=headers)
