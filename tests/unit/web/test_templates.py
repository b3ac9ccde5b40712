"""The templates: one element a line, in files that can be read at a sitting."""

from __future__ import annotations

from pathlib import Path

import pytest

import sync

TEMPLATES = sorted(Path(sync.__file__).parent.rglob("*.j2"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_line_that_a_screen_cannot_hold(template: Path) -> None:
    lines = template.read_text("utf-8").splitlines()
    assert [line for line in lines if len(line) > 160] == []
    assert len(lines) <= 300


def test_the_templates_of_pages_and_of_mails_are_looked_at() -> None:
    assert {"base.html.j2", "study.html.j2", "mail.html.j2"} <= {each.name for each in TEMPLATES}
