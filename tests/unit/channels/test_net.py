"""FAULTS H1: outgoing connections reach public addresses only, unless the host is allowed by name."""

from __future__ import annotations

import errno
import ipaddress
import socket
import threading
import time
from contextlib import suppress

import httpx
import pytest

from sync.net import addresses as guard
from sync.net import door, transport
from sync.net.deadline import Deadline, connected

NOT_PUBLIC = [
    *("127.0.0.1", "127.9.9.9", "10.1.1.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("100.100.100.200", "224.0.0.1", "0.0.0.0", "255.255.255.255", "240.0.0.1", "192.0.0.192", "198.18.0.1"),
    *("192.0.2.1", "168.63.129.16", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe"),
    *(
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "fe80::1",
    ),
    *(
        "fc00::1",
        "fd00:ec2::254",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "2001:0:4136:e378:8000:63bf:f5ff:fffe",
    ),
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_told_as_such(address):
    assert not guard.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_a_public_address_is_one_also_inside_another(address):
    assert guard.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.1", "0x7f000001", "2130706433", "0177.0.0.1", "localhost", "[::1]", "0"]
)
def test_every_spelling_of_loopback_is_refused(host):
    with pytest.raises(guard.Refused, match="not a public address"):
        guard.addresses(host, 80, (), Deadline(5))


def _resolver(monkeypatch, *answers):
    """Each lookup takes the next answer; the last one stays."""
    left = list(answers)

    def getaddrinfo(host, port, *args, **more):
        known = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in known]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return left


def test_a_name_that_changes_its_mind_is_not_asked_twice(monkeypatch):
    _resolver(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    assert guard.addresses("rebind.example", 443, (), Deadline(5)) == ["93.184.216.34"]


def test_the_connection_is_made_to_the_address_that_was_judged(monkeypatch):
    asked = []

    def connected(address, port, deadline):
        asked.append((address, port))
        raise ConnectionRefusedError

    monkeypatch.setattr(transport, "connected", connected)
    _resolver(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    with door.client(Deadline(5), ()) as client, pytest.raises(httpx.ConnectError):
        client.post("https://rebind.example/")
    assert asked == [("93.184.216.34", 443)]


def test_an_address_without_a_route_to_it_is_not_taken_for_a_connection(monkeypatch):
    monkeypatch.setattr(socket.socket, "connect_ex", lambda *_: errno.ENETUNREACH)
    with pytest.raises(OSError, match="unreachable"):
        connected("93.184.216.34", 80, Deadline(5))


def test_a_connection_that_is_refused_says_so():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionRefusedError):
            connected("127.0.0.1", free.getsockname()[1], Deadline(5))


def test_the_next_address_is_tried_where_one_does_not_answer(receiver):
    port = int(receiver.url.rpartition(":")[2].partition("/")[0])
    found = transport.first_connected("x", port, Deadline(5), lambda *_: ["255.255.255.255", "127.0.0.1"])
    with found:
        assert found.getpeername()[0] == "127.0.0.1"


def test_of_mixed_addresses_only_the_public_ones_are_used(monkeypatch):
    _resolver(monkeypatch, ["10.0.0.1", "93.184.216.34"])
    assert guard.addresses("mixed.example", 443, (), Deadline(5)) == ["93.184.216.34"]


def test_nothing_reaches_a_receiver_on_loopback_that_is_not_allowed_by_name(receiver):
    with door.client(Deadline(5), ()) as client, pytest.raises(guard.Refused):
        client.post(receiver.url)
    assert receiver.got == []


def test_a_host_is_allowed_by_the_name_that_stands_in_the_url_and_by_no_other(receiver):
    with door.client(Deadline(5), ("127.0.0.1",)) as client:
        assert client.post(receiver.url).status_code == 200
    with door.client(Deadline(5), ("localhost",)) as client, pytest.raises(guard.Refused):
        client.post(receiver.url)


@pytest.mark.parametrize("host", [f"{'a' * 70}.example", "a..b"])
def test_a_host_that_is_none_is_an_error_of_the_network(host):
    with pytest.raises(OSError, match="not a name of a host"):
        guard.addresses(host, 443, (), Deadline(5))


def test_a_redirect_is_not_followed(receiver):
    receiver.status, receiver.headers = 307, {"location": receiver.url + "/inside"}
    with door.client(Deadline(5), ("127.0.0.1",)) as client:
        assert client.post(receiver.url).status_code == 307
    assert len(receiver.got) == 1


def _dripping(listener, stop):
    """Answers one byte at a time, for ever."""
    connection, _ = listener.accept()
    with connection, suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
        while not stop.wait(0.02):
            connection.sendall(b"x")


def test_a_byte_now_and_then_does_not_keep_a_request_alive():
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        dripping = threading.Thread(target=_dripping, args=(listener, stop))
        dripping.start()
        began = time.monotonic()
        with door.client(Deadline(0.4), ("127.0.0.1",)) as client, pytest.raises(httpx.ReadTimeout):
            client.post(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        took = time.monotonic() - began
        stop.set()
        dripping.join()
    assert 0.3 < took < 2
