"""`python -m tests.browser.screenshots`: writes docs/mail-light.png and docs/mail-dark.png, an invented alert as a mail."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

from sync.alerts.channels.email.letter import html
from sync.alerts.message import AlertNote
from tests.unit.channels.parcels import a_parcel, an_event, change

DOCS = Path(__file__).parents[2] / "docs"


def mail() -> str:
    """An event with a threshold, a criterion that went, a new target and the bookkeeping, and what was told with it."""
    event = an_event(id="evt_sleybe77bb6uohdayu2boc7ukx", suppressed=[], rules=_sha256("rules"))
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
        headline="Status SUSPENDED → RECRUITING: resumed",
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
    parcel = a_parcel(event, note)
    return html(parcel.message, parcel.id, parcel.created_at)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _reason(rule: str, fact: str, severity: str) -> dict[str, str]:
    return {"rule": rule, "fact": fact, "severity": severity}


def main() -> None:
    """Write both pictures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport={"width": 720, "height": 900}, color_scheme=scheme)
            page.set_content(mail())
            page.screenshot(path=DOCS / f"mail-{scheme}.png", full_page=True)
        browser.close()


if __name__ == "__main__":
    main()
