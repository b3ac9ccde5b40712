"""Figures for Prometheus: `/metrics`, in its text format or as OpenMetrics, as the one who asks accepts."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics

router = APIRouter(include_in_schema=False)

OPEN_METRICS = "application/openmetrics-text"


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """All figures as they stand now, and how long the console takes to answer."""
    registry = cast(CollectorRegistry, request.app.state.metrics)
    if OPEN_METRICS in request.headers.get("accept", ""):
        content_type = openmetrics.CONTENT_TYPE_LATEST
        body: bytes = openmetrics.generate_latest(registry)  # type: ignore[no-untyped-call]
        return _answer(body, content_type)
    return _answer(generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4)


def _answer(body: bytes, content_type: str) -> Response:
    return Response(body, headers={"content-type": content_type, "vary": "accept"})
