"""Faults in place of an answer: errors, refusals, and bodies that are not answers at all."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial

from sync.demo.registry.answers import Answer, Request, html, json_body, text
from sync.demo.registry.faults.plan import Kind, Moment
from sync.demo.registry.tokens import REFUSAL

RETRY_AFTER = r"none|negative|date|day|\d+s"

STATUSES = {
    "403": (403, "403 Forbidden", "the edge refuses who asks"),
    "429": (429, "429 Too Many Requests", "too many requests"),
    "500": (500, "500 Internal Server Error", "an error of the server"),
    "502": (502, "502 Bad Gateway", "an error of the gateway"),
    "503": (503, "503 Service Unavailable", "unavailable"),
    "504": (504, "504 Gateway Time-out", "the gateway waited too long"),
    "400": (400, "400 Bad Request", "the question is not understood"),
    "404-html": (404, "404 Not Found", "a wrong path, which says nothing about a study"),
}
BODIES = {
    "empty-body": (b"", "200 without a body"),
    "null": (b"null", "200 and `null`"),
    "busy-string": (b'"busy"', "200 and a string"),
    "list": (b"[]", "200 and a list"),
    "empty-object": (b"{}", "200 and an empty object"),
    "error-object": (b'{"error":"internal error"}', "200 and an object that tells of an error"),
    "studies-null": (b'{"studies":null}', "200 and `studies` without a list"),
}


def _retry_after(argument: str) -> tuple[tuple[str, str], ...]:
    """The header in the wanted form; without an argument, one second."""
    # Two seconds: the header has whole ones, and one could be over before it is read.
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    forms = {"date": soon, "negative": "-5", "day": "86400", "": "1"}
    return () if argument == "none" else (("Retry-After", forms.get(argument, argument.removesuffix("s"))),)


def _status(status: int, title: str, moment: Moment) -> Answer:
    answer = html(status, title)
    variant = moment.argument or ("" if status == 429 else "none")
    return Answer(
        answer.status, answer.body, answer.content_type, _retry_after(variant) if status >= 429 else ()
    )


def _fixed(body: bytes, _: Moment) -> Answer:
    return json_body(body)


def _maintenance(moment: Moment) -> Answer:
    page = html(200, "ClinicalTrials.gov is undergoing maintenance")
    return json_body(page.body) if moment.argument == "json" else page


def _stale_token(_: Moment) -> Answer:
    return text(400, REFUSAL)


def _elsewhere(moment: Moment) -> Answer:
    # The same server under another name: who follows the way is seen in the log.
    port = moment.request.headers.get("host", "").rpartition(":")[2]
    return Answer(302, headers=(("Location", f"http://localhost:{port}{moment.request.path}"),))


def _stall(moment: Moment) -> None:
    time.sleep(float(moment.argument or 5))


def _on_version(request: Request) -> bool:
    return request.path == "/api/v2/version"


def _with_token(request: Request) -> bool:
    return bool(request.param("pageToken"))


def _lying_etag(moment: Moment) -> Answer | None:
    return Answer(304) if "if-none-match" in moment.request.headers else None


def _of_status(name: str, status: int, title: str, about: str) -> Kind:
    argument = RETRY_AFTER if status >= 429 else ""
    said = f"{about}; Retry-After none, 30s, date, negative, day" if argument else about
    return Kind(name, said, argument, instead=partial(_status, status, title))


def _of_body(name: str, body: bytes, about: str) -> Kind:
    answer: Callable[[Moment], Answer] = partial(_fixed, body)
    return Kind(name, about, instead=answer)


KINDS = [
    *(_of_status(name, *rest) for name, rest in STATUSES.items()),
    *(_of_body(name, *rest) for name, rest in BODIES.items()),
    Kind(
        "html-maintenance", "200 and a page for people; `json`: labelled JSON", "json", instead=_maintenance
    ),
    Kind(
        "no-such-day",
        "the release is of a day that no calendar has",
        applies=_on_version,
        instead=partial(_fixed, b'{"apiVersion":"2.0.5","dataTimestamp":"2026-99-99T09:00:04"}'),
    ),
    Kind("stale-token", "a page token is refused", applies=_with_token, instead=_stale_token),
    Kind("redirect-elsewhere", "302 to another host name", instead=_elsewhere),
    Kind("stall", "silence for so many seconds (5), then the answer", r"\d+(\.\d+)?", instead=_stall),
    Kind("lying-etag", "304 to whoever sends an ETag, whatever changed", instead=_lying_etag),
]
