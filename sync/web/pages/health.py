"""For whoever watches the watcher: is the process up, and is it doing its work?"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import text

from sync.health.liveness import health_of
from sync.web.dependencies import CurrentService, ReadSession

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
def healthz(session: ReadSession, service: CurrentService) -> dict[str, Any]:
    """200 while the process answers and its database too."""
    # Proves nothing of polls on purpose: whoever restarts a process by this must not restart it for the registry's sake.
    session.execute(text("SELECT 1"))
    return {"state": "up", "at": service.now().isoformat(timespec="seconds")}


@router.get("/readyz")
def readyz(session: ReadSession, service: CurrentService) -> JSONResponse:
    """200 while polls succeed and every watched record can be read, else 503: what `trialdelta healthcheck` says."""
    health = health_of(session, service.settings.schedule, service.now())
    status = HTTPStatus.OK if health.exit_code == 0 else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse({"state": health.state, "sentence": health.sentence}, status)
