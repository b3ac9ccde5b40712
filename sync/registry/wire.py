"""The one way by which the registry is asked: one request at a time, paced, and again where the trouble passes by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlencode

import httpx
import structlog

from sync.errors import ConfigError
from sync.net.deadline import Deadline
from sync.net.transport import Transport
from sync.registry.access import Access, proxy_of
from sync.registry.answers import MAX_BYTES, Answer, json_of
from sync.registry.errors import BadRequest, Blocked, BusyAsking, Interrupted, RegistryError, Unavailable
from sync.registry.identity import Identity, tls_context, trusting_nobody
from sync.registry.pacing import Pace, Patience
from sync.registry.user_agent import check_user_agent
from sync.words import apart

T = TypeVar("T")

REGISTRY_ASKED = "registry_asked"
REGISTRY_ASKED_AGAIN = "registry_asked_again"

_CONNECT_S = 15.0
_LEAST_S = 2.0
_MAX_URL = 6000
"""The registry's web server answers an over-long address with an HTML page; a hundred ids need 1,400 characters."""

log = structlog.get_logger("registry")


def address_with(address: str, params: Mapping[str, str]) -> httpx.URL:
    """An address with these parameters, as `httpx.URL(address, params=params)` is.

    httpx looks at a query sign by sign, and then at each of its escapes: for a hundred ids that takes 0.3 ms. One that is
    encoded here has no sign that it would have to write otherwise.
    """
    url = httpx.URL(_bare(address))
    if params:
        url._uri_reference = url._uri_reference._replace(query=urlencode(params))
    return url


@lru_cache(maxsize=8)
def _bare(address: str) -> httpx.URL:
    return httpx.URL(address, params={})


