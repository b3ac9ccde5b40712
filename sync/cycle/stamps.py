"""Whether records are of the release that is being read: the registry stamps each of them with the release's date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sync.registry.client import Release
from sync.registry.errors import StaleReplica
from sync.registry.pages import RawRecord


@dataclass(slots=True)
class Stamps:
    """Looks at the stamps of one cycle's records. `proven`: whether some record of this release was seen before.

    A record without a stamp proves nothing either way and is let through: the field may vanish as others have, and
    the cycle asks once more for the release before it concludes anything.
    """

    release: Release
    confirm: Callable[[], None]
    proven: bool

    def checked(self, records: Sequence[RawRecord]) -> list[RawRecord]:
        """The records that came together, those refused that alone are of another release than the rest.

        Where most are, the registry has moved on or one of its copies is behind: raises ReleaseFlip or StaleReplica.
        """
        stamps = Counter(record.version_holder for record in records if record.version_holder)
        good = stamps.pop(self.release.date, 0)
        if stamps:
            self.confirm()
            self._most_must_be_right(stamps, good)
        self.proven = self.proven or good > 0
        return [self._refused(record) for record in records]

    def _most_must_be_right(self, others: Counter[str], good: int) -> None:
        wrong = others.total()
        # a record that comes alone is its own affair where others of this release were seen
        alone = wrong == 1 and (good or self.proven)
        # A tie is doubted as well: of two records, one right and one wrong, neither proves anything about the answer.
        if not alone and wrong >= good:
            usual, _ = others.most_common(1)[0]
            raise StaleReplica(
                f"the registry names release {self.release.date}, and {wrong} of {wrong + good} records "
                f"that came together are of {usual}"
            )

    def _refused(self, record: RawRecord) -> RawRecord:
        if record.version_holder in (None, self.release.date):
            return record
        problem = f"it is of release {record.version_holder}, the others are of {self.release.date}"
        return replace(record, problem=record.problem or problem)
