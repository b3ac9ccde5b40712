"""A change of eligibility: the criterion with its redline, or a field of the module."""

from __future__ import annotations

from sync.alerts.content import Difference, FieldChange, Run, clean, line, short
from sync.alerts.differences.fields import changed_values, readable
from sync.changes.criteria.detail import EligibilityDetail
from sync.changes.criteria.redline import redline
from sync.changes.kinds import kind_named
from sync.changes.model import Change, Detail
from sync.changes.sentences import field_name
from sync.words import capital

_LONGEST_PLACE = 60


def criterion(change: Change[Detail]) -> Difference:
    """The change with old and new in full, and who may enter now."""
    detail = change.detail
    effect = detail.effect if isinstance(detail, EligibilityDetail) else None
    return Difference(
        title=_title(change),
        op=change.op,
        fields=_fields(change),
        effect=effect if effect and effect.is_direction else "",
        notes=tuple(line(note) for note in kind_named(change.kind).notes_on(change)),
    )


def _title(change: Change[Detail]) -> str:
    """ "Inclusion criterion 3 (was 4)", with the headings that it stands under; of another change its field."""
    detail = change.detail
    if not isinstance(detail, EligibilityDetail) or detail.criterion is None:
        return line(capital(field_name(change)))
    section = detail.section or ""
    which = detail.numbers.in_words or "criterion"
    what = f"{capital(section)} {which}" if section in ("inclusion", "exclusion") else "Eligibility"
    if not change.path.endswith(".eligibilityCriteria"):
        what = line(capital(field_name(change)))
    return " › ".join([what, *(short(title, _LONGEST_PLACE) for title in (detail.place or ())[1:])])


def _fields(change: Change[Detail]) -> tuple[FieldChange, ...]:
    detail = change.detail
    old, new = readable(change.old), readable(change.new)
    if isinstance(detail, EligibilityDetail) and detail.words:
        return (FieldChange("", old, new, tuple((mark, clean(words)) for mark, words in detail.words)),)
    if change.path.endswith(".eligibilityCriteria") and old and new:
        words: tuple[Run, ...] = redline(old, new)
        return (FieldChange("", old, new, words),)
    return tuple(
        changed_values(change.old, change.new, name=change.path.rpartition(".")[2].partition("[")[0])
    )
