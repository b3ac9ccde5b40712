"""How long the console takes to answer: a histogram by route and class of status, filled by an ASGI middleware."""

from __future__ import annotations

import time
from collections.abc import MutableMapping
from typing import Any

from prometheus_client import CollectorRegistry, Histogram
from starlette.types import ASGIApp, Receive, Scope, Send

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Seconds. A page is to take 0.1 of them at most."""
NO_ROUTE = "none"
"""Stands for what no route took: refused by the gate, or nowhere. The path itself would make a series of each guess."""


def request_histogram(registry: CollectorRegistry) -> Histogram:
    """The histogram, in a registry of its own."""
    return Histogram(
        "trialdelta_http_request_duration_seconds",
        "Time that the console took to answer, by the route's template and the class of the status.",
        ("route", "status"),
        buckets=BUCKETS,
        registry=registry,
    )


class Metering:
    """Takes the time of each request; the outermost middleware, so that waiting at the gate counts."""

    def __init__(self, app: ASGIApp, histogram: Histogram) -> None:
        self.app, self.histogram = app, histogram

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and note when its answer is sent; one that crashes counts as a 500."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, began = 500, time.perf_counter()

        async def noting(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            # The template, not the path: a series for each study would never end.
            route = getattr(scope.get("route"), "path", NO_ROUTE)
            took = time.perf_counter() - began
            self.histogram.labels(route, f"{status // 100}xx").observe(took)
