"""The rules in force: of each watch, and of a study. Whoever weighs anything asks here, so that all say the same of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy.orm import Session

from storage.cohorts import Membership, memberships
from storage.kept_watches import kept_watches
from sync.changes.ruleset import RuleSet


class Watch(Protocol):
    """A watch of the configuration, as far as it is about rules."""

    @property
    def name(self) -> str: ...
    @property
    def rules(self) -> dict[str, Any]: ...


class Configured(Protocol):
    """The settings, as far as they are about rules."""

    @property
    def rules(self) -> dict[str, Any]: ...
    @property
    def watch(self) -> Sequence[Watch]: ...


def shared(settings: Configured) -> RuleSet:
    """The shipped rules with the configuration's [rules]: those of what is in no watch."""
    return RuleSet.from_settings(settings.rules)


def by_watch(settings: Configured) -> dict[str, RuleSet]:
    """Each watch's rules, in the order of the configuration: the shared ones with the watch's own on top."""
    return {
        watch.name: RuleSet.from_settings(_merged(settings.rules, watch.rules)) for watch in settings.watch
    }


def first_of(rules: Mapping[str, RuleSet], watches: Collection[str]) -> RuleSet | None:
    """The rules of a study that is in these watches: those of the first of them in the order of the configuration."""
    return next((found for watch, found in rules.items() if watch in watches), None)


def for_study(session: Session, settings: Configured, nct_id: str, on: str | None = None) -> RuleSet:
    """The rules of a study now or, to weigh a version again, of the watches that had it `on` the version's release.

    Where none had it then, those that have it now; then those that ever had it; then the shared ones.
    """
    known = memberships(session, nct_id=nct_id)
    # Those that are kept in the database come after the file's, and have no rules of their own.
    of_file, beside = by_watch(settings), {each.name: shared(settings) for each in kept_watches(session)}
    in_force = of_file | {name: rules for name, rules in beside.items() if name not in of_file}
    found = (first_of(in_force, {each.watch for each in some}) for some in _nearest_first(known, on))
    return next((rules for rules in found if rules), None) or shared(settings)


def _nearest_first(known: Collection[Membership], on: str | None) -> Iterator[list[Membership]]:
    if on is not None:
        yield [each for each in known if _covers(each, on)]
    yield [each for each in known if each.left_release is None]
    # Its watch may have been deleted from the configuration; what it once decided is still nearer than the
    # shared rules.
    yield list(known)


def _covers(membership: Membership, release: str) -> bool:
    # a study that leaves is read, and told of, once more on the release on which it does
    ended = membership.left_release
    return membership.entered_release <= release and (ended is None or release <= ended)


def _merged(shared: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    """One level of tables is merged; anything else of the watch's own takes the place of what is shared."""
    merged = dict(shared)
    for key, value in own.items():
        both = merged.get(key)
        merged[key] = {**both, **value} if isinstance(value, dict) and isinstance(both, dict) else value
    return merged
