"""What an exchange failed of, in words."""

from __future__ import annotations

import errno
import socket
import ssl

import httpx
import pytest

from sync.net.causes import cause_of
from sync.words import apart


@pytest.mark.parametrize(
    "system, told",
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "the connection was refused"),
        (socket.gaierror(-2, "Name or service not known"), "the host is unknown"),
        (ssl.SSLCertVerificationError(1, "self-signed"), "its certificate is not valid"),
        (ConnectionResetError(), "the connection was cut"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "No route to host"),
    ],
)
def test_the_system_s_own_error_at_the_root_is_told(system: OSError, told: str) -> None:
    error = httpx.ConnectError("all attempts failed")
    error.__cause__ = system
    assert cause_of(error) == told


def test_where_there_is_none_the_library_s_word_is_told_as_people_write_it() -> None:
    assert cause_of(httpx.RemoteProtocolError("")) == "remote protocol error"


@pytest.mark.parametrize(
    "name, told",
    [
        ("TooManyAbsent", "too many absent"),
        ("Blocked", "blocked"),
        ("SSLError", "SSL error"),
        ("sqlalchemy.exc.OperationalError", "operational error"),
        ("killed", "killed"),
        ("", ""),
    ],
)
def test_the_name_of_an_error_is_read_as_words(name: str, told: str) -> None:
    assert apart(name) == told
