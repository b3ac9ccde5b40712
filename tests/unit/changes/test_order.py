"""The changes of an event stand in one order, whichever process compares the versions."""

from __future__ import annotations

import json
import os
import subprocess
import sys

COMPARE = """
import json, sys
from sync.changes.compare import differences
old, new = json.load(sys.stdin)
print(json.dumps([[*each.keys, each.op] for each in differences(old, new)]))
"""
FIELDS = ("allocation", "interventionModel", "primaryPurpose", "observationalModel", "timePerspective")


def design(said: str, *, left_out: str) -> dict[str, object]:
    info = {name: f"{said} {name}" for name in FIELDS if name != left_out}
    return {"protocolSection": {"designModule": {"designInfo": info | {"maskingInfo": {"masking": said}}}}}


def compared(seed: str) -> str:
    pair = [design("ONE", left_out="timePerspective"), design("OTHER", left_out="allocation")]
    environment = os.environ | {"PYTHONHASHSEED": seed}
    told = subprocess.run(
        [sys.executable, "-c", COMPARE],
        input=json.dumps(pair),
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout


def test_the_order_of_changes_is_the_same_in_every_process() -> None:
    assert len({compared(seed) for seed in ("1", "2", "3", "4")}) == 1
