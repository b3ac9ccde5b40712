"""What every route of the API shares: its place, how it says what went wrong, and an ETag for what it answers."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.types import Receive, Scope, Send

from sync.errors import UsageError
from sync.web.gate import LARGEST_BODY

PREFIX = "/api/v1"
_FRESH = "private, no-cache"
"""Kept by the one who asked, and asked about each time."""

Responses = dict[int | str, dict[str, Any]]
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Fault(BaseModel):
    """What is wrong with a part of the request."""

    loc: list[str | int] = Field(description="Where: query, path or body, then the name.")
    msg: str
    type: str


class Problem(BaseModel):
    """Why the request was not answered, in a sentence or, where the request itself is wrong, fault by fault."""

    detail: str | list[Fault]
    hint: str | None = Field(None, description="What to do about it.")


def problem(sentence: str) -> dict[str, Any]:
    """An answer that is a Problem, as the API's description has it."""
    return {"model": Problem, "description": sentence}


_ALWAYS: Responses = {
    401: problem("Neither a token that is in force nor a visit came with the request."),
    421: problem("The request names a host that is not the console's."),
    422: problem("A parameter or the body is not as described, or a cursor is not one of this list's."),
    503: problem("The database is busy or cannot be reached; try again after `Retry-After` seconds."),
}
_ETAG = {
    "ETag": {"schema": {"type": "string"}, "description": "Send it back as `If-None-Match`."},
}
_READING: Responses = {
    200: {"headers": _ETAG},
    304: {"description": "As when it was given the ETag in `If-None-Match`.", "headers": _ETAG},
}
_ACTING: Responses = {
    403: problem("The account or token may only read, or another site sent the request."),
    404: problem("There is no such thing."),
    409: problem("Something else was done to it since."),
    413: problem(f"A body may have {LARGEST_BODY:,} bytes."),
    415: problem("The body is not JSON (Content-Type: application/json)."),
}
FOUND: Responses = {404: problem("There is no such thing.")}
"""Of routes that read one thing."""

_methods: defaultdict[str, set[str]] = defaultdict(set)


class ApiRoute(APIRoute):
    """A route whose answers to GET carry an ETag, and that says what can go wrong with it."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        usual = _READING if "GET" in options["methods"] else _ACTING
        options["responses"] = _merged(usual, options.get("responses") or {})
        super().__init__(path, endpoint, **options)
        # Each method of a path is a route of its own here, and knows nothing of the others.
        _methods[path] |= self.methods or set()

    def get_route_handler(self) -> Handler:
        """The framework's own, between what it is asked and what it answers."""
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                answer = await handle(request)
            # In the API a wrong value is told like any other fault of the request, whichever layer found it.
            except UsageError as error:
                raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, error.sentence) from error
            except StarletteHTTPException as error:
                raise _unreadable(error) from error
            return with_etag(request, answer) if request.method == "GET" else answer

        return handler

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a method that no route of this path has; the framework would name those of one route only."""
        if scope["method"] not in (self.methods or ()):
            allowed = ", ".join(sorted(_methods[self.path]))
            raise HTTPException(
                HTTPStatus.METHOD_NOT_ALLOWED,
                f"Method not allowed: use {allowed}.",
                headers={"Allow": allowed},
            )
        await super().handle(scope, receive, send)


def api_router(tag: str, **options: Any) -> APIRouter:
    """A router of the API, for one concern."""
    return APIRouter(
        prefix=PREFIX,
        tags=[tag],
        route_class=ApiRoute,
        responses=_ALWAYS,
        # The function's name alone: the framework's own ids hold the path, and would rename what programs made from them
        # call.
        generate_unique_id_function=lambda route: route.name,
        **options,
    )


def with_etag(request: Request, answer: Response) -> Response:
    """The answer with an ETag, made of its bytes; without the bytes if whoever asks has them."""
    if answer.status_code != HTTPStatus.OK:
        return answer
    # Of the bytes, after they were made: nothing can be forgotten in it, at the price that only sending is saved.
    etag = f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
    headers = {"etag": etag, "cache-control": _FRESH}
    if _is_known(etag, request.headers.get("if-none-match", "")):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    answer.headers.update(headers)
    return answer


def _merged(usual: Responses, own: Responses) -> Responses:
    """What a route says of its answers on top of what all say; a header of one takes none of the others' away."""
    merged = {**usual, **own}
    for status in usual.keys() & own.keys():
        headers = {**usual[status].get("headers", {}), **own[status].get("headers", {})}
        merged[status] = {**usual[status], **own[status], **({"headers": headers} if headers else {})}
    return merged


def _is_known(etag: str, known: str) -> bool:
    """A proxy that compresses makes an ETag weak (W/): it still names the same answer."""
    return known.strip() == "*" or etag in (each.strip().removeprefix("W/") for each in known.split(","))


def _unreadable(error: StarletteHTTPException) -> StarletteHTTPException:
    """A body that is not JSON at all is told like any other that is not as described."""
    if error.status_code != HTTPStatus.BAD_REQUEST:
        return error
    return HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, "The body is not JSON in UTF-8.")