class Wire:
    """Asks one address after the other. `clock` and `sleep` are passed in; so is httpx's transport, in tests."""

    def __init__(
        self,
        access: Access,
        *,
        identity: Identity | None = None,
        patience: Patience | None = None,
        max_bytes: int = MAX_BYTES,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self.requests = 0
        self._stop = threading.Event()
        self._one_at_a_time = threading.Lock()
        self._clock = clock
        self._sleep = sleep or self._stop.wait
        self._pace = Pace(clock, self._rest)
        self._interval_s = access.min_interval_s
        self._patience = patience or Patience(retries=access.retries)
        self._max_bytes = max_bytes
        self._timeout_s = access.timeout_s
        self._identity = identity or Identity.of(access)
        self._told = Identity.of(access).user_agent
        if objection := check_user_agent(self._identity.user_agent):
            raise ConfigError(f"registry.user_agent (with registry.contact) {objection}")
        self._deadline = Deadline(
            clock=clock, is_stopping=self._stop.is_set, grace_s=0.0, stopped=Interrupted
        )
        self._client = self._make_client(transport or self._make_transport(access))

    def get(
        self,
        address: str,
        params: Mapping[str, str] | None = None,
        *,
        read: Callable[[bytes], T],
        pause_s: float | None = None,
        within_s: float | None = None,
        max_bytes: int | None = None,
    ) -> T:
        """What `read` makes of the JSON at `address`, `pause_s` after the last request (else as the settings say).

        `within_s`: asked once, for somebody who waits at a page. `max_bytes`: the most that is taken in, where an answer
        may be larger than usual.
        Raises the errors of sync.registry.errors; `read` raises Unreadable for JSON that is not what was asked for.
        """
        url = address_with(address, params or {})
        if len(str(url)) > _MAX_URL:
            raise BadRequest(f"the address for {url.path} is longer than {_MAX_URL} characters")
        pause = self._interval_s if pause_s is None else pause_s
        if within_s is not None:
            return self._once(lambda timeout_s: read(self._ask(url, pause, timeout_s)), within_s)
        with self._one_at_a_time:
            # One in flight, whoever asks: the thread that fetches ahead, or a cycle that asks for a study by itself. More
            # get 429.
            return self._patiently(url.path, lambda: read(self._ask(url, pause, max_bytes=max_bytes)))

    def introduce(self, access: Access) -> None:
        """Send another User-Agent from the next request on, if the settings have another contact now."""
        name = Identity.of(access).user_agent
        if name != self._told:
            self._told, self._identity = name, replace(self._identity, user_agent=name)
            self._client.headers["User-Agent"] = name

    def close(self) -> None:
        """Ends a request that is under way, and all further ones, with Interrupted."""
        self._stop.set()
        with self._one_at_a_time:
            self._client.close()

    def _once(self, ask: Callable[[float], T], within_s: float) -> T:
        """One try, with what of the time the others who ask have left: a cycle asks for minutes."""
        began = self._clock()
        if not self._one_at_a_time.acquire(timeout=within_s):
            raise BusyAsking
        try:
            left = within_s - (self._clock() - began)
            return ask(max(min(left, self._timeout_s), _LEAST_S))
        finally:
            self._one_at_a_time.release()

    def _patiently(self, path: str, ask: Callable[[], T]) -> T:
        began, attempt = self._clock(), 0
        while True:
            try:
                return ask()
            # Passes by itself, as the class says, but for the next run: this client is closed.
            except Interrupted:
                raise
            except RegistryError as error:
                wait = self._patience.wait(error, attempt, self._clock() - began)
                if wait is None:
                    raise
                self._log_failure(path, error, wait)
            self._rest(wait)
            attempt += 1

    def _log_failure(self, path: str, error: RegistryError, wait: float) -> None:
        kind, reason = type(error).__name__, str(error)
        log.debug(REGISTRY_ASKED_AGAIN, path=path, error=kind, reason=reason, wait_s=round(wait, 1))

    def _ask(
        self,
        url: httpx.URL,
        pause: float,
        timeout_s: float | None = None,
        max_bytes: int | None = None,
    ) -> bytes:
        self._pace.wait(pause)
        self._check_open()
        self.requests += 1
        began = self._clock()
        answer = self._exchange(url, timeout_s or self._timeout_s, max_bytes or self._max_bytes)
        took = round(self._clock() - began, 3)
        log.debug(REGISTRY_ASKED, path=url.path, status=answer.status, seconds=took)
        if answer.status == 403:
            raise Blocked(self._identity.user_agent, self._identity.tls_profile)
        return json_of(answer, url.path)

    def _exchange(self, url: httpx.URL, timeout_s: float, max_bytes: int) -> Answer:
        self._deadline.start(timeout_s)
        try:
            with self._client.stream("GET", url) as response:
                return Answer.read(response, max_bytes)
        except httpx.TimeoutException as error:
            raise Unavailable(f"no whole answer from {url.host} within {timeout_s:.3g} s") from error
        except httpx.TransportError as error:
            raise Unavailable(
                f"no answer from {url.host}: {str(error) or apart(type(error).__name__)}"
            ) from error

    def _rest(self, seconds: float) -> None:
        self._sleep(seconds)
        self._check_open()

    def _check_open(self) -> None:
        if self._stop.is_set():
            raise Interrupted

    def _make_transport(self, access: Access) -> httpx.BaseTransport:
        # All that is asked for stands below this address: a redirect is never followed.
        is_secure = httpx.URL(access.base_url).scheme == "https"
        context = tls_context(self._identity.tls_profile) if is_secure else trusting_nobody()
        return Transport(self._deadline, context, proxy=proxy_of(access))

    def _make_client(self, transport: httpx.BaseTransport) -> httpx.Client:
        return httpx.Client(
            transport=transport,
            headers={"User-Agent": self._identity.user_agent, "Accept-Encoding": "gzip, deflate"},
            timeout=httpx.Timeout(self._timeout_s, connect=min(self._timeout_s, _CONNECT_S)),
            # A redirect must never be followed blindly: its target drops the query string, and may be a captive portal.
            follow_redirects=False,
            trust_env=False,
        )
