"""Raw differences as first, untyped changes: their kind by the table of fields, their values as the registry sent them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sync.changes.compare.differences import Difference, differences
from sync.changes.compare.fields import LIST_FIELDS, Keys, field_of, path_of
from sync.changes.model import Change, Detail, Op, Snapshot
from sync.study.canonical import Canonical, keyed_derived, under_keys
from sync.study.record import at

ValueAt = Callable[[Keys, Any], Any]
"""The verbatim value at a place, or the one given for where there is none."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A difference as a first, untyped change: kind by the table, values verbatim; `keys` names the place it is at."""

    keys: Keys
    change: Change[Detail]

    @property
    def is_whole(self) -> bool:
        """Whether an element of a list came or went as a whole (an arm, an outcome, a site), not a field of one."""
        return (
            self.change.op is not Op.CHANGED and len(self.keys) == 4 and isinstance(self.change.value, dict)
        )


def raw_changes(before: Snapshot, after: Snapshot) -> list[Raw]:
    """Every difference of content and of what the registry computes; the order of lists is not one.

    A record out of the record history has nothing computed: then only the content is compared.
    """
    found = differences(before.canonical.content, after.canonical.content)
    both = all("derivedSection" in snapshot.record for snapshot in (before, after))
    differ = both and before.canonical.derived_hash != after.canonical.derived_hash
    forms = _where_unequal(before.canonical, after.canonical) if differ else ()
    apart = differences(*(form.derived for form in forms)) if forms else []
    computed = [each for each in apart if _of_its_own(each, before, after)]
    old, new = (_Verbatim(snapshot) for snapshot in (before, after))
    raws = [_raw(difference, old.at, new.at) for difference in found]
    # Made only where something computed differs: it walks the whole of what the registry computes.
    if computed:
        old_at, new_at = (partial(_in_tree, keyed_derived(form)) for form in forms)
        raws += [_raw(difference, old_at, new_at) for difference in computed]
    return raws


def _where_unequal(old: Canonical, new: Canonical) -> tuple[Canonical, Canonical]:
    """The forms without the coordinates and sizes that are equal in both: those of a thousand sites, as a rule."""
    parts = {name: (old.computed.get(name) or {}, new.computed.get(name) or {}) for name in _OWNERS}
    # Elements that share an identity are paired by what they say, and need each other for that.
    single = {name: pair for name, pair in parts.items() if " #" not in "\n".join((*pair[0], *pair[1]))}
    olds = {name: _beyond(part, other) for name, (part, other) in single.items()}
    news = {name: _beyond(part, other) for name, (other, part) in single.items()}
    return replace(old, computed=old.computed | olds), replace(new, computed=new.computed | news)


def _beyond(part: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key not in other or other[key] != value}


class _Verbatim:
    """Finds what the registry sent at a place of the canonical form, where lists are keyed by identity."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._record, self._form = snapshot.record, snapshot.canonical.content
        self._lists: dict[int, dict[str, Any]] = {}

    def at(self, keys: Keys, otherwise: Any) -> Any:
        """The value at the place, `otherwise` where there is none."""
        value: Any = self._record
        form: Any = self._form
        name = ""
        for key in keys:
            children, name = self._children(value, form, name), key if isinstance(value, dict) else name
            if key not in children:
                return otherwise
            value, form = children[key], at(form, key)
        return value

    def _children(self, value: Any, form: Any, name: str) -> dict[str, Any]:
        if not isinstance(value, list):
            return value if isinstance(value, dict) else {}
        # By identity of the object, which the record keeps alive: hashing a list of a thousand sites for each place costs
        # more.
        if id(value) not in self._lists:
            self._lists[id(value)] = under_keys(value, form, name)
        return self._lists[id(value)]


_OWNERS = {
    "geoPoints": ("protocolSection", "contactsLocationsModule", "locations"),
    "sizes": ("documentSection", "largeDocumentModule", "largeDocs"),
}


def _of_its_own(difference: Difference, before: Snapshot, after: Snapshot) -> bool:
    """Whether a computed difference says something: coordinates and sizes come and go with their site or document."""
    owners = _OWNERS.get(difference.keys[0])
    if owners is None or difference.op is Op.CHANGED:
        return True
    return all(difference.keys[1] in (at(side.canonical.content, *owners) or {}) for side in (before, after))


def _raw(difference: Difference, old: ValueAt, new: ValueAt) -> Raw:
    keys = difference.new_keys if difference.op is Op.ADDED else difference.keys
    change = Change(
        field_of(keys).kind,
        path_of(keys),
        difference.op,
        None if difference.op is Op.ADDED else old(difference.keys, difference.old),
        None if difference.op is Op.REMOVED else new(difference.new_keys, difference.new),
        Detail(),
    )
    return Raw(keys, change)


def _in_tree(tree: Any, keys: Keys, otherwise: Any) -> Any:
    for key in keys:
        if not isinstance(tree, dict) or key not in tree:
            return otherwise
        tree = tree[key]
    return _as_sent(tree, keys[-1])


def _as_sent(value: Any, name: str) -> Any:
    """The value in the registry's own shape: what was keyed by identity is a list again."""
    if not isinstance(value, dict):
        return value
    if name in LIST_FIELDS:
        return [_as_sent(element, "") for element in value.values()]
    return {key: _as_sent(child, key) for key, child in value.items()}
