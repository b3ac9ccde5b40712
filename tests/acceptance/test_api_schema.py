"""The API keeps what its description promises: Schemathesis asks it thousands of things, over a real socket."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from storage import accounts
from sync.service import Service
from sync.web import secrets
from sync.web.server import Console

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

MakeService = Callable[..., Service]
V1 = "/api/v1"
LISTS = ("alerts", "audit", "cycles", "events", "find", "inbox", "quarantine", "studies", "worklist")
UNDESCRIBED = (
    "cursor",
    "watch",
    "person",
    "study",
    "nct_id",
    "since",
    "until",
    "release",
    "country",
    "phase",
    "status",
    "reviewer",
)
DAYS = {f"query.{name}": "2026-10-01" for name in ("as_of", "from", "to")}


@contextmanager
def served(service: Service) -> Iterator[str]:
    """The console's address while it is served."""
    console = Console(service)
    console.start()
    try:
        yield console.url
    finally:
        console.stop()


OF_ADDRESSES = [f"{V1}/studies/{{nct_id}}/{name}" for name in ("own-page", "pages", "pages/remove")]


def configuration(folder: Path, pinned: Mapping[str, Any]) -> Path:
    """What Schemathesis cannot find out by itself.

    A description cannot say which cursors a list has given out: any other is refused (422), as
    `test_a_wrong_cursor_is_refused_with_a_sentence` shows, and here only first pages are asked for. Nor can it say
    which watches, people and countries there are, that a period ends after it begins (`test_silence_that_misleads`), or
    which days have come (`test_odd_days`).
    """
    paths = json.dumps([f"{V1}/{name}" for name in LISTS])
    empty = ", ".join(f'"query.{name}" = ""' for name in UNDESCRIBED)
    lines = [
        *(
            f"parameters.{json.dumps(name)} = {json.dumps(value)}"
            for name, value in {**DAYS, **pinned}.items()
        ),
        "[[operations]]",
        f"include-path = {paths}",
        'include-method = "GET"',
        f"parameters = {{ {empty} }}",
        # It asks the registry, and none answers here (502, a fault of nobody's): `test_api_watches` tries it.
        "[[operations]]",
        f"include-path = {json.dumps(f'{V1}/preview')}",
        "enabled = false",
        # What a browser takes for an address is no pattern: `test_worklist` and `test_registered_pages` try it.
        "[[operations]]",
        f"include-path = {json.dumps(OF_ADDRESSES)}",
        "enabled = false",
        # Nor can it say which names antigens may have: `test_classes` tries it.
        "[[operations]]",
        f"include-path = {json.dumps(f'{V1}/studies/{{nct_id}}/class')}",
        'include-method = "POST"',
        "enabled = false",
    ]
    file = folder / "schemathesis.toml"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def schemathesis(url: str, config: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """All checks in all phases, the same questions each time."""
    command = [
        sys.executable,
        "-m",
        "schemathesis.cli",
        "--config-file",
        str(config),
        "run",
        f"{url}{V1}/openapi.json",
    ]
    how = ["--checks", "all", "--generation-deterministic", "--no-color", "--warnings", "off"]
    return subprocess.run(
        [*command, *how, *options], cwd=config.parent, capture_output=True, text=True, timeout=280
    )


def test_to_a_person_of_this_machine(story_service: MakeService, tmp_path: Path) -> None:
    with served(story_service(port=0)) as url:
        event = httpx.get(f"{url}{V1}/events", params={"kind": "eligibility", "limit": 1}).json()["events"][0]
        there_is = {"path.event_id": event["id"], "path.nct_id": event["nct_id"], "path.number": 1}
        config = configuration(tmp_path, {**there_is, "path.watch": "demo", "path.name": "letters"})
        run = schemathesis(url, config, "--max-examples", "12")
    assert run.returncode == 0, run.stdout + run.stderr


def test_to_the_bearer_of_a_token_that_may_read(story_service: MakeService, tmp_path: Path) -> None:
    service = story_service(port=0, hosts=("trials.example.org",))
    token = secrets.new_token()
    with service.database.write() as session:
        about = {"by": "root", "at": service.now()}
        accounts.add_account(session, "ana", role="operator", password_hash="-", **about)
        accounts.add_token(
            session, secrets.fingerprint(token), "ana", "script", "read", expires_at=None, **about
        )
    with served(service) as url:
        assert httpx.get(f"{url}{V1}/pulse").status_code == 401
        config = configuration(tmp_path, {})
        # What every value of every parameter comes to is seen above; here it matters who asks for each operation.
        how = ("--phases", "examples,fuzzing,stateful", "--max-examples", "6")
        run = schemathesis(url, config, *how, "-H", f"Authorization: Bearer {token}")
    assert run.returncode == 0, run.stdout + run.stderr
