"""The gate that every request passes: the host it names, who asks, what they may, and that a browser's own page sent it.

Host and path are what `target` reads: all that is decided here is decided on the path that is routed. What is not listed
as open needs a visitor, so that a new route cannot be forgotten. A method that may change something needs an operator and,
unless a token came with it, proof that it comes from a page of ours: the browser's word for where the request comes from,
and the token that only our pages know.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.service import Service
from sync.web.authentication import SESSION_COOKIE, Authenticator, Visitor
from sync.web.secrets import csrf_of, new_secret, same
from sync.web.target import NotAHost, named_host, path_and_query, path_of

OPEN = ("/static/", "/feeds/", "/login", "/healthz", "/readyz")
"""Paths (and, with a slash at the end, the names right below) that need no visitor. Below `/feeds/` the name is a secret."""
FOR_READERS = ("/login", "/logout", "/me", "/me/rows")
"""Requests that change nothing but the visitor's own session or cookies."""
TO_CHECK = "/check"
"""Where paths end that compare what is sent with what is stored, and keep nothing: readers may send it too."""
TO_REGISTER = "/pages"
"""Where paths end that take the text of a page to keep it."""
SAFE = ("GET", "HEAD", "OPTIONS")
LARGEST_BODY, LARGEST_PAGE = 256 * 1024, 4 * 1024 * 1024
"""Bytes of what is sent; of a page that is sent to be checked or kept."""
_LOCAL = ("localhost", "127.0.0.1", "::1")

HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Refused(Exception):
    """The request goes no further."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


class Gate:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self.app, self.authenticator = app, Authenticator(service)
        web = service.settings.web
        local = {*_LOCAL, web.host} if web.is_loopback else set()
        # bound to other addresses and given no name, it is reached under names that only its network knows
        self.hosts = {*local, *_LOCAL, *web.hosts} if local or web.hosts else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or answer it here."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        guarded = _with_headers(send, request)
        try:
            receive = await self._admit(request)
        except Refused as refusal:
            await _refusal(request, refusal)(scope, receive, guarded)
        else:
            await self.app(scope, receive, guarded)

    async def _admit(self, request: Request) -> Receive:
        """Whoever may pass does; the request's body, if it was read here, can be read again."""
        self._check_target(request.scope)
        # Asks the database, which must not hold up the event loop.
        visitor = await run_in_threadpool(self.authenticator.visitor, request.headers)
        if visitor is None and not _is_open(path_of(request.scope)):
            raise Refused(HTTPStatus.UNAUTHORIZED, "Sign in, or send a token: Authorization: Bearer tdl_…")
        request.state.visitor = visitor
        if request.method in SAFE:
            _prepare_forms(request)
            return request.receive
        if visitor is not None and not visitor.may_act and not _for_readers(path_of(request.scope)):
            raise Refused(HTTPStatus.FORBIDDEN, "Reading is all that this account or token may do.")
        receive = await _own_page_sent(request, visitor)
        _prepare_forms(request)
        return receive

    def _check_target(self, scope: Scope) -> None:
        """A page elsewhere whose name was pointed at this address (DNS rebinding) names its own host."""
        # http://…/, as if to a proxy; * ; and what a server of another's would take off the path before it is routed
        if not path_of(scope).startswith("/") or scope.get("root_path"):
            raise Refused(HTTPStatus.BAD_REQUEST, "Ask for a path, such as /events.")
        try:
            host, _ = named_host(scope)
        except NotAHost as error:
            raise Refused(
                HTTPStatus.BAD_REQUEST,
                "Name one host in the Host header: a name or an address, perhaps with a port.",
            ) from error
        if self.hosts is not None and host not in self.hosts:
            raise Refused(
                HTTPStatus.MISDIRECTED_REQUEST,
                "This name is not the console's. If it should be, add it to hosts in [web] of the configuration.",
            )


