"""Times within sentences are told in the reader's zone, which is named; all else stays as it is."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from sync.timing.zones import in_zone
from sync.web.render import timed

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("It failed at 2026-09-02 13:05 UTC (timeout).", "It failed at 2026-09-02 15:05 CEST (timeout)."),
        ("2026-09-02T13:05:11Z", "2026-09-02 15:05 CEST"),
        ("2026-12-31T23:30:00+00:00", "2027-01-01 00:30 CET"),
        ("2026-03-28T08:00+01:00 to 2026-03-29T08:00+02:00", "2026-03-28 08:00 CET to 2026-03-29 08:00 CEST"),
        ("2026-10-25 00:30 UTC, 2026-10-25 01:30 UTC", "2026-10-25 02:30 CEST, 2026-10-25 02:30 CET"),
        ("released 2026-09-02, not 2026-13-45T99:00Z", "released 2026-09-02, not 2026-13-45T99:00Z"),
        ("of 2026-09-02 13:05 local", "of 2026-09-02 13:05 local"),
    ],
)
def test_a_time_is_told_in_the_zone_by_its_name(text: str, told: str) -> None:
    assert in_zone(text, BERLIN) == told


def test_a_page_marks_the_times_in_a_sentence_for_the_script_and_escapes_the_rest() -> None:
    shown = timed("<b> failed at 2026-09-02 13:05 UTC & since")
    assert str(shown).startswith("&lt;b&gt; failed at <time ")
    assert 'datetime="2026-09-02T13:05:00Z"' in shown
    assert str(shown).endswith("</time> &amp; since")
