"""The documentation that is shipped, as pages: Markdown made into HTML once, nothing in it taken for markup of ours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_PACKAGE = Path(__file__).resolve().parents[1]
FOLDERS = (_PACKAGE / "docs", _PACKAGE.parent / "docs")
"""Where they are in an installation, and in the source."""
PAGES = (
    "console",
    "alerts",
    "channels",
    "changes",
    "classes",
    "related",
    "rates",
    "accuracy",
    "api",
    "everything",
    "reliability",
    "past",
    "backup",
    "postgresql",
    "performance",
    "example",
    "digest-example",
)
"""In the order in which they are offered."""
_COMMENT = re.compile(r"^<!--.*?-->\n", re.MULTILINE)
_LINK = re.compile(r"(?:\./)?(?:docs/)?([a-z-]+)\.md(#.*)?")


@dataclass(frozen=True, slots=True)
class Article:
    """A page of the manual. `body` is what comes after its title."""

    name: str
    title: str
    lead: str
    body: Markup


@cache
def articles() -> dict[str, Article]:
    """All pages, by name; those that are not shipped are left out."""
    texts = {name: text for name in PAGES if (text := _text(name)) is not None}
    return {name: _article(name, text) for name, text in texts.items()}


def _text(name: str) -> str | None:
    found = next((file for folder in FOLDERS if (file := folder / f"{name}.md").is_file()), None)
    return found.read_text("utf-8") if found else None


def _article(name: str, text: str) -> Article:
    # without its HTML comments, which mark places for the tests
    tokens = _parser().parse(_COMMENT.sub("", text))
    title, rest = _inline_text(tokens[1]), tokens[3:]
    lead = next((_inline_text(token) for token in rest if token.type == "inline"), "")
    _prepare(rest)
    made = _parser().renderer.render(rest, _parser().options, {})
    return Article(name, title, lead, Markup(_boxed(made)))  # noqa: S704 - the parser escapes; HTML is switched off in it


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _inline_text(token: Token) -> str:
    return "".join(_plain(child) for child in token.children or ())


def _plain(token: Token) -> str:
    if token.type in ("text", "code_inline"):
        return token.content
    return " " if token.type == "softbreak" else ""


def _prepare(tokens: list[Token]) -> None:
    """Give headings ids, lead links to our own pages, and show of a picture what it is of."""
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", slug(_inline_text(tokens[place + 1])))
        for child in token.children or ():
            if child.type == "link_open":
                _lead(child)
            if child.type == "image":
                child.type, child.tag = "text", ""


def _lead(link: Token) -> None:
    href = str(link.attrGet("href") or "")
    if own := _LINK.fullmatch(href):
        link.attrSet("href", f"/help/{own[1]}{own[2] or ''}" if own[1] in PAGES else "/help")
    elif href.startswith(("http://", "https://")):
        link.attrSet("rel", "noreferrer noopener")


def slug(heading: str) -> str:
    """The id of a heading, as GitHub makes it."""
    return re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-"))


def _boxed(html: str) -> str:
    """Tables and programs scroll by themselves, also by keyboard; the page does not."""
    number = iter(range(1, 10_000))
    boxed = re.sub(
        r"<table>",
        lambda _: f'<div class="scroll" tabindex="0" role="region" aria-label="Table {next(number)}"><table>',
        html,
    )
    return boxed.replace("</table>", "</table></div>").replace("<pre>", '<pre tabindex="0">')


def contents(article: Article) -> list[tuple[str, str]]:
    """The sections of a page: their ids and their names."""
    found: list[Any] = re.findall(r'<h2 id="([^"]*)">(.*?)</h2>', str(article.body))
    return [(name, Markup(re.sub(r"<[^>]+>", "", words))) for name, words in found]  # noqa: S704 - of the same page
