"""What became of a study, told once: its versions with what each changed, and between them what happened without one."""

from __future__ import annotations

from collections.abc import Sequence

from sync.view import View
from sync.web.views.study.study_models import EventLine, VersionLine


class HistoryLine(View):
    """A version, an event, or a version and the event that it made."""

    release: str
    version: VersionLine | None
    event: EventLine | None


def history_lines(
    versions: Sequence[VersionLine], events: Sequence[EventLine], *, whole: bool
) -> list[HistoryLine]:
    """Newest first, as both are given. `whole`: these are all the versions, so that what came before them is told too."""
    made = {version.event.id for version in versions if version.event}
    oldest = _day(versions[-1]) if versions and not whole else ""
    lines = [HistoryLine(release=_day(each), version=each, event=each.event) for each in versions]
    alone = [each for each in events if each.id not in made and each.release >= oldest]
    lines += [HistoryLine(release=each.release, version=None, event=each) for each in alone]
    # What happened without a version on a version's release was concluded from it, so it came after it.
    return sorted(lines, key=lambda line: (line.release, line.version is None), reverse=True)


def _day(version: VersionLine) -> str:
    return version.since or version.release
