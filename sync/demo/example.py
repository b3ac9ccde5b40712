"""`python -m sync.demo.example`: writes docs/example.md, an invented pair of versions as trialdelta tells it."""

from __future__ import annotations

import io
import json
from pathlib import Path

from rich.console import Console

from sync.changes.explain import explain
from sync.changes.ruleset import RuleSet
from sync.demo.story import story
from sync.study import criteria
from sync.terminal.event import event_lines
from sync.versions.snapshots import snapshot_of_record

PAGE = Path(__file__).parents[2] / "docs" / "example.md"
STUDY = "NCT90000004"
SEEN_AT = "2026-09-29T13:05:11Z"

_TEXT = """# An event, as trialdelta tells it

An invented study of the demo, its first version against its last: a threshold that was lowered, a criterion that went,
a text that was re-flowed meanwhile (of which nothing is said), and the bookkeeping of the updates. On a terminal, what
went is red and what came is green; without colours it stands as `[-went-]` and `{{+came+}}`. The event's JSON holds the
same, and everything in full.

```
{shown}
```

The criteria of the older version, as they are compared:

{criteria}
"""


def page() -> str:
    """The page, written anew from the story and the code."""
    versions = next(each for each in story() if each["nctId"] == STUDY)["versions"]
    records = (versions[place]["study"] for place in (0, -1))
    first, last = (
        snapshot_of_record(record, json.dumps(record, sort_keys=True).encode()) for record in records
    )
    event = explain(first, last, rules=RuleSet.default(), seen_at=SEEN_AT)
    assert event is not None
    written = io.StringIO()
    # Wrapped by nobody: the page must come out the same whatever terminal wrote it.
    out = Console(file=written, width=120, color_system=None, highlight=False, emoji=False, soft_wrap=True)
    for line in event_lines(event):
        out.print(line)
    return _TEXT.format(
        shown=written.getvalue().rstrip(), criteria="\n".join(_criteria(first.study.eligibility_text))
    )


def _criteria(text: str) -> list[str]:
    return [f"{'  ' * item.depth}- {item.section}: {item.text}" for item in criteria.parse(text).items]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