async def _own_page_sent(request: Request, visitor: Visitor | None) -> Receive:
    """Refuse what another site's page made the browser send (CSRF). A token's bearer is not a browser."""
    # Browsers send cookies along by themselves, tokens never.
    if visitor is not None and visitor.via == "token":
        return _replay(await _body(request))
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if site not in (None, "same-origin", "none") or (
        origin and origin.lower().partition("://")[2] != named_host(request.scope)[1]
    ):
        raise Refused(HTTPStatus.FORBIDDEN, "Another site sent this request.")
    if path_of(request.scope).startswith("/api/"):
        # a form of another site can POST, but no JSON; of all else browsers ask first, and get no leave
        if request.method == "POST" and not _is_json(request) and _is_served(request):
            raise Refused(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON (Content-Type: application/json), or a token."
            )
        return _replay(await _body(request))
    body = await _body(request)
    secret = request.cookies.get(SESSION_COOKIE, "")
    given = request.headers.get("x-csrf-token") or _field(body, "csrf")
    # On loopback too, where nobody signs in: other pages in the same browser can reach this port.
    if not secret or not same(given, csrf_of(secret)):
        raise Refused(
            HTTPStatus.FORBIDDEN, "The page was open for too long. Load it again, then repeat what you did."
        )
    return _replay(body)


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0]
    return kind.strip().lower() == "application/json"


def _is_served(request: Request) -> bool:
    """Whether there is a route for the path and the method: if not, that is what is wrong with the request."""
    return any(route.matches(request.scope)[0] is Match.FULL for route in request.app.routes)


async def _body(request: Request) -> bytes:
    body = bytearray()
    most = LARGEST_PAGE if path_of(request.scope).endswith((TO_CHECK, TO_REGISTER)) else LARGEST_BODY
    try:
        # Counted as it comes: the length that a request states is only its word.
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"What is sent may have {most:,} bytes.")
    except ClientDisconnect as error:  # no fault of the console's, so nothing for its log
        raise Refused(HTTPStatus.BAD_REQUEST, "The connection ended before the request did.") from error
    return bytes(body)


def _field(body: bytes, name: str) -> str:
    try:
        return parse_qs(body.decode("ascii"), max_num_fields=5000).get(name, [""])[0]
    except (UnicodeDecodeError, ValueError):
        return ""


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _is_open(path: str) -> bool:
    return path in OPEN or f"{path.rpartition('/')[0]}/" in OPEN


def _for_readers(path: str) -> bool:
    return path in FOR_READERS or path.endswith(TO_CHECK)


def _prepare_forms(request: Request) -> None:
    """What the page's forms must bring back is made from the browser's secret; one that has none yet gets it."""
    secret = request.cookies.get(SESSION_COOKIE)
    if not secret and request.method in SAFE and _wants_page(request):
        secret = request.state.new_secret = new_secret()
    request.state.csrf = csrf_of(secret) if secret else ""


def _wants_page(request: Request) -> bool:
    return not path_of(request.scope).startswith("/api/") and "text/html" in request.headers.get("accept", "")


def cookie(request: Request, name: str, value: str, *, seconds: int | None = None) -> str:
    """A Set-Cookie header: out of reach for scripts, not sent with other sites' forms, over HTTPS alone if that is used."""
    age = "" if seconds is None else f"; Max-Age={seconds}"
    secure = "; Secure" if request.scope["scheme"] == "https" else ""
    return f"{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}"


def _with_headers(send: Send, request: Request) -> Send:
    async def guarded(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            # Pages hold what only who is signed in may see; the back button of a shared machine must not.
            headers.setdefault("cache-control", "no-store")
            if secret := getattr(request.state, "new_secret", None):
                headers.append("set-cookie", cookie(request, SESSION_COOKIE, secret))
        await send(message)

    return guarded


def _refusal(request: Request, refusal: Refused) -> Response:
    """JSON for programs, a page for people; who is not signed in comes to the page for that."""
    if not _wants_page(request):
        bearer = {"www-authenticate": "Bearer"} if refusal.status == HTTPStatus.UNAUTHORIZED else None
        return JSONResponse({"detail": refusal.detail}, refusal.status, bearer)
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        wanted = path_and_query(request.scope) if request.method in SAFE else "/"
        return RedirectResponse(f"/login?next={quote(wanted)}", HTTPStatus.SEE_OTHER)
    from sync.web.render import error_page

    return error_page(request, refusal.status, refusal.detail)
