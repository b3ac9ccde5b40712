"""A browser without a screen for the console's application: keeps cookies, fills in forms, follows nothing by itself."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any

import httpx

from sync.service import Service
from sync.web.app import create_app

HTML = {"accept": "text/html"}
Fields = Mapping[str, str | Sequence[str]]


class Browser:
    """Asks an application for pages; `host` is what it believes the console to be called."""

    def __init__(self, service: Service, *, host: str = "localhost", address: str = "127.0.0.1") -> None:
        self.app = create_app(service)
        self.base, self.address = f"http://{host}", address
        self.cookies = httpx.Cookies()

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request, with the cookies that it has; what the answer sets is kept."""
        return asyncio.run(self._request(method, path, options))

    async def _request(self, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(self.address, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url=self.base, cookies=self.cookies) as client:
            answer = await client.request(method, path, **options)
            self.cookies = client.cookies
            return _without_breaks(answer)

    def get(self, path: str, **options: Any) -> httpx.Response:
        """A page."""
        return self.request("GET", path, headers=HTML | options.pop("headers", {}), **options)

    def post(self, path: str, fields: Fields, **options: Any) -> httpx.Response:
        """A form of ours, with the token that a page has for it."""
        headers = HTML | {"origin": self.base, "sec-fetch-site": "same-origin"} | options.pop("headers", {})
        return self.request("POST", path, data={"csrf": self.csrf(), **fields}, headers=headers, **options)

    def csrf(self) -> str:
        """The token that a page gives to its forms."""
        found = re.search(
            r'data-csrf="([0-9a-f]*)"', self.get("/login" if not self.signed_in() else "/").text
        )
        return found[1] if found else ""

    def signed_in(self) -> bool:
        """Whether pages are shown without asking who it is."""
        return self.get("/").status_code == 200

    def sign_in(self, name: str, password: str) -> httpx.Response:
        """Fill in the form for that."""
        return self.post("/login", {"name": name, "password": password})


def _without_breaks(answer: httpx.Response) -> httpx.Response:
    """A page as if its templates had no line breaks: tests ask for elements, not for how they are laid out."""
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return answer
    parts = re.split(r"(<textarea.*?</textarea>)", answer.text, flags=re.DOTALL)
    joined = [part if part.startswith("<textarea") else _joined(part) for part in parts]
    headers = [
        (k, v)
        for k, v in answer.headers.multi_items()
        if not k.startswith("content-") or k.endswith("policy")
    ]
    return httpx.Response(
        answer.status_code,
        headers=[*headers, ("content-type", answer.headers["content-type"])],
        content="".join(joined).encode(),
        request=answer.request,
    )


def _joined(part: str) -> str:
    return re.sub(r"\s*\n\s*", " ", re.sub(r"(?<=>)\s*\n\s*|\s*\n\s*(?=<)", "", part))


def text_of(answer: httpx.Response) -> str:
    """What a person reads of the page's content: no tags, spaces folded."""
    main = re.search(r"<main.*</main>", answer.text, re.DOTALL)
    words = re.sub(r"<[^>]+>", " ", main[0] if main else answer.text)
    return " ".join(unescape(words).split())
