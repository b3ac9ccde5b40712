"""The HTML mail in a real browser: light and dark, wide and narrow, and nothing of a record that runs (FAULTS H2)."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest

from sync.alerts.channels.email.mime import html
from tests.unit.channels.outgoing import a_hostile_event, an_outgoing

MAIL = html(an_outgoing().message, "dlv_1", datetime(2026, 9, 29, tzinfo=UTC))
HOSTILE = html(an_outgoing(a_hostile_event()).message, "dlv_1", datetime(2026, 9, 29, tzinfo=UTC))

# For each text that is seen: its colour, and the first background under it that is not transparent.
_COLOURS = """() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || parent.closest('.preheader') || !parent.getClientRects().length) continue;
    let at = parent, behind = 'rgba(0, 0, 0, 0)';
    while (at && behind === 'rgba(0, 0, 0, 0)') { behind = getComputedStyle(at).backgroundColor; at = at.parentElement; }
    found.push([walk.currentNode.data.trim().slice(0, 40), getComputedStyle(parent).color, behind]);
  }
  return found;
}"""


def _page(chromium, scheme, width, page=MAIL):
    opened = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    opened.set_content(page)
    return opened


def _luminance(colour: str) -> float:
    parts = [float(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(text: str, behind: str) -> float:
    lighter, darker = sorted((_luminance(text), _luminance(behind)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_against_what_is_behind_it(chromium, scheme):
    page = _page(chromium, scheme, 760)
    seen = page.evaluate(_COLOURS)
    page.close()
    assert len(seen) > 60
    assert {each: round(_contrast(*colours), 2) for each, *colours in seen if _contrast(*colours) < 4.5} == {}


def test_the_mail_is_dark_where_its_reader_asks_for_it(chromium):
    pages = {scheme: _page(chromium, scheme, 760) for scheme in ("light", "dark")}
    shades = {
        scheme: _luminance(
            page.evaluate("getComputedStyle(document.querySelector('.sheet')).backgroundColor")
        )
        for scheme, page in pages.items()
    }
    for page in pages.values():
        page.close()
    assert shades["light"] > 0.9
    assert shades["dark"] < 0.05


@pytest.mark.parametrize("width, page", list(itertools.product([360, 760], [MAIL, HOSTILE])))
def test_nothing_sticks_out_at_the_side(chromium, width, page):
    opened = _page(chromium, "light", width, page)
    wide = opened.evaluate("document.documentElement.scrollWidth")
    opened.close()
    assert wide <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_went_and_what_came_are_told_apart_by_colour_and_by_mark(chromium, scheme):
    page = _page(chromium, scheme, 760)
    went, came = (page.locator(f".redline {tag}").first for tag in ("del", "ins"))
    colours = {each.evaluate("e => getComputedStyle(e).backgroundColor") for each in (went, came)}
    assert (went.inner_text(), came.inner_text()) == ("−≥50×10^9/L", "+≥30×10^9/L")
    assert "line-through" in went.evaluate("e => getComputedStyle(e).textDecorationLine")
    page.close()
    assert len(colours) == 2


def test_nothing_of_a_hostile_record_runs_or_loads(chromium):
    page = chromium.new_page()
    happened = []
    page.on("dialog", lambda dialog: (happened.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: happened.append(request.url))
    page.on("pageerror", lambda error: happened.append(str(error)))
    page.set_content(HOSTILE)
    page.wait_for_load_state("networkidle")
    scripts = page.locator("script, img, iframe, form, [onerror], [onclick]").count()
    links = page.eval_on_selector_all("a", "all => all.map(each => each.protocol)")
    page.close()
    assert happened == []
    assert scripts == 0
    assert set(links) == {"https:"}
