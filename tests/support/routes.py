"""Every route of the console's application, listed from itself, so that a new one cannot be forgotten."""

from __future__ import annotations

from typing import Any

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

EVENT = "evt_" + "a" * 26
"""An event that there is not."""


def routes_of(app: Any) -> list[tuple[str, str]]:
    """Every method and path of the application, its parameters filled in."""
    filled = {
        "{nct_id}": "NCT90000001",
        "{event_id}": EVENT,
        "{name}": "demo",
        "{watch}": "demo",
        "{number}": "1",
        "{decision}": "release",
    }
    found = []
    for route in _flat(app.routes):
        path = route.path
        for name, value in filled.items():
            path = path.replace(name, value)
        found += [(method, path) for method in sorted(route.methods or ())]
    return found


def _flat(routes: list[BaseRoute]) -> list[APIRoute]:
    flat: list[APIRoute] = []
    for route in routes:
        if isinstance(route, APIRoute):
            flat.append(route)
        else:  # whatever else the framework has wraps routes
            flat += _flat(
                list(
                    getattr(route, "routes", ())
                    or getattr(getattr(route, "original_router", None), "routes", ())
                )
            )
    return flat
