"""Signing in and out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from http import HTTPStatus
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Annotated

import structlog
from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from storage import accounts
from sync import logs
from sync.service import Service
from sync.timing.clock_watch import ClockWatch
from sync.web import secrets
from sync.web.authentication import SESSION_COOKIE
from sync.web.dependencies import CurrentService
from sync.web.gate import cookie
from sync.web.pages.actions import local_path
from sync.web.render import page

router = APIRouter(include_in_schema=False)
log = structlog.get_logger("web")

PER_ACCOUNT = RateLimitItemPerMinute(5, 5)
"""Attempts at one account: five in five minutes from all addresses that it was not used from, five from each other one."""
PER_ADDRESS = RateLimitItemPerMinute(20, 5)
"""Attempts from one address at accounts that were not used from it."""
KNOWN_FOR = timedelta(days=30)
MOST_KNOWN = 10
"""Addresses that an account is known from: so many times more than a stranger may they guess who are at all of them."""


class LoginLimiter:
    """Counts attempts to sign in; made once for an application.

    Were all counted alike, a stranger who guesses at an account would keep its owner out. So who comes from where the
    account was used lately is counted apart; strangers, however many, share what is for strangers.
    """

    def __init__(self, clock: ClockWatch | None = None) -> None:
        # In memory: a restart forgets the counts, which helps nobody who cannot restart us.
        self._counts = MemoryStorage()
        self._limiter = MovingWindowRateLimiter(self._counts)
        self._clock = clock or ClockWatch()

    def lets_try(self, name: str, address: str, known: Collection[str] = ()) -> bool:
        """Whether another attempt at this account from this address is let through; counts it.

        `known`: addresses from which the account was used lately.
        """
        if self._clock.step() < timedelta(0):
            self._counts.reset()  # attempts of an hour that comes again would shut people out till it is over
        place, account = _place(address), name.casefold()
        if place in map(_place, known):
            return self._limiter.hit(PER_ACCOUNT, "account from", account, place)
        # The address first, so that a flood from one of them is not counted against the account.
        by_address = self._limiter.hit(PER_ADDRESS, "address", place)
        return by_address and self._limiter.hit(PER_ACCOUNT, "account", account)


def _place(address: str) -> str:
    """What counts as one address: of IPv6 the network, in which a machine takes another address every day."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((int(found), 64), strict=False))


@router.get("/login", response_class=HTMLResponse)
def ask(request: Request, back: Annotated[str, Query(alias="next", max_length=2000)] = "/") -> Response:
    """The form; whoever is signed in goes on."""
    if request.state.visitor is not None:
        return RedirectResponse(local_path(back), HTTPStatus.SEE_OTHER)
    return page(request, "login.html.j2", back=local_path(back), problem="", name="")


@router.post("/login")
def sign_in(
    request: Request,
    service: CurrentService,
    name: Annotated[str, Form(max_length=64)],
    password: Annotated[str, Form(max_length=256)],
    back: Annotated[str, Form(alias="next", max_length=2000)] = "/",
) -> Response:
    """Begin a visit, or say no more than that name or password is wrong."""
    address = request.client.host if request.client else ""
    with service.database.read() as session:
        known = accounts.addresses(session, name, since=service.now() - KNOWN_FOR, most=MOST_KNOWN)
    # Before the password is looked at: each verification takes time and memory, on purpose.
    if not request.app.state.login_limiter.lets_try(name, address, known):
        _log_refusal(service, name, address, "too many attempts")
        return _again(
            request, back, name, "Too many attempts. Wait five minutes.", HTTPStatus.TOO_MANY_REQUESTS
        )
    secret = _begin_visit(service, name, password, address)
    if secret is None:
        _log_refusal(service, name, address, "name or password is wrong")
        return _again(request, back, name, "Name or password is wrong.", HTTPStatus.UNAUTHORIZED)
    log.info(logs.CONSOLE_SIGNED_IN, name=name, address=address)
    answer = RedirectResponse(local_path(back), HTTPStatus.SEE_OTHER)
    seconds = int(service.settings.web.session_hours * 3600)
    answer.headers.append("set-cookie", cookie(request, SESSION_COOKIE, secret, seconds=seconds))
    return answer


def _log_refusal(service: Service, name: str, address: str, reason: str) -> None:
    """A name that no account has is left out: it may be a password, typed into the wrong field."""
    with service.database.read() as session:
        known = accounts.account(session, name) is not None
    log.warning(logs.CONSOLE_SIGN_IN_REFUSED, name=name if known else None, address=address, reason=reason)


def _begin_visit(service: Service, name: str, password: str, address: str) -> str | None:
    """The secret of a new visit: always a new one, so that one planted before is worth nothing. None where refused."""
    with service.database.read() as session:
        known = accounts.password_hash(session, name)
    if not secrets.verify(password, known) or known is None:
        return None
    # Now, when the password is at hand; before the transaction, since hashing takes long on purpose.
    better = secrets.hash_password(password) if secrets.needs_rehash(known) else None
    secret, now = secrets.new_secret(), service.now()
    ends_at = now + timedelta(hours=service.settings.web.session_hours)
    with service.database.write() as session:
        if accounts.password_hash(session, name) != known:
            return None  # changed, or disabled, while it was being verified
        if better:
            accounts.rehash(session, name, better)
        accounts.begin_visit(session, secrets.fingerprint(secret), name, at=now, ends_at=ends_at)
        accounts.note_sign_in(session, name, address, now)
    return secret


@router.post("/logout")
def sign_out(request: Request, service: CurrentService) -> RedirectResponse:
    """End the visit, here and in the database."""
    if secret := request.cookies.get(SESSION_COOKIE):
        with service.database.write() as session:
            accounts.end_visit(session, secrets.fingerprint(secret))
    answer = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    answer.headers.append("set-cookie", cookie(request, SESSION_COOKIE, "", seconds=0))
    return answer


def _again(request: Request, back: str, name: str, problem: str, status: HTTPStatus) -> HTMLResponse:
    return page(request, "login.html.j2", status=status, back=local_path(back), problem=problem, name=name)
