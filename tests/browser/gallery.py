"""`python -m tests.browser.gallery FOLDER`: a picture of every page, on a desk and on a phone, in light and in dark.

On the registry's real records where they are (`../shared/registry`): the rich histories and the cohort, 52 releases.
`--keep PLACE` fills the database there once and finds it again; `--serve` leaves the console up instead of drawing it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event as Signal

from playwright.sync_api import Browser, Page, sync_playwright

from storage import ledger
from sync import __version__, logs
from sync.alerts.published.registered import register
from sync.alerts.settings import RouteSettings
from sync.config import Settings, WatchSettings, WebSettings
from sync.cycle.cycle import run_cycle
from sync.demo.registry import serve
from sync.demo.show import settings
from sync.service import Service, open_service
from sync.web.server import Console

MATERIAL = Path(__file__).resolve().parents[3] / "shared" / "registry"
MORNING = datetime(2026, 9, 3, 8, tzinfo=UTC)
LAST = 25
"""Releases of the cohort, the last ones."""
HEADLINE, EVENTFUL = "NCT06056921", "2026-09-02"
"""The study that the registry set to UNKNOWN, and the release on which it did."""

WIDTHS = {"desk": (1440, 900), "phone": (360, 640)}
SCHEMES = ("light", "dark")

PAGES: Mapping[str, str] = {
    "inbox": "/",
    "inbox-by-release": "/?by=release",
    "inbox-nothing-found": "/?q=nothing+like+it",
    "inbox-closed-empty": "/?state=closed",
    "event-stopped": "kind=status&severity=high",
    "event-eligibility": "kind=eligibility",
    "event-outcomes": "kind=outcomes",
    "event-sites": "kind=sites",
    "events": "/events",
    "events-nothing-found": "/events?nct_id=NCT06056921&severity=critical&kind=arms",
    "study": f"/studies/{HEADLINE}",
    "study-rich": "study:rich",
    "study-cohort": "study:cohort",
    "sheet": f"/studies/{HEADLINE}/sheet",
    "sheet-rich": "study:rich/sheet",
    "compare": f"/studies/{HEADLINE}/compare",
    "check": f"/studies/{HEADLINE}/check",
    "cohorts": "/cohorts",
    "cohort": "/cohorts/cart-autoimmune",
    "cohort-nothing-found": "/cohorts/cart-autoimmune?q=nothing+like+it",
    "watcher": "/watcher",
    "audit": "/audit",
    "find": "/find?q=lupus",
    "find-nothing": "/find?q=nothing+like+it",
    "worklist": "/worklist",
    "pages": "/pages",
    "classes": "/classes",
    "event-unknown": f"/events?nct_id={HEADLINE}",
    "feeds": "/feeds",
    "watches": "/watches",
    "watch": "/watches/rich",
    "setup": "/setup",
    "help": "/help",
    "help-console": "/help/console",
    "help-api": "/help/api",
    "api-reference": "/help/api-reference",
    "not-found": "/nothing/here",
    "unknown-study": "/studies/NCT00000001",
    "unprocessable": "/events?kind=nothing",
}
"""By name: an address; a filter of the inbox, whose first event it is; a study that has many versions, or open alerts."""


def main() -> None:
    """Draw all pages, or those whose names begin with what is given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("only", nargs="*")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--serve", action="store_true")
    asked = parser.parse_args()
    place = asked.keep or asked.folder / "database"
    with real(place) as console:
        if asked.serve:
            sys.stdout.write(f"{console.url}\n")
            sys.stdout.flush()
            Signal().wait()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"]
            )
            draw(browser, console.url, asked.folder, asked.only)
            browser.close()


