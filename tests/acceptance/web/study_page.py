"""A study's page and a comparison, taken apart: their sections, lists, facts and criteria as plain values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from typing import Any

import httpx

from storage.versions import payload
from storage.versions import versions as stored_versions
from sync.service import Service
from tests.acceptance.console import Browser

MakeService = Callable[..., Service]
MYOPATHY = "NCT90000004"
"""Seven versions: bookkeeping, a threshold lowered, a sponsor renamed, a contact, a reference, an exclusion taken out."""
GONE, MOVED, HEIR, WITHHELD = "NCT90000011", "NCT90000010", "NCT90000013", "NCT90000012"
READABLE = [each for number in range(1, 14) if (each := f"NCT900000{number:02}") != WITHHELD]
Record = dict[str, Any]
Tree = list[tuple[str, "Tree"]]


def at(nct_id: str, query: str = "") -> str:
    return f"/studies/{nct_id}{query}"


def words(html: str) -> str:
    """What is read of a piece of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split()).replace(" ,", ",")


def section(page: httpx.Response, name: str) -> str:
    """A section of a page by its id; "" where the page has none."""
    found = re.search(rf'<section[^>]* id="{name}".*?</section>', page.text, re.DOTALL)
    return found[0] if found else ""


def facts(page: httpx.Response) -> dict[str, str]:
    """The quick facts."""
    found = re.findall(r"<div><dt>(.*?)</dt><dd>(.*?)</dd></div>", section(page, "facts"), re.DOTALL)
    return {words(name): words(value) for name, value in found}


def record_of(browser: Browser, nct_id: str, number: int) -> Record:
    with browser.app.state.service.database.read() as session:
        found: Record = json.loads(payload(session, nct_id, number))
    return found


class Lists(HTMLParser):
    """The nested lists of a piece of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tree: Tree = []
        self.open: list[Tree] = [self.tree]
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "li":
            children: Tree = []
            self.open[-1].append(("", children))
            self.open.append(children)

    def handle_endtag(self, tag: str) -> None:
        if tag == "li":
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if len(self.open) > 1:
            said, children = self.open[-2][-1]
            self.open[-2][-1] = (said + data, children)


def size(tree: Tree) -> int:
    return sum(1 + size(children) for _, children in tree)


def flat(tree: Tree) -> list[str]:
    return [each for said, children in tree for each in (said, *flat(children))]


def criteria(page: httpx.Response) -> dict[str, tuple[int, Tree]]:
    """The criteria of a page, by section: the number that it says, and the lists."""
    found = re.findall(
        r'<h3>(\w+) <span class="quiet">(\d+)</span></h3>(.*?)</div>', section(page, "criteria"), re.DOTALL
    )
    return {name: (int(number), Lists(lists).tree) for name, number, lists in found}


def rows(page: httpx.Response) -> list[list[str]]:
    """The rows of the table of versions, cell by cell."""
    body = re.search(r"<tbody>(.*?)</tbody>", section(page, "versions"), re.DOTALL)
    assert body
    found = re.findall(r"<tr[^>]*>(.*?)</tr>", body[1], re.DOTALL)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in found]


def fates(page: httpx.Response) -> list[tuple[str | None, str | None]]:
    """Each criterion of a comparison before and after, those folded away too; in either view."""
    body = re.search(r'<div class="comparison (side|merged)">.*</section>', page.text, re.DOTALL)
    if not body:
        return []
    items = re.findall(r'<li class="(fate [^"]*|depth-\d)"[^>]*>(.*?)</li>', body[0], re.DOTALL)
    found: list[tuple[str | None, str | None]] = []
    for kind, html in items:
        if not kind.startswith("fate"):
            found.append((words(_unnumbered(html)), words(_unnumbered(html))))
        elif body[1] == "side":
            was, now = html.split('<div class="is">')
            found.append((_told(was), _told(now)))
        else:
            line = re.findall(r'<p class="redline">(.*?)</p>', html)[0]
            sides = [re.sub(rf"<{mark}>.*?</{mark}>", "", line) for mark in ("ins", "del")]
            found.append((words(sides[0]) or None, words(sides[1]) or None))
    return found


def _unnumbered(html: str) -> str:
    """A criterion without the number that it had before."""
    return re.sub(r'<span class="number">.*?</span>', "", html)


def _told(side: str) -> str | None:
    line = re.search(r'<p class="redline">(.*?)</p>', side)
    return words(line[1]) if line else None


def numbers(browser: Browser, nct_id: str) -> list[int]:
    with browser.app.state.service.database.read() as session:
        return [each.number for each in stored_versions(session, nct_id)]


def compare(nct_id: str, before: object, after: object, **more: str) -> str:
    extra = "".join(f"&{name}={value}" for name, value in more.items())
    return at(nct_id, f"/compare?from={before}&to={after}{extra}")
