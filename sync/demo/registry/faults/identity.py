"""Faults in who is who: a record that claims ids of others, an id that leads to a study which never had it."""

import re
from dataclasses import replace

from sync.demo.registry.answers import Answer, Page, Request, json_bytes
from sync.demo.registry.api import Api
from sync.demo.registry.faults.plan import Kind, Moment

CLAIM = r"NCT\d{8}=(NCT\d{8}(\+NCT\d{8})*|\d+)"
WAY = r"NCT\d{8}=NCT\d{8}"


def _claim(moment: Moment) -> tuple[str, list[str]]:
    """The record that claims, and the ids that it claims: those named, or so many of the first ones (itself among them)."""
    heir, _, claimed = moment.argument.partition("=")
    if claimed.isdecimal():
        return heir, sorted(moment.api.corpus.view(moment.api.release).studies)[: int(claimed)]
    return heir, claimed.split("+")


def _claiming(moment: Moment, record: bytes) -> bytes:
    heir, claimed = _claim(moment)
    named = f'"nctId":"{heir}"'.encode()
    return record.replace(named, named + b',"nctIdAliases":' + json_bytes(claimed), 1)


def _claims_on_page(moment: Moment, page: Page) -> Page:
    return replace(page, records=tuple(_claiming(moment, record) for record in page.records))


def _claims_alone(moment: Moment, answer: Answer) -> Answer:
    is_study = moment.request.path.startswith("/api/v2/studies/") and answer.status == 200
    return replace(answer, body=_claiming(moment, answer.body)) if is_study else answer


def _also_found(moment: Moment) -> Request:
    """`filter.ids` finds a study by the ids that it claims, too."""
    heir, claimed = _claim(moment)
    request, asked = moment.request, moment.request.param("filter.ids")
    if not any(nct_id in asked for nct_id in claimed):
        return request
    others = tuple((name, value) for name, value in request.params if name != "filter.ids")
    return replace(request, params=(*others, ("filter.ids", f"{asked}|{heir}")))


def _way(moment: Moment) -> tuple[str, str]:
    old, _, new = moment.argument.partition("=")
    return old, new


def _led(moment: Moment) -> Answer | None:
    old, new = _way(moment)
    if moment.request.path != f"/api/v2/studies/{old}":
        return None
    return Answer(301, headers=(("Location", f"/api/v2/studies/{new}"),))


def _hidden(moment: Moment) -> Api:
    old, _ = _way(moment)
    return replace(moment.api, hidden=moment.api.hidden | {old})


def _on_records(request: Request) -> bool:
    return bool(re.match(r"/api/v2/studies(/|$)", request.path))


KINDS = [
    Kind(
        "claims",
        "a record says that it had the ids of others (NCT…=NCT…+NCT…, or NCT…=119), which answer all the same",
        CLAIM,
        applies=_on_records,
        asked=_also_found,
        page=_claims_on_page,
        after=_claims_alone,
    ),
    Kind(
        "leads",
        "301 from an id to another study, whatever that says (NCT…=NCT…); lists lack the id",
        WAY,
        applies=_on_records,
        instead=_led,
        view=_hidden,
    ),
]
