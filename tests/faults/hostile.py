"""Receivers that mean harm: each takes a connection, and does with it whatever holds a sender up or fills its memory."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

Manner = Callable[[socket.socket, "Hostile"], None]
OK = b"HTTP/1.1 200 OK\r\n"
BOMB = gzip.compress(b"\0" * 300_000_000, 9)
"""0.3 MB that swell to 300."""


@dataclass
class Hostile:
    """One such receiver; `over` tells it to let go."""

    port: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    connections: int = 0
    trap: int = 0
    """A port on loopback to which some of them lead."""

    def drip(self, connection: socket.socket, endless: bytes) -> None:
        """A byte now and then, for ever."""
        while not self.over.wait(0.02):
            for byte in endless[:1]:
                connection.sendall(bytes([byte]))
            endless = endless[1:] + endless[:1]

    def flood(self, connection: socket.socket, piece: bytes) -> None:
        """As fast as it goes, for ever."""
        while not self.over.is_set():
            connection.sendall(piece)

    def hold(self) -> None:
        """Nothing at all."""
        self.over.wait(120)


def _heard(connection: socket.socket) -> bytes:
    """A request, as far as its head."""
    heard = b""
    while b"\r\n\r\n" not in heard and (piece := connection.recv(65_536)):
        heard += piece
    return heard


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _answering(answer: bytes, then: Callable[[socket.socket, Hostile], None] | None = None) -> Manner:
    def manner(connection: socket.socket, hostile: Hostile) -> None:
        _heard(connection)
        connection.sendall(answer)
        if then:
            then(connection, hostile)

    return manner


def _redirect(to: Callable[[Hostile], str]) -> Manner:
    def manner(connection: socket.socket, hostile: Hostile) -> None:
        _heard(connection)
        head = f"HTTP/1.1 307 Elsewhere\r\nlocation: {to(hostile)}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        connection.sendall(head.encode())

    return manner


TAKEN: dict[str, Manner] = {
    "drips its body": _answering(OK + b"content-length: 1000000\r\n\r\n", lambda c, h: h.drip(c, b"x")),
    "never closes": _answering(OK + b"\r\nok", lambda c, h: h.hold()),
    "endless body": _answering(OK + b"\r\n", lambda c, h: h.flood(c, b"x" * 65_536)),
    "endless chunks": _answering(
        OK + b"transfer-encoding: chunked\r\n\r\n", lambda c, h: h.flood(c, b"1\r\nx\r\n" * 1000)
    ),
    "gzip bomb": _answering(
        OK + f"content-encoding: gzip\r\ncontent-length: {len(BOMB)}\r\n\r\n".encode() + BOMB
    ),
    "resets within its body": _answering(OK + b"content-length: 1000000\r\n\r\nx", lambda c, h: _reset(c)),
    "closes within its body": _answering(OK + b"content-length: 1000000\r\n\r\nx"),
    "endless trailers": _answering(
        OK + b"transfer-encoding: chunked\r\n\r\n0\r\n", lambda c, h: h.flood(c, b"x-a: b\r\n" * 1000)
    ),
}
"""These say 200: what was sent to them is taken."""
NOT_TAKEN: dict[str, Manner] = {
    "drips its headers": _answering(OK + b"x-a: ", lambda c, h: h.drip(c, b"x")),
    "never answers": _answering(b"", lambda c, h: h.hold()),
    "never reads": lambda connection, hostile: hostile.hold(),
    "interim answers without end": _answering(
        b"", lambda c, h: h.flood(c, b"HTTP/1.1 102 Processing\r\n\r\n" * 1000)
    ),
    "interim answers now and then": _answering(
        b"", lambda c, h: h.drip(c, b"HTTP/1.1 103 Early Hints\r\n\r\n")
    ),
    "headers without end": _answering(OK, lambda c, h: h.flood(c, b"x-a: b\r\n" * 1000)),
    "one header without end": _answering(OK + b"x-a: ", lambda c, h: h.flood(c, b"x" * 65_536)),
    "redirects to loopback": _redirect(lambda h: f"http://localhost:{h.trap}/inside"),
    "redirects to itself": _redirect(lambda h: f"http://127.0.0.1:{h.port}/again"),
    "resets": lambda connection, hostile: _reset(connection),
    "closes": lambda connection, hostile: connection.close(),
    "talks nonsense": _answering(b"\0\xff" * 5000),
    "talks SMTP": _answering(b"220 mail.example ESMTP\r\n", lambda c, h: h.hold()),
    "answers 500 slowly": _answering(
        b"HTTP/1.1 500 No\r\ncontent-length: 99\r\n\r\n", lambda c, h: h.drip(c, b"x")
    ),
}


def _said(*lines: bytes, then: Callable[[socket.socket, Hostile], None]) -> Manner:
    """Says a line, hears a command, says the next …, and then does harm."""

    def manner(connection: socket.socket, hostile: Hostile) -> None:
        for line in lines:
            connection.sendall(line + b"\r\n")
            heard = b""
            while not heard.endswith(b"\r\n") and (piece := connection.recv(65_536)):
                heard += piece
        then(connection, hostile)

    return manner


GREETED, FINE = (b"220 mail.example ESMTP", b"250 mail.example"), b"250 fine"
MAIL: dict[str, Manner] = {
    "never greets": lambda connection, hostile: hostile.hold(),
    "drips its greeting": lambda connection, hostile: hostile.drip(connection, b"220-"),
    "greets without end": lambda connection, hostile: hostile.flood(connection, b"220-x\r\n" * 1000),
    "one line without end": lambda connection, hostile: hostile.flood(connection, b"2" * 65_536),
    "resets": lambda connection, hostile: _reset(connection),
    "closes": lambda connection, hostile: connection.close(),
    "talks nonsense": lambda connection, hostile: connection.sendall(b"\0\xff\r\n" * 500),
    "talks HTTP": lambda connection, hostile: connection.sendall(OK + b"\r\n"),
    "drips its extensions": _said(GREETED[0], then=lambda c, h: h.drip(c, b"250-x\r\n")),
    "extensions without end": _said(GREETED[0], then=lambda c, h: h.flood(c, b"250-x\r\n" * 1000)),
    "hangs at the sender": _said(*GREETED, then=lambda c, h: h.hold()),
    "drips at a recipient": _said(*GREETED, FINE, then=lambda c, h: h.drip(c, b"250-")),
    "hangs at the data": _said(*GREETED, FINE, FINE, then=lambda c, h: h.hold()),
    "drips after the data": _said(*GREETED, FINE, FINE, b"354 go on", then=lambda c, h: h.drip(c, b"250-")),
    "resets after the data": _said(*GREETED, FINE, FINE, b"354 go on", then=lambda c, h: _reset(c)),
}
MAIL_TLS: dict[str, Manner] = {
    "hangs in the handshake": _said(
        GREETED[0], b"250-mail.example\r\n250 STARTTLS", b"220 go on", then=lambda c, h: h.hold()
    ),
    "drips in the handshake": _said(
        GREETED[0],
        b"250-mail.example\r\n250 STARTTLS",
        b"220 go on",
        then=lambda c, h: h.drip(c, b"\x16\x03\x03\x3f\xff"),
    ),
}
HANDSHAKES: dict[str, Manner] = {
    "hangs in the handshake": lambda connection, hostile: hostile.hold(),
    "drips in the handshake": lambda connection, hostile: hostile.drip(connection, b"\x16\x03\x03\x3f\xff"),
    "talks without TLS": _answering(OK + b"\r\n"),
}


@contextmanager
def hostile(manner: Manner, trap: int = 0) -> Iterator[Hostile]:
    """A receiver of this manner on loopback."""
    known = Hostile(trap=trap)
    listener = socket.create_server(("127.0.0.1", 0))
    known.port = listener.getsockname()[1]

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                known.connections += 1
                threading.Thread(target=act, args=[connection], daemon=True).start()

    def act(connection: socket.socket) -> None:
        connection.settimeout(60)
        with connection, suppress(OSError):
            manner(connection, known)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield known
    finally:
        known.over.set()
        listener.close()


@contextmanager
def unreachable() -> Iterator[int]:
    """A port on loopback at which a connection is neither made nor refused."""
    with socket.socket() as listener, ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):  # more than its queue takes
            each = waiting.enter_context(socket.socket())
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        time.sleep(0.1)
        yield listener.getsockname()[1]
