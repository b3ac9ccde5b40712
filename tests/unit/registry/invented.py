"""What the client's tests stand on: a clock, invented studies, a registry behind httpx, and a server of raw bytes."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import httpx

from sync.registry.client import Registry
from sync.registry.pacing import Patience

BASE = "https://registry.example/api/v2"
NO_RETRY = Patience(retries=0)

Make = Callable[..., Registry]


@dataclass
class Clock:
    """Monotonic time in which nothing but sleep takes time."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def study(nct_id: str, **identification: Any) -> dict[str, Any]:
    """An invented record."""
    return {
        "protocolSection": {
            "identificationModule": {"nctId": nct_id, "briefTitle": "Invented", **identification}
        },
        "derivedSection": {"miscInfoModule": {"versionHolder": "2026-09-01"}},
    }


def ids(number: int, first: int = 1) -> list[str]:
    return [f"NCT{n:08d}" for n in range(first, first + number)]


def page_of(records: list[Any], total: int | None = None, token: str | None = None) -> httpx.Response:
    """A page as the registry lays it out: a study a line. Records may be bytes that are no JSON."""
    lines = [record if isinstance(record, bytes) else json.dumps(record).encode() for record in records]
    body = b'{"studies":[' + b",\n".join(lines) + b"]"
    body += b"" if total is None else b',"totalCount":%d' % total
    body += b"" if token is None else b',"nextPageToken":' + json.dumps(token).encode()
    return httpx.Response(200, content=body + b"}", headers={"content-type": "application/json"})


class OnTheWire(httpx.BaseTransport):
    """Hands the answers of another transport out as streams, as they come from a socket."""

    def __init__(self, answers: httpx.BaseTransport) -> None:
        self._answers = answers

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._answers.handle_request(request)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=_Stream(answer.content))


@dataclass
class _Stream(httpx.SyncByteStream):
    content: bytes

    def __iter__(self) -> Iterator[bytes]:
        yield self.content


@dataclass
class Shelf(httpx.BaseTransport):
    """A registry that holds some studies, pages through them, and can be made to err on chosen requests."""

    held: list[str]
    size: int = 1000
    asked: list[httpx.Request] = field(default_factory=list)
    instead: dict[int, Callable[[httpx.Request], httpx.Response]] = field(default_factory=dict)
    """What to answer to the n-th request, counted from 1."""
    record: Callable[[str], Any] = study
    alone: Any = None
    """The study that is answered when one is asked for by itself."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.instead.get(len(self.asked), self.answer)
        return answer(request)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.alone is not None and "/studies/" in request.url.path:
            return httpx.Response(200, json=self.alone)
        params = request.url.params
        chosen = [nct_id for nct_id in self.held if nct_id in params.get("filter.ids", nct_id)]
        start, size = int(params.get("pageToken", 0)), min(int(params["pageSize"]), self.size)
        end = start + size
        return page_of(
            [self.record(nct_id) for nct_id in chosen[start:end]],
            total=None if start else len(chosen),
            token=str(end) if end < len(chosen) else None,
        )


@dataclass
class RawServer:
    """A server on the loopback that sends bytes as they are and hangs up."""

    url: str
    send: Callable[[socket.socket], None]

    def answers(self, *parts: bytes) -> None:
        """Sends these bytes to every request."""

        def send(connection: socket.socket) -> None:
            for part in parts:
                connection.sendall(part)

        self.send = send


def serve(server: RawServer, listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with closing(connection):
            try:
                connection.recv(65536)
                server.send(connection)
            except OSError:
                continue  # the client had enough
