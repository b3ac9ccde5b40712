"""Serving the console in a thread of its own, beside whatever else the process does."""

from __future__ import annotations

import asyncio
import socket
import threading

import structlog
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from storage.accounts import any_account
from sync import logs
from sync.errors import ConfigError
from sync.service import Service
from sync.web.app import create_app

AT_ONCE = 64
"""Connections; one more takes the place of one that keeps us waiting, or is answered with 503 if all are worked on."""

log = structlog.get_logger("web")


class Connection(H11Protocol):
    """A connection that gives way: who holds many of them and sends nothing, or half a request, shuts nobody out."""

    waits_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Make room, if there is none, by ending the connection that has kept us waiting longest."""
        super().connection_made(transport)
        self.waits_since = self.loop.time()
        theirs = [
            connection
            for connection in self.connections
            if isinstance(connection, Connection) and connection.is_open
        ]
        waiting = [their for their in theirs if their.keeps_waiting and their is not self]
        # Ended by us, or 64 connections that never send a request would shut everybody out.
        if len(theirs) >= AT_ONCE and waiting:
            min(waiting, key=lambda each: each.waits_since).transport.abort()

    def on_response_complete(self) -> None:
        """From here on it waits again."""
        self.waits_since = self.loop.time()
        super().on_response_complete()

    @property
    def is_open(self) -> bool:
        """Whether it is not about to end."""
        return not self.transport.is_closing()

    @property
    def keeps_waiting(self) -> bool:
        """Whether it is for the other side to go on: no request is here, or not all of one."""
        if self.cycle is None:  # uvicorn's own sign that nothing has come yet
            return True
        return self.cycle.response_complete or self.cycle.more_body


class OpenToAll(ConfigError):
    """Others than the people of this machine could reach the console, and there is no account to ask for."""

    hint = (
        "Add one (`trialdelta users add NAME --role operator`), or set host in [web] to 127.0.0.1, "
        "without hosts and behind_proxy."
    )


class PortTaken(ConfigError):
    """The console's port cannot be had."""

    hint = (
        "Set another port in [web] (TRIALDELTA_WEB__PORT), or enabled = false for a daemon without a console."
    )


class Console:
    """The console of a service. Raises OpenToAll or PortTaken when it is made, so that nothing begins halfway."""

    def __init__(self, service: Service) -> None:
        web = service.settings.web
        with service.database.read() as session:
            if web.needs_accounts and not any_account(session):
                raise OpenToAll(
                    f"The console would be open to everybody who reaches {web.host}, without accounts"
                )
        # Before the thread begins: a port that is taken ends the start, instead of a thread in silence.
        self._socket = _bind(web.host, web.port)
        self._app = create_app(service)
        config = uvicorn.Config(
            self._app,
            http=Connection,
            # uvicorn would set up logging for the whole process, and print addresses with their queries.
            log_config=None,
            access_log=False,
            lifespan="on",
            server_header=False,
            ws="none",
            proxy_headers=bool(web.behind_proxy),
            forwarded_allow_ips=list(web.behind_proxy),
            limit_concurrency=AT_ONCE,
            timeout_graceful_shutdown=5,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="console", daemon=True)

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        host, port = self._socket.getsockname()[:2]
        return f"http://{'localhost' if host in ('0.0.0.0', '::', '127.0.0.1', '::1') else host}:{port}"  # noqa: S104

    def use(self, service: Service) -> None:
        """Answer for the same service with other settings, from the next request on."""
        self._app.state.service = service

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()
        log.info(logs.CONSOLE_STARTED, url=self.url)

    def stop(self) -> None:
        """End, after the requests in hand; a second call does nothing."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        self._socket.close()

    def _serve(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        except Exception:
            log.exception(logs.CONSOLE_CRASHED)


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(AT_ONCE)
    except OSError as error:
        raise PortTaken(
            f"The console cannot listen on {host}, port {port}: {error.strerror or error}"
        ) from error
    return listener
