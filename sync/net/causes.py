"""What an exchange failed of, in words: libraries tell no more than that there was no answer."""

from __future__ import annotations

import socket
import ssl

from sync.words import apart

_CAUSES: tuple[tuple[type[OSError], str], ...] = (
    (ConnectionRefusedError, "the connection was refused"),
    (ConnectionResetError, "the connection was cut"),
    (BrokenPipeError, "the connection was cut"),
    (socket.gaierror, "the host is unknown"),
    (ssl.SSLCertVerificationError, "its certificate is not valid"),
    (TimeoutError, "it did not answer in time"),
)


def cause_of(error: BaseException) -> str:
    """The system's error at the root, in words; else what the library calls it."""
    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and cause not in chain:
        chain.append(cause)
    system = next((each for each in reversed(chain) if isinstance(each, OSError)), None)
    known = next((words for kind, words in _CAUSES if isinstance(system, kind)), None)
    return known or (system.strerror if system else None) or apart(type(system or error).__name__)
