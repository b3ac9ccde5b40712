"""The console's application: routes, the gate around them, and what is answered when something goes wrong."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache, partial
from http import HTTPStatus

import anyio.to_thread
import structlog
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from prometheus_client import CollectorRegistry
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.routing import BaseRoute

from storage.errors import (
    AlreadyThere,
    ChangedSince,
    DatabaseBusy,
    DatabaseUnavailable,
    StorageError,
    UnknownEntry,
    UnknownVersion,
)
from sync import __version__, logs
from sync.errors import TrialdeltaError, UsageError
from sync.registry.errors import RegistryError
from sync.service import Service
from sync.watches.edits import FileWatch
from sync.web import api, files
from sync.web.actions import BusyTesting
from sync.web.api.schema import description
from sync.web.dependencies import only_known_names
from sync.web.gate import Gate
from sync.web.metering import Metering, request_histogram
from sync.web.metrics import ServiceMetrics
from sync.web.pages import ROUTERS
from sync.web.pages.feeds import FeedLimiter
from sync.web.pages.login import LoginLimiter
from sync.web.render import error_page
from sync.web.secrets import without_tokens
from sync.web.target import path_of

WORKERS = 8
"""Requests that are worked on at once: no more than the database has connections for."""

log = structlog.get_logger("web")


def create_app(service: Service) -> FastAPI:
    """The application of a service."""
    app = FastAPI(
        title="trialdelta",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=_few_workers,
        exception_handlers={
            StarletteHTTPException: _http_error,
            RequestValidationError: _wrong_request,
            TrialdeltaError: _our_error,
            Exception: _crash,
        },
    )
    app.state.service = service
    app.state.described = partial(description, app)
    app.state.login_limiter = LoginLimiter()
    app.state.feed_limiter = FeedLimiter()
    app.router.routes.extend(_routes())
    app.add_middleware(Gate, service=service)
    app.state.metrics = CollectorRegistry()
    app.state.metrics.register(ServiceMetrics(lambda: app.state.service))
    app.add_middleware(Metering, histogram=request_histogram(app.state.metrics))
    return app


@cache
def _routes() -> list[BaseRoute]:
    """Every route, once for all applications of a process: reading the parameters of them takes a third of a second."""
    together = APIRouter()
    for router in (files.router, *ROUTERS, *api.ROUTERS):
        together.include_router(router, dependencies=[Depends(only_known_names)])
    return together.routes


@asynccontextmanager
async def _few_workers(_app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = WORKERS
    yield


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    return _answer(request, error.status_code, str(error.detail), headers=dict(error.headers or {}))


async def _wrong_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [{"loc": list(each["loc"]), "msg": each["msg"], "type": each["type"]} for each in error.errors()]
    if _is_api(request):
        return JSONResponse({"detail": faults}, HTTPStatus.UNPROCESSABLE_ENTITY)
    if to := _meant(request):
        return RedirectResponse(to, HTTPStatus.SEE_OTHER)
    if any(fault["loc"][0] == "path" for fault in faults):
        return error_page(request, HTTPStatus.NOT_FOUND, _NO_SUCH_ADDRESS)
    words = "; ".join(f"{'.'.join(map(str, fault['loc'][1:]))}: {fault['msg']}" for fault in faults)
    return error_page(request, HTTPStatus.UNPROCESSABLE_ENTITY, words)


_NO_SUCH_ADDRESS = (
    "No study or event has such an address. A study's is /studies/ with its NCT ID (NCT and eight digits), an event's is "
    "/events/ with its id, which begins with evt_. Search for what you mean."
)


def _meant(request: Request) -> str | None:
    """Where a path leads that names a study as people type it: in small letters, or with spaces around."""
    found = re.fullmatch(
        r"/studies/ *(nct\d{8}) *(/[a-z]+)?/?", path_of(request.scope), re.IGNORECASE | re.ASCII
    )
    if not found or request.method != "GET":
        return None
    # of the scope, as the gate reads it: the framework's own address is made from the Host header
    asked = request.scope["query_string"].decode("latin-1")
    query = f"?{asked}" if asked else ""
    to = f"/studies/{found[1].upper()}{found[2] or ''}"
    return f"{to}{query}" if to != path_of(request.scope) else None


_STATUS: tuple[tuple[type[TrialdeltaError], HTTPStatus], ...] = (
    (ChangedSince, HTTPStatus.CONFLICT),
    (AlreadyThere, HTTPStatus.CONFLICT),
    (FileWatch, HTTPStatus.CONFLICT),
    (BusyTesting, HTTPStatus.TOO_MANY_REQUESTS),
    (UnknownVersion, HTTPStatus.NOT_FOUND),
    (UnknownEntry, HTTPStatus.NOT_FOUND),
    (UsageError, HTTPStatus.BAD_REQUEST),
    (RegistryError, HTTPStatus.BAD_GATEWAY),
    (DatabaseBusy, HTTPStatus.SERVICE_UNAVAILABLE),
    (DatabaseUnavailable, HTTPStatus.SERVICE_UNAVAILABLE),
)


async def _our_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, TrialdeltaError)
    status = next(
        (status for kind, status in _STATUS if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR
    )
    if isinstance(error, StorageError) and status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error(
            logs.CONSOLE_FAILED,
            path=without_tokens(path_of(request.scope)),
            problem=str(error),
            hint=error.hint,
        )
    headers = {"retry-after": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    hint = "" if isinstance(error, UsageError) else error.hint  # that one is for the command line
    return _answer(request, status, error.sentence, hint=hint, headers=headers)


async def _crash(request: Request, error: Exception) -> Response:
    """Told in the log with its traceback; whoever asked gets no more than that it happened."""
    log.error(logs.CONSOLE_FAILED, path=without_tokens(path_of(request.scope)), exc_info=error)
    return _answer(
        request, HTTPStatus.INTERNAL_SERVER_ERROR, "This is a fault of the console; its log has the details."
    )


def _answer(
    request: Request, status: int, detail: str, *, hint: str = "", headers: dict[str, str] | None = None
) -> Response:
    if _is_api(request):
        body = {"detail": detail, **({"hint": hint} if hint else {})}
        return JSONResponse(body, status, headers)
    answer = error_page(request, status, detail, hint)
    answer.headers.update(headers or {})
    return answer


def _is_api(request: Request) -> bool:
    return path_of(request.scope).startswith("/api/") or "text/html" not in request.headers.get(
        "accept", "text/html"
    )
