"""Settings as a TOML file that can be read back. The standard library reads TOML and does not write it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sync.redaction import HIDDEN

_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def document(values: Mapping[str, Any]) -> str:
    """The sections one after the other; what is None is left out, for TOML has no word for it.

    A value in which something is hidden becomes a comment: read back, it must not pass for the secret.
    """
    lines: list[str] = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            lines += _table(_key(name), value)
        elif isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
            for each in value:
                lines += ["", f"[[{_key(name)}]]", *_pairs(each)]
        else:
            lines = [*_pairs({name: value}), *lines]  # before the first table, which would take it in
    return "\n".join(lines).strip() + "\n"


def _table(name: str, values: Mapping[str, Any]) -> Iterator[str]:
    nested = {key: value for key, value in values.items() if isinstance(value, Mapping)}
    plain = {key: value for key, value in values.items() if key not in nested}
    if plain or not nested:
        yield from ("", f"[{name}]", *_pairs(plain))
    for key, value in nested.items():
        yield from _table(f"{name}.{_key(key)}", value)


def _pairs(values: Mapping[str, Any]) -> Iterator[str]:
    for key, value in values.items():
        if value is None:
            continue
        line = f"{_key(key)} = {inline(value)}"
        yield f"# {line}  # a secret, hidden" if HIDDEN in line else line


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else inline(name)


def inline(value: Any) -> str:
    """A value as it stands behind its key."""
    if isinstance(value, Mapping):
        inside = (f"{_key(key)} = {inline(each)}" for key, each in value.items() if each is not None)
        return f"{{ {', '.join(inside)} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(inline, value))}]"
    # JSON's texts, numbers and truth values are TOML's, but for one sign that TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
