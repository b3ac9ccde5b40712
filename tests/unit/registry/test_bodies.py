"""Bodies that break on their way, over real sockets (FAULTS A5 to A7)."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest

from sync.net import inflate
from sync.registry import answers
from sync.registry.client import Registry
from sync.registry.errors import Interrupted, RegistryError, TooLarge, Unavailable, Unreadable
from sync.registry.settings import RegistrySettings
from tests.support.logged import capture_logs
from tests.unit.registry.invented import NO_RETRY, Make, RawServer, study

BODY = json.dumps({"apiVersion": "2.0.5", "dataTimestamp": "2026-09-01T09:00:04"}).encode()
PACKED = gzip.compress(BODY)


def head(*lines: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", "Content-Type: application/json", *lines, "", ""]).encode()


def length_of(body: bytes) -> str:
    return f"Content-Length: {len(body)}"


GZIP = "Content-Encoding: gzip"
CLOSE = "Connection: close"


@pytest.fixture
def raw(raw_server: RawServer, make_registry: Make) -> Iterator[Registry]:
    with make_registry(base_url=raw_server.url, patience=NO_RETRY) as registry:
        yield registry


@pytest.fixture(params=["zlib", "ISA-L"])
def unpacking(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """By either library: a platform may have no wheel of the quicker one."""
    if request.param == "zlib":
        monkeypatch.setattr(inflate, "_library", zlib)
        monkeypatch.setattr(answers, "CannotInflate", zlib.error)
    else:
        pytest.importorskip("isal")


@pytest.mark.usefixtures("unpacking")
@pytest.mark.parametrize(
    "sent",
    [
        head(length_of(BODY)) + BODY,
        head(CLOSE) + BODY,
        head("Transfer-Encoding: chunked") + b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY),
        head(length_of(PACKED), GZIP) + PACKED,
        head(CLOSE, GZIP) + PACKED,
        head(CLOSE, "Content-Encoding: deflate") + zlib.compress(BODY),
        head(CLOSE, "Content-Encoding: identity") + BODY,
    ],
    ids=["length", "no length", "chunked", "gzip", "gzip without length", "deflate", "identity"],
)
def test_a_whole_body_is_read_however_it_is_framed(raw_server: RawServer, raw: Registry, sent: bytes) -> None:
    raw_server.answers(sent)
    assert raw.release().date == "2026-09-01"


@pytest.mark.usefixtures("unpacking")
@pytest.mark.parametrize(
    "sent",
    [
        head(length_of(BODY)) + BODY[:30],
        head(length_of(BODY[:30])) + BODY[:30],
        head(CLOSE) + BODY[:30],
        head("Transfer-Encoding: chunked") + b"%x\r\n%s" % (len(BODY), BODY[:30]),
        head("Transfer-Encoding: chunked") + b"%x\r\n%s\r\n" % (len(BODY), BODY),
        head(length_of(PACKED[:30]), GZIP) + PACKED[:30],
        head(length_of(PACKED[:-8]), GZIP) + PACKED[:-8],
        head(CLOSE, GZIP) + PACKED[:-8],
        head(length_of(PACKED), GZIP) + PACKED[:-8] + bytes(4) + PACKED[-4:],
        head(length_of(PACKED), GZIP) + PACKED[:-4] + bytes(4),
        head(length_of(BODY), GZIP) + BODY,
        head(CLOSE, GZIP) + PACKED + b"more",
        head(CLOSE, GZIP),
        head(CLOSE, "Content-Encoding: br") + BODY,
    ],
    ids=[
        "less than its length",
        "a length that is short",
        "half, no length",
        "cut chunk",
        "no last chunk",
        "gzip cut",
        "gzip without trailer",
        "gzip without trailer or length",
        "gzip with a wrong checksum",
        "gzip with a wrong size",
        "plain called gzip",
        "gzip and more",
        "no gzip at all",
        "an encoding not asked for",
    ],
)
def test_a_broken_body_is_unreadable_and_never_half_an_answer(
    raw_server: RawServer, raw: Registry, sent: bytes
) -> None:
    raw_server.answers(sent)
    with pytest.raises(Unreadable) as caught:
        raw.release()
    assert caught.value.passing


def test_a_connection_reset_in_the_middle_of_a_body_is_unavailable(
    raw_server: RawServer, raw: Registry
) -> None:
    def reset(connection: socket.socket) -> None:
        connection.sendall(head(length_of(BODY)) + BODY[:30])
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    raw_server.send = reset
    with pytest.raises(RegistryError) as caught:
        raw.release()
    assert isinstance(caught.value, Unavailable | Unreadable)
    assert caught.value.passing


def test_a_connection_closed_without_a_word_and_one_that_nobody_takes_are_unavailable(
    raw: Registry, unreachable: str, make_registry: Make
) -> None:
    with pytest.raises(Unavailable):
        raw.release()
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1"):
        make_registry(base_url=unreachable, patience=NO_RETRY).release()


@pytest.mark.usefixtures("unpacking")
def test_a_broken_body_is_asked_for_again(raw_server: RawServer, make_registry: Make) -> None:
    bodies = iter([PACKED[:30], PACKED[:-8], PACKED])
    raw_server.send = lambda connection: connection.sendall(head(CLOSE, GZIP) + next(bodies))
    registry = make_registry(base_url=raw_server.url)
    assert registry.release().date == "2026-09-01"
    assert registry.requests == 3


def bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(b'{"studies":['), *(packer.compress(b" " * 1_000_000) for _ in range(megabytes))]
    return b"".join([*parts, packer.compress(b"]}"), packer.flush()])


@pytest.mark.usefixtures("unpacking")
def test_a_gzip_bomb_of_300_mb_costs_no_more_than_the_limit(
    raw_server: RawServer, make_registry: Make
) -> None:
    packed = bomb(300)
    assert len(packed) < 400_000
    raw_server.answers(head(length_of(packed), GZIP) + packed)
    registry = make_registry(base_url=raw_server.url, max_bytes=16_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match="16,000,000"):
            registry.release()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.5 * 16_000_000
    assert registry.requests == 1


def test_a_plain_body_may_not_be_larger_than_the_limit_either(
    raw_server: RawServer, make_registry: Make
) -> None:
    raw_server.answers(head(CLOSE) + b" " * 2_000_000)
    with pytest.raises(TooLarge):
        make_registry(base_url=raw_server.url, max_bytes=1_000_000).release()


def drip(sent: bytes, stop: threading.Event) -> Iterator[bytes]:
    for position in range(len(sent)):
        if stop.wait(0.01):
            return
        yield sent[position : position + 1]


@pytest.mark.parametrize("quick", [b"", head(length_of(BODY))], ids=["head and body", "body"])
def test_an_answer_that_drips_is_given_up_when_its_time_is_over(raw_server: RawServer, quick: bytes) -> None:
    """httpx's own timeout is per read: a byte every 10 ms would never meet it. The head must not drip for ever either."""
    stop = threading.Event()

    def send(connection: socket.socket) -> None:
        connection.sendall(quick)
        for byte in drip((head(length_of(BODY)) + BODY)[len(quick) :] * 50, stop):
            connection.sendall(byte)

    raw_server.send = send
    settings = RegistrySettings(base_url=raw_server.url, min_interval_s=0, timeout_s=0.2)
    began = time.monotonic()
    with (
        Registry(settings, patience=NO_RETRY) as registry,
        pytest.raises(Unavailable, match=r"within 0\.2 s"),
    ):
        registry.release()
    stop.set()
    assert time.monotonic() - began < 0.2 + 0.5


