"""docs/api.md is what the API does: the table of operations, the figures, and each example with its answer."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from sync.service import Service
from sync.web import api as routes
from sync.web import metering, metrics
from sync.web.api.routes import PREFIX
from sync.web.api.schema import description
from tests.acceptance.web.api import Api

MakeService = Callable[..., Service]
PAGE = Path(__file__).parents[3] / "docs" / "api.md"
HERE = "http://127.0.0.1:8470"
AGAIN = "write it anew: python -m tests.acceptance.web.test_api_page"
TABLE = re.compile(r"(<!-- operations -->\n).*?(<!-- -->)", re.DOTALL)


def table(described: dict[str, Any]) -> str:
    """The operations of a description, a row each: what is asked, what it does, what it takes."""
    rows = [
        f"| `{method.upper()} {path.removeprefix(PREFIX)}` | {_sentence(operation)} | {_takes(operation, described)} |\n"
        for path, item in described["paths"].items()
        for method, operation in item.items()
    ]
    return "".join(["| operation | what it does | takes |\n", "|---|---|---|\n", *rows])


def _sentence(operation: dict[str, Any]) -> str:
    return " ".join(operation["description"].partition("\n\n")[0].split())


def _takes(operation: dict[str, Any], described: dict[str, Any]) -> str:
    """The names of its query, or of its body."""
    query = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    schema = described["components"]["schemas"].get(body.get("$ref", "").rpartition("/")[2], {})
    names = [*query, *schema.get("properties", {})]
    return ", ".join(f"`{name}`" for name in names)


def examples() -> Iterator[tuple[str, str]]:
    """Commands of the page, in order, each with the answer below it."""
    for block in re.findall(r"```console\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, answer = part.replace("\\\n", " ").partition("\n")
            yield command, answer.strip()


def asked(api: Api, command: str) -> httpx.Response:
    """What curl would be answered."""
    words = shlex.split(command.partition(" | ")[0])
    assert words[:2] == ["curl", "-s"]
    method, headers, body = "GET", {"host": "127.0.0.1:8470"}, None
    (url,) = [each for each in words if each.startswith(f"{HERE}/")]
    for flag, value in pairwise(words):
        if flag == "-H":
            name, _, content = value.partition(": ")
            headers[name] = content
        elif flag == "--json":
            method, body = "POST", value
            headers["content-type"] = "application/json"
        elif flag == "-X":
            method = value
    return api.request(method, url.removeprefix(HERE), headers=headers, content=body)


def within(shown: Any, whole: Any) -> bool:
    """Whether an answer that was shortened is of the whole one: of objects some keys, of lists the first items."""
    if isinstance(shown, dict) and isinstance(whole, dict):
        return all(name in whole and within(value, whole[name]) for name, value in shown.items())
    if isinstance(shown, list) and isinstance(whole, list):
        return len(shown) <= len(whole) and all(map(within, shown, whole))
    return bool(shown == whole)


def test_the_table_of_operations_is_the_apis_own(story_service: MakeService) -> None:
    described = Api(story_service()).read("/openapi.json")
    found = TABLE.search(PAGE.read_text("utf-8"))
    assert found
    assert found[0] == f"{found[1]}{table(described)}{found[2]}", AGAIN
    assert found[0].count("\n| `") == sum(map(len, described["paths"].values())) >= 40


def test_each_example_is_answered_as_the_page_says(story_service: MakeService) -> None:
    api = Api(story_service(), host="127.0.0.1:8470")
    kinds = set()
    for command, answer in examples():
        found = asked(api, command)
        if "%{http_code}" in command:
            assert str(found.status_code) == answer, command
        elif command.endswith("| sha256sum"):
            assert f"{hashlib.sha256(found.content).hexdigest()}  -" == answer, command
        else:
            assert within(json.loads(answer), found.json()), (command, found.text)
        kinds.add((found.request.method, found.status_code))
    assert {("GET", 200), ("GET", 304), ("GET", 404), ("GET", 422), ("POST", 200)} <= kinds


def test_the_figures_are_those_of_the_page(story_service: MakeService) -> None:
    told = Api(story_service()).request("GET", "/metrics").text
    shown = set(re.findall(r"`(trialdelta_\w+)`", PAGE.read_text("utf-8")))
    names = {
        name for name in re.findall(r"^# TYPE (\w+)", told, re.MULTILINE) if not name.endswith("_created")
    }
    assert names <= shown
    source = Path(metrics.__file__).read_text("utf-8") + Path(metering.__file__).read_text("utf-8")
    for name in shown:
        assert f'"{re.sub("_(info|total)$", "", name)}"' in source, name


def test_it_is_a_page_that_can_be_read_at_a_sitting() -> None:
    lines = PAGE.read_text("utf-8").splitlines()
    assert len(lines) <= 200
    assert all(len(line) <= 132 for line in lines if not line.startswith("| "))


def main() -> None:
    """Write the table anew."""
    app = FastAPI()
    for router in routes.ROUTERS:
        app.include_router(router)
    made = table(description(app, needs_accounts=False))
    page = PAGE.read_text("utf-8")
    PAGE.write_text(TABLE.sub(lambda found: f"{found[1]}{made}{found[2]}", page), encoding="utf-8")


if __name__ == "__main__":
    main()
