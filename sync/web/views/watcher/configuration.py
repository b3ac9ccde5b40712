"""What the service was told to do: the configuration as loaded, without its secrets, and the rules in force."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, Field

from sync.changes.rule import Limits
from sync.changes.ruleset import RuleSet, all_rules
from sync.config import Settings
from sync.view import View


class Key(View):
    """A key of the configuration and its value, as TOML would have them."""

    name: str
    value: Any
    given: bool = Field(description="Whether file or environment say so; else it is the value without them.")


class Table(View):
    """A table of the configuration."""

    name: str
    keys: list[Key]


class RuleLine(View):
    """A rule: what it gives to an event in which it finds a fact."""

    id: str
    kind: str
    severity: str = Field(description="In this set; `off` where it is switched off.")
    shipped: str = Field(description="Where the configuration says nothing.")
    meaning: str


class Rules(View):
    """A set of rules, and the watches that go by it."""

    sha256: str
    watches: list[str]
    thresholds: dict[str, Any]
    rules: list[RuleLine]

    @property
    def changed(self) -> list[RuleLine]:
        """The rules that weigh otherwise than as shipped."""
        return [rule for rule in self.rules if rule.severity != rule.shipped]

    @property
    def changed_thresholds(self) -> dict[str, Any]:
        """The thresholds that are others than as shipped."""
        shipped = asdict(Limits())
        return {name: value for name, value in self.thresholds.items() if value != shipped[name]}


def configuration(settings: Settings) -> list[Table]:
    """The configuration as loaded, table by table; what is secret in it is blanked."""
    # As the settings write themselves, which is where secrets are blanked: nothing here reads a value by itself.
    values = settings.model_dump(mode="json")
    return list(_tables(settings, values))


def _tables(settings: Settings, values: Mapping[str, Any]) -> Iterator[Table]:
    """Sections as they are; of a list of tables each by its name, of channels no more than their kinds."""
    for name, value in values.items():
        section = getattr(settings, name)
        if isinstance(value, list):
            for each, table in zip(section, value, strict=True):
                yield _table(f"{name} {each.name}", table, each.model_fields_set)
        elif name == "channels":
            for channel, table in value.items():
                yield _table(f"channels.{channel}", table, table)
        elif isinstance(section, BaseModel):
            yield _table(name, value, section.model_fields_set)
        elif value:
            yield _table(name, value, value)


def _table(name: str, values: Mapping[str, Any], given: Container[str]) -> Table:
    return Table(
        name=name, keys=[Key(name=key, value=value, given=key in given) for key, value in values.items()]
    )


def rules(by_watch: Mapping[str, RuleSet]) -> list[Rules]:
    """The sets of rules in force, each once with the watches that go by it."""
    # Most watches go by the same rules, and a page that lists them once for each is read by nobody.
    sets = {each.sha256: each for each in by_watch.values()}
    return [
        Rules(
            sha256=sha256,
            watches=[watch for watch, each in by_watch.items() if each.sha256 == sha256],
            thresholds=asdict(ruleset.limits),
            rules=[
                RuleLine(
                    id=rule.id,
                    kind=rule.kind,
                    severity="off" if rule.id in ruleset.off else ruleset.severity_of(rule),
                    shipped=rule.severity,
                    meaning=rule.meaning,
                )
                for rule in all_rules()
            ],
        )
        for sha256, ruleset in sets.items()
    ]
