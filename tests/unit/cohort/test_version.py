"""Another classifier has another version: else our view would change, and be told as the registry's."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sync.cohort import rules

PACKAGE = Path(rules.__file__).parent
PARTS = (
    "rules",
    "facts",
    "wordings",
    "mentions",
    "denied",
    "labels",
    "folding",
    "passages",
    "terms",
    "writing",
    "classifying",
)
VERSIONS = Path(__file__).parent / "versions.txt"
AGAIN = "the rules or the terms changed: raise RULES_VERSION, and add the line to versions.txt: "


def fingerprint() -> str:
    """Of rules and terms; comments, empty lines and indentation are none of them."""
    files = [*(PACKAGE / f"{name}.py" for name in PARTS), PACKAGE / "terms.toml"]
    lines = (line.strip() for file in files for line in file.read_text("utf-8").splitlines())
    said = "\n".join(line for line in lines if line and not line.startswith("#"))
    # its own number is no rule
    return hashlib.sha256(said.replace(f"RULES_VERSION = {rules.RULES_VERSION}", "").encode()).hexdigest()[
        :16
    ]


def test_whoever_changes_the_rules_or_the_terms_raises_their_version() -> None:
    known = [line.split() for line in VERSIONS.read_text("utf-8").splitlines() if not line.startswith("#")]
    line = [str(rules.RULES_VERSION), fingerprint()]
    assert known[-1] == line, AGAIN + " ".join(line)


def test_each_version_has_one_line_and_they_only_grow() -> None:
    known = [line.split() for line in VERSIONS.read_text("utf-8").splitlines() if not line.startswith("#")]
    numbers = [int(number) for number, _ in known]
    assert numbers == sorted(set(numbers))
    assert len({sha256 for _, sha256 in known}) == len(known)