def test_closing_the_client_ends_a_request_that_is_under_way(raw_server: RawServer) -> None:
    asked, stop = threading.Event(), threading.Event()

    def silence(_: socket.socket) -> None:
        asked.set()
        stop.wait(10)

    raw_server.send = silence
    registry = Registry(RegistrySettings(base_url=raw_server.url, min_interval_s=0, timeout_s=30))
    closing = threading.Thread(target=lambda: (asked.wait(10), registry.close()))
    closing.start()
    began = time.monotonic()
    with capture_logs() as logs, pytest.raises(Interrupted):
        registry.release()
    closing.join()
    stop.set()
    assert time.monotonic() - began < 5
    assert "registry_asked_again" not in str(logs)


def test_closing_the_client_ends_a_wait_for_the_next_attempt(raw_server: RawServer) -> None:
    answered = threading.Event()

    def refuse(connection: socket.socket) -> None:
        connection.sendall(head("Retry-After: 60", CLOSE, status="503 Busy"))
        answered.set()

    raw_server.send = refuse
    registry = Registry(RegistrySettings(base_url=raw_server.url, min_interval_s=0))
    closing = threading.Thread(target=lambda: (answered.wait(10), registry.close()))
    closing.start()
    with pytest.raises(Interrupted):
        registry.release()
    closing.join()


def test_a_closed_client_asks_nothing_more(raw_server: RawServer, raw: Registry) -> None:
    raw_server.answers(head(length_of(BODY)) + BODY)
    raw.release()
    raw.close()
    raw.close()
    for ask in (raw.release, lambda: list(raw.records(["NCT00000001"]))):
        with pytest.raises(Interrupted):
            ask()
    assert raw.requests == 1


def test_a_record_of_5_mb_and_one_of_5000_sites_are_taken_as_they_are(
    raw_server: RawServer, raw: Registry
) -> None:
    record = study("NCT00000001")
    record["protocolSection"]["eligibilityModule"] = {"eligibilityCriteria": "* Age 18 or older\n" * 290_000}
    record["protocolSection"]["contactsLocationsModule"] = {
        "locations": [{"facility": f"Clinic {n}"} for n in range(5000)]
    }
    body = json.dumps(record).encode()
    raw_server.answers(head(length_of(body)) + body)
    assert raw.study("NCT00000001").raw == body
