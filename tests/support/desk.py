"""An operator's desk: an instance whose routes lead to a file, and the commands that answer alerts."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from sync.cli import app
from tests.acceptance.instance import Instance

NCT = "NCT90000001"
QUIET = "NCT90000002"
STATUSES = {
    "2026-09-01": "RECRUITING",
    "2026-09-02": "SUSPENDED",
    "2026-09-03": "RECRUITING",
    "2026-09-04": "SUSPENDED",
}


class Desk:
    """An operator's desk: commands on an instance whose routes lead to a file."""

    def __init__(self, instance: Instance, registry: Any) -> None:
        self.instance, self.registry = instance, registry
        self.environment = pytest.MonkeyPatch
        self.file = instance.folder / "heard.jsonl"
        self.configuration = instance.configuration()
        routes = f"""
[[route]]
name = "now"
channels = ["heard"]
min_severity = "medium"
[[route]]
name = "day"
channels = ["heard"]
mode = "daily"
[channels.heard]
kind = "file"
path = "{self.file}"
"""
        self.configuration.write_text(self.configuration.read_text() + routes)

    def run(self, *words: str, expect: int = 0) -> str:
        """What a command prints; in this process, since a new one for each would take a second."""
        with self.environment.context() as environment:
            environment.setenv("TRIALDELTA_CONFIG", str(self.configuration))
            done = CliRunner().invoke(app, words)
        code = getattr(done.exception, "exit_code", done.exit_code)
        assert code == expect, (done.output, done.exception)
        return done.stdout

    def lines(self, *words: str, expect: int = 0) -> list[Any]:
        return [json.loads(line) for line in self.run(*words, "--json", expect=expect).splitlines()]

    def release(self, day: str) -> None:
        self.registry.move_to(day)
        self.run("sync")

    def heard(self) -> list[Any]:
        return [json.loads(line) for line in self.file.read_text().splitlines()] if self.file.exists() else []
