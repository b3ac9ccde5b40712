"""Serving the console in a thread of its own, beside whatever else the process does."""

from __future__ import annotations

import socket
import threading

import structlog
import uvicorn

from storage.accounts import any_account
from sync import logs
from sync.errors import ConfigError
from sync.service import Service
from sync.web.app import create_app

AT_ONCE = 64
"""Connections; more are answered with 503 at once."""

log = structlog.get_logger("web")


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
        self._socket = _bind(web.host, web.port)
        config = uvicorn.Config(
            create_app(service),
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
