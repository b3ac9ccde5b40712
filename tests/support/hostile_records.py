"""An invented cohort in which every text that a sponsor can write is an attack, told by a real cycle on two releases."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sync.config import Settings, WatchSettings
from sync.cycle.cycle import run_cycle
from sync.demo.registry import serve
from sync.demo.show import settings
from sync.demo.story import story
from sync.service import open_service

ATTACK = (
    "<script>window.hit=1</script></script><img src=x onerror=window.hit=2><svg onload=window.hit=3>"
    "\" onmouseover=window.hit=4 autofocus onfocus=window.hit=5 x=\" ' onclick=window.hit=6 '"
    "javascript:window.hit=7 {{7*7}} {% raw %} ${7*7} ]]>--> </title></textarea></style></details>"
    "<base href=//evil.example/><meta http-equiv=refresh content='0;url=//evil.example'> \u202egnp.exe\u202c\u200b"
    " =cmd()|' /C calc'!A0 @everyone \x1b[31m"
)
RELEASES = ("2026-09-01", "2026-09-02")
_KEPT = (
    "nctId",
    "date",
    "Date",
    "type",
    "pmid",
    "lat",
    "lon",
    "id",
    "status",
    "overallStatus",
    "versionHolder",
    "sex",
)
"""Keys whose values keep their form, so that the records are read and compared at all."""


def attacked(value: Any, key: str = "", mark: str = "") -> Any:
    """The value with every free text in it replaced; texts stay apart from each other."""
    if isinstance(value, dict):
        return {name: attacked(each, name, f"{mark}{name[:3]}") for name, each in value.items()}
    if isinstance(value, list):
        return [attacked(each, key, f"{mark}{place}") for place, each in enumerate(value)]
    if not isinstance(value, str) or key.endswith(_KEPT) or value.isupper():
        return value
    if key == "eligibilityCriteria":
        inclusion = f"Inclusion Criteria:\n\n* Age 18 {ATTACK}\n* Platelets >= 50 {mark}\n\n"
        return f"{inclusion}Exclusion Criteria:\n\n* HIV {ATTACK}\n"
    return f"{mark} {ATTACK}"


def corpus(place: Path) -> Path:
    """Two studies of the story, attacked, and otherwise on the second release; one with a status of its own making."""
    told = []
    for number, each in enumerate(story()[:2]):
        record = next(version["study"] for version in each["versions"] if version["study"])
        before, after = attacked(record), attacked(copy.deepcopy(record), mark="after")
        criteria = after["protocolSection"]["eligibilityModule"]
        criteria["eligibilityCriteria"] = criteria["eligibilityCriteria"].replace(">= 50", ">= 30")
        after["protocolSection"]["statusModule"]["overallStatus"] = ("SUSPENDED", f"NEW{ATTACK}")[number]
        after["protocolSection"]["statusModule"]["whyStopped"] = ATTACK
        versions = [
            {"release": release, "study": study}
            for release, study in zip(RELEASES, (before, after), strict=True)
        ]
        told.append({"nctId": each["nctId"], "versions": versions})
    file = place / "hostile.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in told), encoding="utf-8")
    return file


def fill(place: Path) -> Settings:
    """The settings of an instance whose database holds the hostile cohort."""
    file = corpus(place)
    ids = tuple(json.loads(line)["nctId"] for line in file.read_text("utf-8").splitlines())
    with serve([file], release=RELEASES[0]) as registry:
        told = settings(registry.api_url, place)
        made = Settings.model_construct(**{**dict(told), "watch": (WatchSettings(name="demo", ids=ids),)})
        with open_service(made) as service:
            for release in RELEASES:
                registry.move_to(release)
                run_cycle(service)
    return made


def texts(value: Any) -> Iterator[str]:
    """All texts in a value."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)
    elif isinstance(value, str):
        yield value
