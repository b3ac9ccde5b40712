"""Where the API says what it is."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from sync.web.api.routes import api_router
from sync.web.api.schema import description
from sync.web.dependencies import CurrentService

router = api_router("about")


@router.get("/openapi.json")
def get_description(request: Request, service: CurrentService) -> dict[str, Any]:
    """The description of the API that this is a part of (OpenAPI)."""
    return description(request.app, needs_accounts=service.settings.web.needs_accounts)
