"""Countries by whatever name a page or the registry gives them (pure)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

_NAMES: list[list[str]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))[
    "names"
]
_BY_NAME = {name: names[0] for names in _NAMES for name in names}
# Longest first, so that "Hong Kong SAR" is not "Hong Kong" with something behind it.
COUNTRY = "|".join(re.escape(name) for name in sorted(_BY_NAME, key=len, reverse=True))
"""An expression for any of them, as they are written: "us" is no country."""
_ONE = re.compile(COUNTRY)


def named(text: str) -> frozenset[str]:
    """The countries in a list of them, each by one name."""
    return frozenset(_BY_NAME[name] for name in _ONE.findall(text))


def known_as(names: Iterable[str]) -> frozenset[str]:
    """The registry's names of countries, each by the one name that `named` has for it."""
    return frozenset(_BY_NAME.get(name, name) for name in names)
