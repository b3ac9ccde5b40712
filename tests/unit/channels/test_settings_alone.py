"""Reading the configuration of a channel brings none of the means of sending."""

import subprocess
import sys
from pathlib import Path

import pytest

from sync.alerts.channels import KINDS

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    "kind", sorted(set(KINDS) - {"apprise"})
)  # only Apprise itself knows which URLs it takes
def test_the_settings_of_a_channel_come_without_its_sender(kind: str) -> None:
    program = f"import sys, sync.alerts.channels.{kind} as kind; kind.Settings; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    imported = set(done.stdout.split())
    assert f"sync.alerts.channels.{kind}" in imported
    assert not imported & {f"sync.alerts.channels.{kind}.transport", "httpx", "smtplib", "rich", "jinja2"}
