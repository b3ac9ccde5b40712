"""Every outgoing call goes through the door: nothing else in the service opens a connection."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CALLERS = {
    "asyncio": ("open_connection", "create_connection", "create_datagram_endpoint", "open_unix_connection"),
    "ftplib": None,
    "http.client": None,
    "httpcore": ("ConnectionPool", "SyncBackend", "request", "stream", "HTTPProxy", "SOCKSProxy"),
    "httpx": (
        *("get", "post", "put", "patch", "delete", "head", "options", "request", "stream"),
        *("Client", "AsyncClient", "HTTPTransport", "AsyncHTTPTransport"),
    ),
    "imaplib": None,
    "poplib": None,
    "requests": None,
    "smtplib": ("SMTP", "SMTP_SSL", "LMTP"),
    "socket": ("socket", "create_connection", "socketpair", "fromfd", "SocketType"),
    "telnetlib": None,
    "urllib.request": ("urlopen", "Request", "build_opener", "urlretrieve", "install_opener"),
    "urllib3": None,
    "xmlrpc.client": None,
}
"""What opens connections, by module; None: all of it."""
ALLOWED = {
    "sync/net/deadline.py": "the door: it connects, and its copies end what hangs",
    "sync/net/transport.py": "the door: httpx over its connections",
    "sync/net/door.py": "the door: one exchange",
    "sync/net/mail.py": "the door: SMTP over its connections",
    "sync/alerts/channels/apprise/worker.py": "runs confined: sync/net/confined.py",
    "sync/registry/wire.py": "the registry's own, over the door's transport",
    "sync/daemon/systemd.py": "systemd's socket, on this machine",
    "sync/web/server.py": "listens",
    "sync/demo/registry/process.py": "the demo asks the server that it has started on loopback",
}


def opened(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Where a module names what opens connections, under whatever name it has imported it."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                names[each.asname or each.name.partition(".")[0]] = (
                    each.name if each.asname else each.name.partition(".")[0]
                )
                if CALLERS.get(each.name, ()) is None:
                    yield node.lineno, each.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                names[each.asname or each.name] = f"{node.module}.{each.name}"
                if _opens(node.module, each.name) or _opens(f"{node.module}.{each.name}", ""):
                    yield node.lineno, f"{node.module}.{each.name}"
    types = set(_types(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node not in types and (dotted := _dotted(node)):
            first, _, rest = dotted.partition(".")
            module, _, name = f"{names.get(first, '')}.{rest}".rpartition(".")
            if first in names and _opens(module, name):
                yield node.lineno, dotted


def _types(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        for told in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if told is not None:
                yield from ast.walk(told)


def _opens(module: str, name: str) -> bool:
    callers = CALLERS.get(module, ())
    return callers is None or name in callers


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def test_nothing_but_the_door_and_the_registrys_wire_opens_a_connection() -> None:
    files = [*(ROOT / "sync").rglob("*.py"), *(ROOT / "storage").rglob("*.py")]
    found = {
        f"{file.relative_to(ROOT)}": list(opened(ast.parse(file.read_text("utf-8"))))
        for file in sorted(files)
    }
    others = {file: calls for file, calls in found.items() if calls and file not in ALLOWED}
    assert len(files) > 250
    assert others == {}
    assert {file for file in ALLOWED if not found[file]} == set()


def test_the_search_sees_every_way_of_naming_one() -> None:
    ways = (
        "import httpx\nhttpx.get('x')",
        "import httpx as h\nh.Client()",
        "from httpx import post",
        "import socket\nclass S(socket.socket): pass",
        "import smtplib\nclass M(smtplib.SMTP_SSL): pass",
        "from urllib.request import urlopen",
        "import urllib.request\nurllib.request.urlopen('x')",
        "from urllib import request\nrequest.urlopen('x')",
        "import requests",
        "import http.client",
        "from http import client",
        "import asyncio\nasyncio.open_connection('x', 1)",
        "def f():\n    import requests",
    )
    assert [way for way in ways if not list(opened(ast.parse(way)))] == []
    assert list(opened(ast.parse("import httpx\nhttpx.URL('x')\nfrom urllib.parse import quote"))) == []
