"""The guard around code that opens its own connections: what it connects to is judged in the moment in which it does so.

Apprise's services use requests, smtplib, sockets of their own, and follow redirects. Python tells an audit hook of every
connection that any of them makes, with the address; a hook that raises prevents it.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from typing import Any

from sync.alerts import guard


class _Fence:
    def __init__(self, names: Collection[str]) -> None:
        self.names = names
        self.refused: list[guard.Refused] = []

    def judge(self, address: Any) -> None:
        """Raises OSError, and remembers the refusal: the code inside may swallow it."""
        if not isinstance(address, tuple):
            self._refuse("a socket of this machine", "which is no host")
        try:
            guard.judged(str(address[0]), str(address[0]), ())
        except guard.Refused:
            if address[0] not in self._known_by_name(address[1]):
                self._refuse(str(address[0]), "which is not a public address")

    def _known_by_name(self, port: int) -> set[str]:
        found: set[str] = set()
        for name in self.names:
            with suppress(OSError):
                found |= set(guard.addresses(name, port, self.names))
        return found

    def _refuse(self, where: str, why: str) -> None:
        self.refused.append(guard.Refused(f"it leads to {where}, {why}", permanent=True, disable=True))
        raise PermissionError(
            str(self.refused[-1])
        )  # an OSError, after which the code inside closes its socket


_fence: ContextVar[_Fence | None] = ContextVar("fence", default=None)


@contextmanager
def fenced(names: Collection[str]) -> Iterator[list[guard.Refused]]:
    """While it lasts, this thread connects to public addresses only, and to hosts in `names`; yields what was refused."""
    _install()
    fence = _Fence(names)
    token = _fence.set(fence)
    try:
        yield fence.refused
    finally:
        _fence.reset(token)


@cache
def _install() -> None:
    """Once for the process, and only where Apprise is used: a hook stays, and costs every audited event a call."""
    sys.addaudithook(_heard)


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and (fence := _fence.get()) is not None:
        fence.judge(arguments[1])
