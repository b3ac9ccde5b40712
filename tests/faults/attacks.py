"""What is thrown at the console: paths that lead elsewhere, searches that take for ever, and bytes that are no HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

UP = "../../../../../../../../../../etc/passwd"
PATHS = (
    "..%2F..%2fetc%2fpasswd",
    quote(UP, safe=""),
    quote(quote(UP, safe=""), safe=""),
    UP,
    "..%5c..%5cetc%5cpasswd",
    "%c0%ae%c0%ae%c0%afetc%c0%afpasswd",
    "%2fetc%2fpasswd",
    "file:%2f%2f%2fetc%2fpasswd",
    "NCT90000001%00",
    "NCT90000001%0a",
    "NCT9000000%D9%A1",
    "%D9%A1",
    "%00",
    "%ed%a0%80",
    "%",
    "99999999999999999999999999",
    "'%20OR%20'1'='1",
    "..%2f" * 1600,
    "A" * 8192,
)
"""For any place in an address where an id stands; sent as they are."""

SEARCHES = (
    "%",
    "_",
    "%%%%%%%%%%%%%%%%",
    "*",
    "\\",
    "\\%",
    "' OR 1=1 --",
    '"',
    '"unbalanced',
    "'); DROP TABLE study; --",
    "(a+)+$" * 12,
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(?:" * 30,
    "[" * 99,
    "NEAR(a b, 10) AND NOT c*",
    "a\0b",
    "\0",
    "\u202egnp.exe\u202c",
    "\u200f\u200e\u2066\u2069",
    "e\u0301" * 40,
    "\U0001f9ec" * 50,
    "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}ß\N{LATIN SMALL LIGATURE FFI}" * 20,
    " " * 99,
    "a " * 50,
    " ".join(f"word{number}" for number in range(100)),
    "a" * 8192,
    "%" * 8192,
)
RAW_SEARCHES = ("%ed%a0%80", "%ff%fe", "%c0%a5", "%", "%zz", "&q=b&q=c", "[]=a", "%00" * 100)
"""The same, but as the address has them: what is no UTF-8, and what is no query."""


def searches() -> list[str]:
    """All of them as they stand in an address."""
    return [*(quote(each, safe="") for each in SEARCHES), *RAW_SEARCHES]


def malformed(host: str, token: str) -> Mapping[str, bytes]:
    """Requests that no client of good faith sends, by name."""
    name = f"Host: {host}\r\n".encode()
    close = name + b"Connection: close\r\n"
    bearer = close + f"Authorization: Bearer {token}\r\n".encode()
    post, act = b"POST /login HTTP/1.1\r\n", b"POST /act HTTP/1.1\r\n"
    json = b"POST /api/v1/undo HTTP/1.1\r\n" + bearer + b"Content-Type: application/json\r\n"
    form, part = b"Content-Type: application/x-www-form-urlencoded", b"Content-Type: multipart/form-data"
    many = b"".join(b"X-%d: y\r\n" % number for number in range(10_000))
    deep, long = b"[" * 100_000, b'{"did":' + b"9" * 100_000 + b"}"
    chunk = b"ffff\r\n" + b"y" * 65_535 + b"\r\n"
    health, login = b"GET /healthz HTTP/1.1\r\n", b"GET /login HTTP/1.1\r\nAccept: text/html\r\n"
    return {
        "ten thousand headers": health + close + many + b"\r\n",
        "a header of 1 MB": health + close + b"X: " + b"y" * 1_000_000 + b"\r\n\r\n",
        "an address of 1 MB": b"GET /" + b"y" * 1_000_000 + b" HTTP/1.1\r\n" + close + b"\r\n",
        "a body of 5 MB": post + close + b"Content-Length: 5000000\r\n\r\n" + b"y" * 5_000_000,
        "a body of 5 MB from a stranger": act + close + b"Content-Length: 5000000\r\n\r\n" + b"y" * 5_000_000,
        "5 MB in chunks": post + close + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 80,
        "a body shorter than said": post + close + b"Content-Length: 500\r\n\r\nabc",
        "a body longer than said": post + close + b"Content-Length: 2\r\n\r\nabcdef\x00\xff",
        "a length below zero": post + close + b"Content-Length: -2\r\n\r\nabc",
        "two lengths": post + close + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        "a length, and chunks": post + close + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "a chunk of no size": post + close + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc",
        "a chunk of 16 exabytes": post + close + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc",
        "garbage in the pipeline": (health + name + b"\r\n") * 3 + b"\x00\xffgarbage\r\n\r\n",
        "no host": health + b"\r\n",
        "two hosts": health + close + b"Host: evil.example\r\n\r\n",
        "half an IPv6 address for a host": health + b"Host: [::1\r\nConnection: close\r\n\r\n",
        "half an IPv6 address for a host, at the form": login + b"Host: [\r\nConnection: close\r\n\r\n",
        "letters that become a slash for a host": health + b"Host: \xe2\x84\x80\r\nConnection: close\r\n\r\n",
        "half an IPv6 address for an origin": post + close + b"Origin: http://[::1\r\nContent-Length: 0\r\n\r\n",
        "half an IPv6 address to go on to": b"GET /login?next=//[ HTTP/1.1\r\n" + close + b"Accept: text/html\r\n\r\n",
        "another host in the address": b"GET http://evil.example/events HTTP/1.1\r\n" + close + b"\r\n",
        "OPTIONS *": b"OPTIONS * HTTP/1.1\r\n" + close + b"\r\n",
        "CONNECT": b"CONNECT evil.example:443 HTTP/1.1\r\n" + close + b"\r\n",
        "a method of its own": b"FROBNICATE /events HTTP/1.1\r\n" + bearer + b"\r\n",
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
        "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "a web socket": health + close + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n",
        "a cookie of bytes": b"GET / HTTP/1.1\r\n" + close + b'Cookie: trialdelta_visit=\xff\xfe; a="\r\n\r\n',
        "a token of bytes": b"GET / HTTP/1.1\r\n" + close + b"Authorization: Bearer \xff\xfe\r\n\r\n",
        "a proxy that lies": b"GET / HTTP/1.1\r\n" + close + b"X-Forwarded-For: \xff,,;'\r\nX-Forwarded-Proto: data\r\n\r\n",
        "parts without a boundary": act + bearer + part + b"\r\nContent-Length: 5\r\n\r\nabcde",
        "parts that do not end": act + bearer + part + b"; boundary=x\r\nContent-Length: 5\r\n\r\n--x\r\n",
        "a form in no character set": act + bearer + form + b"; charset=utf-99\r\nContent-Length: 4\r\n\r\n\xff=%z",
        "JSON a hundred thousand deep": json + b"Content-Length: %d\r\n\r\n" % len(deep) + deep,
        "a number of a hundred thousand digits": json + b"Content-Length: %d\r\n\r\n" % len(long) + long,
        "half a surrogate pair in JSON": json + b'Content-Length: 16\r\n\r\n{"did":"\\ud800"}',
        "a NUL in JSON": json + b'Content-Length: 16\r\n\r\n{"did":"\\u0000"}',
    }  # fmt: skip
