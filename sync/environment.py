"""The environment as a source of the configuration: each key as TRIALDELTA_SECTION__KEY, secrets also from a file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsError

from sync.config_errors import known_keys
from sync.errors import ConfigError
from sync.settings_base import read_secret

ENV_PREFIX = "TRIALDELTA_"
NOT_KEYS = {"CONFIG", "USER"}
"""Variables that are read elsewhere."""
NEAR, NEARER = 0.6, 0.85
"""Likeness to a key from which it is offered; a variable without `__` may be somebody else's and must be nearer."""

Secrets = Sequence[tuple[str, str]]


class GivenVariables(PydanticBaseSettingsSource):
    """The environment; TRIALDELTA_SECTION__KEY_FILE names a file that holds the value of a secret."""

    def __init__(
        self, settings_cls: type[BaseSettings], variables: PydanticBaseSettingsSource, secrets: Secrets
    ) -> None:
        super().__init__(settings_cls)
        self.variables, self.secrets = variables, secrets

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        """Asked for by the base class; the values come from the environment as a whole."""
        return self.variables.get_field_value(field, field_name)

    def __call__(self) -> dict[str, Any]:
        """The values by section and key."""
        values = self.variables()
        for section, key in self.secrets:
            table = values.get(section)
            if isinstance(table, dict) and (path := table.pop(f"{key}_file", None)):
                table[key] = _secret(f"{ENV_PREFIX}{section}__{key}_file".upper(), path)
        return values


def _secret(name: str, path: object) -> str:
    if not isinstance(path, str):
        raise ConfigError(f"{name} must be the name of a file")
    try:
        return read_secret(Path(path))
    except OSError as error:
        # the name may be the secret itself, in the wrong variable
        raise ConfigError(f"{name} names a file that cannot be read: {error.strerror}") from None


def variables_given() -> list[str]:
    """Our variables that are set, in capitals."""
    return [name.upper() for name in os.environ if name.upper().startswith(ENV_PREFIX)]


def unknown_variables(root: type[BaseModel], secrets: Secrets) -> Iterator[str]:
    """A sentence for each variable that would be passed over in silence: of no section, or nearly the name of a key."""
    known = [name.replace(".", "__").upper() for name in known_keys(root)]
    known += [f"{section}__{key}_FILE".upper() for section, key in secrets]
    sections = {name.upper() for name in root.model_fields}
    for variable in variables_given():
        name = variable.removeprefix(ENV_PREFIX)
        section, nested, _ = name.partition("__")
        near = get_close_matches(name, known, n=1, cutoff=NEAR if nested else NEARER)
        # What is within a known section the settings refuse by themselves; here is what they would never see.
        if section not in sections | NOT_KEYS and (nested or near):
            offer = f"; did you mean {ENV_PREFIX}{near[0]}?" if near else ""
            yield f"{variable}: there is no such key{offer}"


def unreadable_variable(error: SettingsError) -> str:
    """Which one, from the words of the library, which name the section and nothing that was given."""
    found = re.search(r'field "(\w+)"', str(error))
    section = f"{ENV_PREFIX}{found[1].upper()}" if found else f"a variable {ENV_PREFIX}…"
    return (
        f'{section}, or a variable that begins with {section}__, must be JSON, such as ["a", "b"] for a list'
    )
