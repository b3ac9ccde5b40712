"""The registry over HTTP: bytes in, bytes out, with the raw connection at hand for faults on the wire."""

import gzip
import sys
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sync.demo.registry.answers import BUILD, Answer, Request
from sync.demo.registry.control import PREFIX, control
from sync.demo.registry.faults.wire import Length, send_spoilt
from sync.demo.registry.registry import Registry

# Smaller bodies are sent as they are.
WORTH_PACKING = 512


class RegistryServer(ThreadingHTTPServer):
    """One thread a connection, so that a slow answer holds up no other."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], registry: Registry) -> None:
        super().__init__(address, Handler)
        self.registry = registry

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is not logged; all else is."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Takes a request apart, and sends the answer."""

    # Connections are kept open, as the registry keeps them: a client that mixes two answers up on one would be found out.
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: RegistryServer

    def do_GET(self) -> None:
        """Answers a request."""
        length = int(self.headers.get("Content-Length") or 0)
        parts = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=_full_path(parts.path),
            params=tuple(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
            url=self.path,
        )
        if request.path.startswith(PREFIX):
            self._send(control(self.server.registry, request))
        else:
            self._send(self.server.registry.answer(request))

    do_POST = do_GET  # noqa: N815 - names given by http.server

    def _send(self, answer: Answer) -> None:
        if answer.wire[0]:
            self.close_connection = True
            send_spoilt(self.connection, answer, lambda length, packed: self._head(answer, length, packed))
            return
        packed = len(answer.body) > WORTH_PACKING and "gzip" in self.headers.get("Accept-Encoding", "")
        # The lowest level: tests pay for each second, and nobody for the bytes.
        body = gzip.compress(answer.body, compresslevel=1) if packed else answer.body
        self.wfile.write(self._head(answer, len(body), packed) + body)

    def _head(self, answer: Answer, length: Length, packed: bool) -> bytes:
        reason = HTTPStatus(answer.status).phrase
        lines = [f"HTTP/1.1 {answer.status} {reason}", f"Date: {formatdate(usegmt=True)}", "Server: nginx"]
        if answer.body or answer.status == HTTPStatus.OK:
            lines.append(f"Content-Type: {answer.content_type}")
        if answer.status == HTTPStatus.OK:
            lines.append(f"ETag: {BUILD}")
        lines += [f"{name}: {value}" for name, value in answer.headers]
        if packed:
            lines.append("Content-Encoding: gzip")
        if length == "chunked":
            lines.append("Transfer-Encoding: chunked")
        elif length != "none":
            lines.append(f"Content-Length: {length}")
        if self.close_connection:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the log is asked for by /_control/log."""


def _full_path(path: str) -> str:
    """A base address without `/api/v2` is understood too."""
    return path if path.startswith(("/api/", PREFIX)) else f"/api/v2{path}"
