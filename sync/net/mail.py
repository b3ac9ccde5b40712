"""SMTP through the door: the whole dialogue is over within its time, however slowly the server speaks, and however much."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from sync.net.addresses import addresses
from sync.net.deadline import Deadline, cut_off
from sync.net.transport import first_connected

MOST_SAID = 100_000
"""Bytes that are listened to: a server says some lines to each command, but nothing ends an answer that goes on and on."""


class Mailer(smtplib.SMTP):
    """A dialogue with one server. With `tls` it is encrypted from its first byte."""

    def __init__(self, allow_hosts: Collection[str], seconds: float, tls: ssl.SSLContext | None) -> None:
        super().__init__(timeout=seconds)
        self._allow_hosts, self._tls = allow_hosts, tls
        self._deadline = Deadline(seconds)

    @contextmanager
    def connected(self, host: str, port: int) -> Iterator[None]:
        """Connected while it lasts. Raises Refused, DeadlinePassed (an OSError), Stopped and what smtplib raises."""
        self._host = host  # what starttls checks the certificate against
        self._found = first_connected(host, port, self._deadline, self._choose)
        with self._found, cut_off(self._found, self._deadline):
            try:
                code, said = self.connect(host, port)
                if code != 220:
                    raise smtplib.SMTPConnectError(code, said)
                yield
            finally:
                self._part()

    def data(self, msg: bytes | str) -> tuple[int, bytes]:  # type: ignore[override]  # smtplib's own type says Buffer
        """Send the mail; any 2xx is a yes (RFC 5321, 4.2.1), of which smtplib knows 250 alone."""
        code, said = super().data(msg)
        return (250 if 200 <= code < 300 else code), said

    def getreply(self) -> tuple[int, bytes]:
        """The server's next answer. Raises SMTPServerDisconnected where it says too much."""
        if self.file is None and self.sock is not None:
            self.file = _Listening(self.sock.makefile("rb"))
        return super().getreply()

    def _rset(self) -> None:
        """Not sent after a refusal: the dialogue ends there, and a server that is silent now would hide what it refused."""

    def _part(self) -> None:
        """Say goodbye, and wait for no answer: a mail that was accepted is accepted."""
        with suppress(smtplib.SMTPException, OSError):
            if self.sock is not None:
                self.putcmd("quit")
        self.close()

    def _choose(self, host: str, port: int, deadline: Deadline) -> list[str]:
        return addresses(host, port, self._allow_hosts, deadline)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002
        self._found.settimeout(self._deadline.left())
        return self._tls.wrap_socket(self._found, server_hostname=host) if self._tls else self._found


class _Listening:
    def __init__(self, file: BinaryIO) -> None:
        self._file, self._left = file, MOST_SAID

    def readline(self, most: int) -> bytes:
        line = self._file.readline(most)
        self._left -= len(line)
        if self._left < 0:
            raise OSError("it says too much")
        return line

    def close(self) -> None:
        self._file.close()
