"""Faults in one study among good ones: no JSON, no study, or merely monstrous."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sync.demo.registry.answers import Answer, Page, Request, json_bytes
from sync.demo.registry.faults.plan import Kind, Moment

Record = dict[str, Any]

_TITLE = re.compile(rb'("briefTitle":")')
_COUNT = re.compile(rb'("count":)\d+')
_NCT_ID = re.compile(rb'("nctId":")NCT\d{8}')
OTHER_ID = b"NCT99999999"


def _in_title(spoilt: bytes) -> Callable[[bytes], bytes]:
    return lambda record: _TITLE.sub(lambda match: match[1] + spoilt, record, count=1)


def _count_as(value: bytes) -> Callable[[bytes], bytes]:
    # In the bytes, since no JSON library would write such a value.
    return lambda record: b'{"count":' + value + b"," + record[1:]


def _first_key(key_and_value: bytes) -> Callable[[bytes], bytes]:
    return lambda record: b"{" + key_and_value + b"," + record[1:]


def _nested(depth: int) -> Callable[[bytes], bytes]:
    return _first_key(b'"deep":' + b"[" * depth + b"]" * depth)


def _reshaped(change: Callable[[Record], object]) -> Callable[[bytes], bytes]:
    def spoil(record: bytes) -> bytes:
        study = json.loads(record)
        change(study)
        return json_bytes(study)

    return spoil


def _module(study: Record, name: str) -> Record:
    module: Record = study["protocolSection"].setdefault(name, {})
    return module


def _sites(number: int) -> list[Record]:
    return [
        {"facility": f"Invented Clinic {n}", "city": f"Town {n}", "country": "Nowhere"} for n in range(number)
    ]


def _with_id(value: str) -> Callable[[bytes], bytes]:
    return _reshaped(lambda study: _module(study, "identificationModule").update(nctId=value))


def _with_status(**values: Any) -> Callable[[bytes], bytes]:
    return _reshaped(lambda study: _module(study, "statusModule").update(values))


def _with_title(title: str) -> Callable[[bytes], bytes]:
    return _reshaped(lambda study: _module(study, "identificationModule").update(briefTitle=title))


def _with_start(date: str) -> Callable[[bytes], bytes]:
    return _with_status(startDateStruct={"date": date, "type": "ACTUAL"})


POISONS: dict[str, Callable[[bytes], bytes]] = {
    "surrogate": _in_title(rb"\ud800"),
    "bad-utf8": _in_title(b"\xff\xfe"),
    "nul": _in_title(rb"\u0000"),
    "raw-nul": _in_title(b"\x00"),
    "nan": _count_as(b"NaN"),
    "bigint": _count_as(b"18446744073709551616"),
    "1e400": _count_as(b"1e400"),
    "duplicate-keys": _first_key(b'"hasResults":true,"hasResults":false'),
    "bom": lambda record: b"\xef\xbb\xbf" + record,
    "cut": lambda record: record[: len(record) // 2],
    "depth300": _nested(300),
    "depth500": _nested(500),
    "depth1000": _nested(1_000),
    "depth100000": _nested(100_000),
    "missing-module": _reshaped(lambda study: study["protocolSection"].pop("statusModule", None)),
    "list-for-object": _reshaped(lambda study: study["protocolSection"].update(statusModule=[])),
    "object-for-list": _reshaped(
        lambda study: _module(study, "contactsLocationsModule").update(locations={})
    ),
    "number-for-date": _with_status(startDateStruct=20260101, completionDateStruct={"date": 20260101}),
    "unknown-status": _with_status(overallStatus="PAUSED_BY_MOONLIGHT"),
    "no-id": _reshaped(lambda study: _module(study, "identificationModule").pop("nctId", None)),
    "path-id": _with_id("../../x"),
    "year-0000": _with_start("0000-01-01"),
    "year-9999": _with_start("9999-12-31"),
    "huge-text": _reshaped(
        lambda study: _module(study, "eligibilityModule").update(
            eligibilityCriteria="* Age 18 or older\n" * 290_000
        )
    ),
    "huge-sites": _reshaped(
        lambda study: _module(study, "contactsLocationsModule").update(locations=_sites(5_000))
    ),
    "huge-key": _first_key(b'"' + b"k" * 1_000_000 + b'":1'),
    "hostile-text": _with_title(
        "\u202eesrever\u200b \x1b[31mred\x1b[0m\r\n"
        "Bcc: x@invented.example =cmd() </script>]]> @everyone <!channel>"
    ),
}


def _chosen(moment: Moment, page: Page) -> int | None:
    """Which record of a page: the one with the named id, else the middle one."""
    named = re.search(r"NCT\d{8}", moment.argument)
    if named is None:
        # In the middle: both what stands before it and what comes after it must survive.
        return len(page.records) // 2 if page.records else None
    wanted = f'"nctId":"{named[0]}"'.encode()
    return next((number for number, record in enumerate(page.records) if wanted in record), None)


def _poison_page(moment: Moment, page: Page) -> Page:
    return _spoil(page, _chosen(moment, page), _poison_of(moment))


def _poison_study(moment: Moment, answer: Answer) -> Answer:
    named = re.search(r"NCT\d{8}", moment.argument)
    if not _is_study(moment.request, answer) or (named and named[0] not in moment.request.path):
        return answer
    return replace(answer, body=_poison_of(moment)(answer.body))


def _poison_of(moment: Moment) -> Callable[[bytes], bytes]:
    return POISONS[moment.argument.partition("=")[0] or "bad-utf8"]


def _rename(record: bytes) -> bytes:
    return _NCT_ID.sub(lambda match: match[1] + OTHER_ID, record, count=1)


def _wrong_id_page(_: Moment, page: Page) -> Page:
    return _spoil(page, 0 if page.records else None, _rename)


def _wrong_id_study(moment: Moment, answer: Answer) -> Answer:
    return replace(answer, body=_rename(answer.body)) if _is_study(moment.request, answer) else answer


def _spoil(page: Page, number: int | None, change: Callable[[bytes], bytes]) -> Page:
    if number is None:
        return page
    records = list(page.records)
    records[number] = change(records[number])
    return replace(page, records=tuple(records))


def _is_study(request: Request, answer: Answer) -> bool:
    return request.path.startswith("/api/v2/studies/") and answer.status == 200


def _on_records(request: Request) -> bool:
    return request.path.startswith("/api/v2/studies")


def _unstamped_page(_: Moment, page: Page) -> Page:
    return replace(page, records=tuple(map(_unstamped, page.records)))


def _unstamped_study(moment: Moment, answer: Answer) -> Answer:
    return replace(answer, body=_unstamped(answer.body)) if _is_study(moment.request, answer) else answer


def _unstamped(record: bytes) -> bytes:
    return re.sub(rb'"versionHolder":"[^"]*",?', b"", record)


KINDS = [
    Kind(
        "poison",
        f"one study of a page is spoilt (KIND, or KIND=NCT…): {', '.join(POISONS)}",
        rf"({'|'.join(POISONS)})(=NCT\d{{8}})?",
        applies=_on_records,
        page=_poison_page,
        after=_poison_study,
    ),
    Kind(
        "unstamped",
        "no record says of which release it is",
        applies=_on_records,
        page=_unstamped_page,
        after=_unstamped_study,
    ),
    Kind(
        "wrong-id",
        "a study comes under another id than asked for",
        applies=_on_records,
        page=_wrong_id_page,
        after=_wrong_id_study,
    ),
]
