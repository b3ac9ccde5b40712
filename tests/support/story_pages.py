"""Pages of the console that show all that the story of the tests has."""

from __future__ import annotations

PAGES = (
    "/",
    "/?state=acknowledged",
    "/?by=release",
    "/cohorts",
    "/cohorts/demo",
    "/cohorts/demo?weeks=1",
    "/events",
    "/watcher",
    "/audit",
    "/find?q=CAR-T",
    "/find?q=nobody",
    "/studies/NCT90000004",
    "/studies/NCT90000001",
    "/studies/NCT90000009",
    "/studies/NCT90000004/compare?from=1&to=2",
)
