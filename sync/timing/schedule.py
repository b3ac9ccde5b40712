"""When to ask for a new release, in UTC, and by when that must have succeeded again (pure)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import Field, field_validator

from sync.settings_base import InvalidValue, Section, duration

if TYPE_CHECKING:
    from apscheduler.triggers.base import BaseTrigger
    from apscheduler.triggers.cron import CronTrigger
    from apscheduler.triggers.interval import IntervalTrigger

SOONEST = timedelta(minutes=10)
"""A poll that takes so long is not news: it may be a cycle over a large cohort."""
PATIENCE = timedelta(hours=1)
POLLS = 3


class ScheduleSettings(Section):
    """When to ask for a new release. `poll` is a duration ("15m", "1h30m", a number of seconds) or a cron line, in UTC."""

    poll: str | float = "15m"
    jitter_s: float = Field(60.0, ge=0, le=86400)

    @field_validator("poll")
    @classmethod
    def _a_rhythm(cls, value: str | float) -> str | float:
        if is_cron(value):
            check_cron(str(value))
        elif duration(value) < timedelta(seconds=1):
            raise InvalidValue("must be a second or more")
        return value


def is_cron(value: str | float) -> bool:
    """Whether it is meant as a line of cron's: five words."""
    return isinstance(value, str) and len(value.split()) == 5


def cron(line: str) -> CronTrigger:
    """The trigger of a line of cron's, in UTC. Raises ValueError."""
    # APScheduler comes with whoever plans, not with whoever reads a configuration without cron lines.
    from apscheduler.triggers.cron import CronTrigger

    return CronTrigger.from_crontab(line, timezone=UTC)


def check_cron(line: str) -> None:
    """Raises InvalidValue unless it is a line of cron's."""
    try:
        cron(line)
    except ValueError:
        raise InvalidValue(
            "must be a cron line such as 30 9,13 * * mon-fri, or a duration such as 15m"
        ) from None


def trigger(schedule: ScheduleSettings) -> BaseTrigger:
    """The schedule's trigger: a cron line, or an interval with jitter; in UTC."""
    planned = _without_jitter(schedule)
    planned.jitter = schedule.jitter_s
    if not is_cron(schedule.poll):
        # More than half of the interval could put one poll behind the next.
        planned.jitter = min(schedule.jitter_s, planned.interval_length / 2)
    return planned


def success_due(schedule: ScheduleSettings, since: datetime) -> datetime:
    """By when a poll must have succeeded again after `since`: the rule by which the service is healthy.

    An hour after the next poll that the schedule has, or by the third one where that is sooner; never within ten minutes.
    So 45 minutes after a success with "15m", seven hours with "6h", and on Monday for a cron line that rests at weekends.
    """
    planned, times = _without_jitter(schedule), [since]
    # Asked of the trigger itself: cron lines have gaps that no rule of thumb would know.
    for _ in range(POLLS):
        upcoming = planned.get_next_fire_time(times[-1], times[-1])
        times += [upcoming] if upcoming else []
    next_one, last = times[min(1, len(times) - 1)], times[-1]
    return max(min(next_one + PATIENCE, last), since + SOONEST) + timedelta(seconds=schedule.jitter_s)


def _without_jitter(schedule: ScheduleSettings) -> CronTrigger | IntervalTrigger:
    from apscheduler.triggers.interval import IntervalTrigger

    if is_cron(schedule.poll):
        return cron(str(schedule.poll))
    return IntervalTrigger(seconds=int(duration(schedule.poll).total_seconds()), timezone=UTC)
