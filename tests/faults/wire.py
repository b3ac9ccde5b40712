"""HTTP by hand: requests go over a socket as they are written, so that no client tidies them up on the way."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """What came back, and how long that took; status 0 where nothing did."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


def ask(port: int, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
    """One request on a connection of its own. The target may hold any bytes, as Latin-1."""
    own = {"connection": "close"} | ({"content-length": str(len(body))} if body or method == "POST" else {})
    lines = [
        f"{method} {target} HTTP/1.1",
        *(f"{name}: {value}" for name, value in (own | dict(headers)).items()),
    ]
    return exchange(port, "\r\n".join([*lines, "", ""]).encode("latin-1") + body)


def exchange(port: int, request: bytes, *, patience_s: float = 10.0) -> Answer:
    """Send bytes, and read until the other side closes or is silent for too long."""
    began, answered = time.perf_counter(), b""
    with socket.create_connection(("127.0.0.1", port), timeout=patience_s) as connection:
        with suppress(ConnectionError):  # it may answer before it has heard all
            connection.sendall(request)
        with suppress(ConnectionError, TimeoutError):  # what came until then is what there is
            while piece := connection.recv(65_536):
                answered += piece
    return _read(answered, time.perf_counter() - began)


def _read(raw: bytes, seconds: float) -> Answer:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    pairs = (line.partition(": ") for line in rest)
    headers = {name.lower(): value for name, _, value in pairs}
    return Answer(int(words[1]) if len(words) > 1 and words[1].isdigit() else 0, headers, body, seconds)