@contextmanager
def real(place: Path) -> Iterator[Console]:
    """A console over the registry's real records, every release read by a cycle; filled once for a place."""
    logs.configure("console", "error")
    place.mkdir(parents=True, exist_ok=True)
    late = (MATERIAL / "cohort-autoimmune.releases.txt").read_text("utf-8").split()[-LAST:]
    files = [MATERIAL / "histories.jsonl.gz", _cohort(place, late[-1]), MATERIAL / f"{HEADLINE}.json"]
    releases = [*_early(files[0]), *late, "2026-09-01", EVENTFUL]
    (place / "releases.txt").write_text("\n".join(releases), "utf-8")
    with (
        serve(files, releases=[place / "releases.txt"], release=releases[0]) as registry,
        open_service(_settings(registry.api_url, place), lambda: MORNING) as service,
    ):
        if not (place / "filled").exists():
            for release in releases:
                registry.move_to(release)
                run_cycle(service)
            (place / "filled").touch()
        _register_page(service)
        _alive(service)
        console = Console(service)
        console.start()
        yield console
        console.stop()


def _early(histories: Path) -> list[str]:
    with gzip.open(histories, "rt", encoding="utf-8") as lines:
        return sorted({version["release"] for line in lines for version in json.loads(line)["versions"]})


def _cohort(place: Path, last: str) -> Path:
    """The cohort, whose search goes on finding on the later releases what it found on its last one."""
    made = place / "cohort.jsonl"
    with (
        gzip.open(MATERIAL / "cohort-autoimmune.jsonl.gz", "rt", encoding="utf-8") as given,
        made.open("w") as out,
    ):
        for line in map(json.loads, given):
            if line["nctId"] == HEADLINE:  # its own file has the whole of it
                continue
            line["listed"] = [
                [since, EVENTFUL if until == last else until] for since, until in line["listed"]
            ]
            out.write(json.dumps(line) + "\n")
    return made


def _settings(api_url: str, place: Path) -> Settings:
    with gzip.open(MATERIAL / "histories.jsonl.gz", "rt", encoding="utf-8") as histories:
        rich = tuple(json.loads(line)["nctId"] for line in histories)
    told = dict(settings(api_url, place)) | {
        "watch": (
            WatchSettings(name="cart-autoimmune", ids=(HEADLINE,), searches=({"intr": "CAR-T"},)),
            WatchSettings(name="rich", ids=rich),
        ),
        "web": WebSettings(port=0),
        "route": (RouteSettings(name="all", channels=("letters",)),),
    }
    return Settings.model_construct(**told)


def _register_page(service: Service) -> None:
    """The page of a site on the headline study, as it was last reviewed before the registry set it to UNKNOWN."""
    text = f"A trial for you? {HEADLINE}\nStatus: Recruiting\n24 participants\nPhase: 1\n"
    with service.database.write() as session:
        url = "https://www.example.org/find-a-trial/nct06056921"
        register(session, HEADLINE, url, text, "2026-05-15", by="ana", at=MORNING)


def _alive(service: Service) -> None:
    """The signs that a daemon gives."""
    beat = {
        "daemon": {
            "pid": 1,
            "version": __version__,
            "next_poll": (MORNING + timedelta(minutes=25)).isoformat(),
        },
        "poll": {"state": "unchanged"},
        "good_poll": {},
    }
    with service.database.write() as session:
        for name, detail in beat.items():
            ledger.beat(session, name, MORNING - timedelta(seconds=20), detail)


def draw(browser: Browser, url: str, folder: Path, only: list[str]) -> None:
    """The pages that are asked for, each in both sizes and both themes."""
    folder.mkdir(parents=True, exist_ok=True)
    for size, (width, height) in WIDTHS.items():
        for scheme in SCHEMES:
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
            page = context.new_page()
            for name, where in PAGES.items():
                if not only or name.startswith(tuple(only)):
                    page.goto(url + address(page, url, where))
                    page.screenshot(path=folder / f"{name}-{size}-{scheme}.png", full_page=True)
            context.close()


def address(page: Page, url: str, where: str) -> str:
    """The path that an entry of `PAGES` stands for."""
    if where.startswith("/"):
        return where
    if where.startswith("study:"):
        which, _, rest = where.removeprefix("study:").partition("/")
        page.goto(f"{url}/?watch={'rich' if which == 'rich' else 'cart-autoimmune'}")
        link = page.locator("a.id").first.get_attribute("href") or ""
        return link + (f"/{rest}" if rest else "")
    page.goto(f"{url}/?{where}")
    return re.sub(r"^https?://[^/]+", "", page.locator("[data-open]").first.get_attribute("href") or "")


if __name__ == "__main__":
    main()
