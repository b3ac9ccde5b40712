"""The receivers as fixtures, and a certificate authority of the tests' own."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import pytest
import trustme

from tests.unit.channels.receivers import Postbox, Receiver, receiving, serve


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as known:
        yield known


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    box = Postbox()
    controller = serve(box)
    yield box
    controller.stop()


@pytest.fixture(scope="session")
def tls() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for localhost, and a client's that trusts it."""
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert("localhost").configure_cert(server)
    authority.configure_trust(client)
    return server, client
