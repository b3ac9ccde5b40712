"""The local registry server for tests: corpora written on the spot, the server in its own process."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sync.demo.registry import RunningRegistry

Record = dict[str, Any]
StartRegistry = Callable[..., RunningRegistry]


def study(nct_id: str, status: Any = "RECRUITING", posted: Any = "2026-01-05", **protocol: Any) -> Record:
    """A small invented record; further modules are given by name."""
    return {
        "protocolSection": {
            "identificationModule": {"nctId": nct_id, "briefTitle": f"Invented CAR-T study {nct_id[-3:]}"},
            "statusModule": {
                "overallStatus": status,
                "lastUpdateSubmitDate": posted,
                "lastUpdatePostDateStruct": {"date": posted, "type": "ACTUAL"},
            },
            **protocol,
        },
        "derivedSection": {"miscInfoModule": {}},
        "hasResults": False,
    }


def told(nct_id: str, versions: dict[str, Record | None], listed: list[list[str]] | None = None) -> Record:
    """A study in corpus form: its record by the release from which it holds."""
    spans = {} if listed is None else {"listed": listed}
    return {
        "nctId": nct_id,
        **spans,
        "versions": [{"release": release, "study": record} for release, record in versions.items()],
    }


def write_corpus(path: Path, studies: Iterable[Record]) -> Path:
    """Writes a corpus, one study a line."""
    path.write_text("".join(json.dumps(each) + "\n" for each in studies), "utf-8")
    return path
