"""Faults on the wire: how the bytes of an answer are spoilt while they are sent."""

import gzip
import os
import socket
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from sync.demo.registry.answers import Answer
from sync.demo.registry.faults.plan import Kind, Moment

Length = Literal["none", "chunked"] | int
Head = Callable[[Length, bool], bytes]
"""Makes the head of the answer: which length it declares, and whether it says gzip."""


def send_spoilt(connection: socket.socket, answer: Answer, head: Head) -> None:
    """Sends an answer in the way that its `wire` names. The connection must be closed afterwards."""
    name, argument = answer.wire
    if name == "slow":
        _send_slowly(connection, head(len(answer.body), False) + answer.body, float(argument or 0.05))
    elif name == "reset":
        connection.sendall(head(len(answer.body), False) + _half(answer.body))
        # Lingering for no time turns the close into a reset; the server's own way to close would say good-bye first.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(connection.detach())
    elif name != "hang-up":
        connection.sendall(_SPOILT[name](answer.body, head, argument))


def _send_slowly(connection: socket.socket, sent: bytes, pause: float) -> None:
    for number in range(len(sent)):
        connection.sendall(sent[number : number + 1])
        time.sleep(pause)


def _half(body: bytes) -> bytes:
    return body[: len(body) // 2]


def _chunks(body: bytes) -> Iterator[bytes]:
    yield f"{len(body):x}\r\n".encode()
    yield _half(body)


def _gzipped(body: bytes, head: Head) -> bytes:
    return head(len(body), True) + body


def _bad_crc(body: bytes) -> bytes:
    packed = gzip.compress(body)
    # The four bytes of the checksum; the length behind them stays right.
    return packed[:-8] + bytes(byte ^ 0xFF for byte in packed[-8:-4]) + packed[-4:]


@lru_cache(maxsize=2)
def _bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(b'{"studies":[')]
    # Spaces between brackets: unpacked whole it would even be valid JSON.
    parts += [packer.compress(b" " * 1_000_000) for _ in range(megabytes)]
    return b"".join([*parts, packer.compress(b"]}"), packer.flush()])


_SPOILT: dict[str, Callable[[bytes, Head, str], bytes]] = {
    "truncate": lambda body, head, _: head(len(body), False) + _half(body),
    "short-length": lambda body, head, _: head(len(body) // 2, False) + _half(body),
    "no-length": lambda body, head, _: head("none", False) + _half(body),
    "chunk-cut": lambda body, head, _: head("chunked", False) + b"".join(_chunks(body)),
    "gzip-cut": lambda body, head, _: _gzipped(_half(gzip.compress(body)), head),
    "gzip-no-trailer": lambda body, head, _: _gzipped(gzip.compress(body)[:-8], head),
    "gzip-bad-crc": lambda body, head, _: _gzipped(_bad_crc(body), head),
    "gzip-plain": lambda body, head, _: _gzipped(body, head),
    "gzip-bomb": lambda _, head, argument: _gzipped(_bomb(int(argument or 300)), head),
}


def _spoil(name: str) -> Callable[[Moment, Answer], Answer]:
    return lambda moment, answer: replace(answer, wire=(name, moment.argument))


def _kind(name: str, about: str, argument: str = "") -> Kind:
    return Kind(name, about, argument, after=_spoil(name))


KINDS = [
    _kind("truncate", "Content-Length promises twice what comes, then the connection is closed"),
    _kind("short-length", "half a body with a Content-Length that agrees with it"),
    _kind("no-length", "half a body without a length, then the connection is closed"),
    _kind("chunk-cut", "a chunked body cut in the middle of a chunk"),
    _kind("gzip-cut", "gzip, cut at half"),
    _kind("gzip-no-trailer", "gzip without its last eight bytes"),
    _kind("gzip-bad-crc", "gzip with a wrong checksum"),
    _kind("gzip-plain", "called gzip, but plain"),
    _kind("gzip-bomb", "gzip of so many megabytes (300) of nothing", r"\d{2,}|[2-9]"),
    _kind("slow", "one byte every so many seconds (0.05)", r"\d+(\.\d+)?"),
    _kind("reset", "the connection is reset in the middle of the body"),
    _kind("hang-up", "the connection is closed without a word"),
]
