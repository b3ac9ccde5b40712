"""Help: the documentation and the API's reference, from the console itself and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from sync.service import Service
from sync.web import manual
from tests.acceptance.console import Browser, text_of
from tests.support.accounts import PASSWORD, PUBLIC, add

MakeService = Callable[..., Service]
DOCS = Path(__file__).parents[3] / "docs"
ROOT = Path(__file__).parents[3]


def links(page: str) -> set[str]:
    return {unescape(href) for href in re.findall(r'href="([^"]+)"', page)}


def test_every_page_of_the_documentation_is_there_and_offered(browser: Browser) -> None:
    assert {path.stem for path in DOCS.glob("*.md")} == set(manual.PAGES) == set(manual.articles())
    offered = links(browser.get("/help").text)
    for name, article in manual.articles().items():
        assert f"/help/{name}" in offered
        page = browser.get(f"/help/{name}")
        assert (page.status_code, text_of(page).startswith(f"Help {article.title}")) == (200, True), name
        assert len(re.findall(r"<h1", page.text)) == 1, name


def test_every_link_of_the_help_leads_somewhere(browser: Browser) -> None:
    for path in ("/help", "/help/api-reference", *(f"/help/{name}" for name in manual.PAGES)):
        page = browser.get(path).text
        for href in links(page):
            if href.startswith("#"):
                assert f'id="{href[1:]}"' in page, (path, href)
            elif href.startswith("/help"):
                there = browser.get(href.partition("#")[0])
                assert there.status_code == 200, (path, href)
                anchor = href.partition("#")[2]
                assert not anchor or f'id="{anchor}"' in there.text, (path, href)
            else:
                assert href.startswith(("/", "http")), (path, href)


def test_nothing_comes_from_another_host_and_nothing_of_a_text_is_markup(browser: Browser) -> None:
    for path in ("/help", "/help/api-reference", *(f"/help/{name}" for name in manual.PAGES)):
        page = browser.get(path)
        assert not re.search(r'(?:src|action)="https?:', page.text), path
        assert not re.search(r'<(?:link|script)[^>]+(?:href|src)="https?:', page.text), path
        assert "<!-- operations" not in page.text
        assert "unsafe-inline" not in page.headers["content-security-policy"]


def test_html_in_a_text_stays_text(monkeypatch: pytest.MonkeyPatch) -> None:
    article = manual._article(
        "console", "# A\n\nB <script>alert(1)</script> [x](javascript:alert(1)) ![p](x.png)\n"
    )
    assert "<script" not in article.body
    assert "javascript:" not in re.sub(r"\[x\]\(javascript:alert\(1\)\)", "", article.body)
    assert "<img" not in article.body


def test_every_page_leads_to_the_help_and_strangers_see_none_of_it(story_service: MakeService) -> None:
    service = story_service(**PUBLIC)
    add(service.database, service, "ben", "reader")
    ben = Browser(service, host="trials.example.org", address="203.0.113.9")
    assert ben.get("/help").status_code == 303
    assert "/help" not in links(ben.get("/login").text)
    ben.sign_in("ben", PASSWORD)
    for path in ("/", "/events", "/watcher", "/help"):
        assert {"/help", "/help/api-reference", "/feeds"} <= links(ben.get(path).text), path
    assert "Authorization: Bearer TOKEN" in text_of(ben.get("/help/api-reference"))


@pytest.mark.parametrize("name", ["nothing", "..%2Fpyproject", "console.md", "%00", "a" * 5000])
def test_no_other_name_leads_to_a_page(browser: Browser, name: str) -> None:
    assert browser.get(f"/help/{name}").status_code == 404


def test_the_reference_has_every_operation_with_what_it_takes(browser: Browser) -> None:
    described = browser.get("/api/v1/openapi.json").json()["paths"]
    page = browser.get("/help/api-reference")
    shown = re.findall(r'<span class="method \w+">(\w+)</span>\s*<code>([^<]+)</code>', page.text)
    expected = {(method.upper(), path) for path, item in described.items() for method in item}
    assert set(shown) == expected
    assert len(shown) == len(expected)
    for item in described.values():
        for each in item.values():
            for parameter in each.get("parameters", ()):
                assert f"<code>{parameter['name']}</code>" in page.text


def test_its_examples_that_read_are_answered(browser: Browser) -> None:
    page = browser.get("/help/api-reference").text
    tried = re.findall(r'<a href="([^"]+)">See what it answers now</a>', page)
    assert len(tried) >= 20
    for path in tried:
        assert browser.get(unescape(path)).status_code == 200, path


def test_what_an_example_sends_is_taken_for_what_it_is(browser: Browser) -> None:
    """Sent to where nothing is meant: it may be refused for what it is about, not for how it is written."""
    page = unescape(browser.get("/help/api-reference").text)
    sent = re.findall(r"<code>curl -s --json '(\{.*?\})' 'http://localhost([^']+)'</code>", page)
    assert len(sent) >= 10
    for body, path in sent:
        headers = {"content-type": "application/json"}
        answer = browser.request("POST", path.replace("demo", "nope"), content=body, headers=headers)
        assert answer.status_code not in (400, 405, 415, 500), (path, body, answer.text)
        if answer.status_code == 422:
            assert isinstance(answer.json()["detail"], str), (path, body, answer.text)


def test_an_installation_has_the_documentation_too() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    for name in manual.PAGES:
        assert f'"docs/{name}.md" = "sync/docs/{name}.md"' in project
