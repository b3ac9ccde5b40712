"""`python -m tests.browser.screenshots`: writes the pictures of docs: an alert as a mail, the demo in the console."""

from __future__ import annotations

import hashlib
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from sync.alerts.channels.email.mime import html
from sync.alerts.message import AlertNote
from sync.changes.event import Event
from tests.unit.channels.outgoing import an_event, an_outgoing, change, event_json

DOCS = Path(__file__).parents[2] / "docs"
STUDY = "NCT90000004"
PAGES = {"inbox": "/", "study": f"/studies/{STUDY}", "cohort": "/cohorts/demo", "watcher": "/watcher"}


def mail() -> str:
    """An event with a threshold, a criterion that went, a new target and the bookkeeping, and what was told with it."""
    event = event_json(id="evt_sleybe77bb6uohdayu2boc7ukx", suppressed=[], rules=_sha256("rules"))
    event["from"]["sha256"], event["to"]["sha256"] = _sha256("before"), _sha256("after")
    event["reasons"].insert(1, _reason("enrollment.replanned", "target re-planned 24 → 40 (+67 %)", "high"))
    event["reasons"][0]["fact"] = "who may enter changed while recruiting: 2 wider"
    event["changes"] += [
        change(
            "eligibility",
            "protocolSection.eligibilityModule.eligibilityCriteria",
            "Hepatitis B, hepatitis C or HIV infection",
            None,
            "removed",
            section="exclusion",
            criterion={"before": "Hepatitis B, hepatitis C or HIV infection", "after": None},
            words=[["-", "Hepatitis B, hepatitis C or HIV infection"]],
            thresholds=[],
            effect="wider",
            place=["exclusion"],
        ),
        change(
            "enrollment",
            "protocolSection.designModule.enrollmentInfo",
            {"count": 24, "type": "ESTIMATED"},
            {"count": 40, "type": "ESTIMATED"},
        ),
    ]
    event["headline"] = (
        "Eligibility: 1 threshold changed (platelets ≥ 50 ×10⁹/L → ≥ 30 ×10⁹/L, wider), 1 exclusion removed; "
        "also enrollment 24 → 40 (+67 %), estimated; 1 contact changed"
    )
    event["context"]["enrollment"]["count"] = 40
    other = an_event(
        id="evt_b",
        nct_id="NCT90000005",
        title="MCW-202 BCMA CAR-T Cells in Myasthenia Gravis",
        severity="medium",
        headline="Status Suspended → Recruiting: resumed",
    )
    note = AlertNote(
        "open",
        "cart-autoimmune",
        companions=(other,),
        history={"verified": "2026-09", "cumulative_slip_days": 120},
        commands=(
            f"trialdelta ack {event['id']} --by YOU",
            f"trialdelta snooze {event['id']} --by YOU --until DAY",
        ),
    )
    outgoing = an_outgoing(Event.from_json(event), note)
    return html(outgoing.message, outgoing.id, outgoing.created_at)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _reason(rule: str, fact: str, severity: str) -> dict[str, str]:
    return {"rule": rule, "fact": fact, "severity": severity}


@contextmanager
def demo() -> Iterator[str]:
    """The console of `trialdelta demo --console`, with its daemon."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "sync", "demo", "--console", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        url = f"http://localhost:{port}"
        for _ in range(240):
            time.sleep(0.5)
            with suppress(httpx.TransportError):
                if httpx.get(f"{url}/healthz").is_success:
                    break
        try:
            yield url
        finally:  # else an error among the pictures would wait for the demo, which ends by itself never
            running.send_signal(signal.SIGTERM)


def live_a_little(page: Page, url: str) -> None:
    """What a team has done by eight in the morning."""
    page.goto(url)
    page.locator(".me summary").click()
    page.get_by_label("Your name").fill("Ana")
    page.get_by_role("button", name="Save").click()
    page.goto(f"{url}/?q=neurotoxicity")
    page.locator("[data-open]").first.click()
    page.get_by_label("Assign to").fill("Ben")
    page.get_by_role("button", name="Assign").click()
    page.locator(".deed").wait_for()
    page.goto(f"{url}/studies/{STUDY}?version=2")
    page.get_by_label("Note").fill("As printed on our page")
    page.get_by_role("button", name="Reviewed").click()
    page.get_by_text("changes since").wait_for()


def console(browser: Browser) -> None:
    """Five pages; the study is long, so that all of its life is seen."""
    with demo() as url:
        for scheme, names in (("light", ("inbox", "event", "study", "cohort")), ("dark", ("watcher",))):
            context = browser.new_context(viewport={"width": 1280, "height": 860}, color_scheme=scheme)
            page = context.new_page()
            if scheme == "light":
                live_a_little(page, url)
            for name in names:
                page.goto(f"{url}/?kind=eligibility&q={STUDY}" if name == "event" else url + PAGES[name])
                if name == "event":
                    page.locator("[data-open]").last.click()
                    page.wait_for_load_state()
                page.set_viewport_size({"width": 1280, "height": 1540 if name == "study" else 860})
                page.screenshot(path=DOCS / f"console-{name}.png")
            context.close()


def main() -> None:
    """Write all pictures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport={"width": 720, "height": 900}, color_scheme=scheme)
            page.set_content(mail())
            page.screenshot(path=DOCS / f"mail-{scheme}.png", full_page=True)
        console(browser)
        browser.close()


if __name__ == "__main__":
    main()
