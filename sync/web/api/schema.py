"""The API's description (OpenAPI), for programs that are made from it and for people who read it."""

from __future__ import annotations

from inspect import cleandoc
from typing import Any

import msgspec
from fastapi import FastAPI

from sync.changes.event import Event
from sync.web.api.routes import PREFIX
from sync.web.authentication import SESSION_COOKIE

_ABOUT = """Everything the console's pages show, as JSON, and what people do there.

Lists go on: an answer with a `next` has more behind it; send it back as `cursor`. A cursor stays true when others are
told meanwhile. Every answer to a GET has an `ETag`: send it back as `If-None-Match`, and what is as it was is answered
with 304. What was done is answered with `did`; `undo` takes it back. Times are in UTC; the registry's dates are text,
with the precision that the registry gives them."""

_SCHEMES: dict[str, Any] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token: `trialdelta tokens add NAME --scope read`. One of scope `operate` may also act.",
    },
    "visit": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": "The cookie of whoever signed in with a browser; only the console's own pages may act with it.",
    },
}


_REFERENCE = "#/components/schemas/{name}"
EVENT = _REFERENCE.format(name="Event")
"""Where the description has the format of an event."""


def _event_format() -> dict[str, Any]:
    """The schemas of an event and of its parts, made of the class that goes into JSON and out of it."""
    _, parts = msgspec.json.schema_components([Event], ref_template=_REFERENCE)
    return {
        name: {**schema, "description": cleandoc(schema.get("description", name))}
        for name, schema in parts.items()
    }


def description(app: FastAPI, *, needs_accounts: bool) -> dict[str, Any]:
    """The description of what is under /api/v1. A console that only this machine reaches lets anybody in."""
    whole = app.openapi()
    components: dict[str, Any] = whole.get("components", {})
    # From the class that makes the JSON, so that the description cannot come to differ from it.
    schemas = _event_format() | components.get("schemas", {})
    ways: list[dict[str, list[str]]] = [{name: []} for name in _SCHEMES]
    return {
        **whole,
        "info": {**whole["info"], "title": "trialdelta", "description": _ABOUT},
        "paths": {path: item for path, item in whole["paths"].items() if path.startswith(f"{PREFIX}/")},
        "components": {**components, "schemas": schemas, "securitySchemes": _SCHEMES},
        # The empty way is none at all: on loopback a request without a token is let in.
        "security": ways if needs_accounts else [{}, *ways],
    }
