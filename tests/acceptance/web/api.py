"""A script's way to the console: JSON in, JSON out, no cookies unless it signed in."""

from __future__ import annotations

from typing import Any

import httpx

from tests.acceptance.console import Browser

V1 = "/api/v1"


class Api(Browser):
    """Asks the API, and wants an answer."""

    def read(self, path: str, **params: Any) -> Any:
        """What a GET is answered with."""
        answer = self.request("GET", f"{V1}{path}", params=params)
        assert answer.status_code == 200, (path, params, answer.text)
        return answer.json()

    def refused(self, path: str, **params: Any) -> tuple[int, Any]:
        """Why a GET is not answered: the status, and what is said."""
        answer = self.request("GET", f"{V1}{path}", params=params)
        return answer.status_code, answer.json()["detail"]

    def send(self, path: str, body: Any = None, *, method: str = "POST", **options: Any) -> httpx.Response:
        """A request that is to change something."""
        return self.request(method, f"{V1}{path}", json=body, **options)

    def done(self, path: str, body: Any = None, *, method: str = "POST") -> Any:
        """What a deed is answered with."""
        answer = self.send(path, body, method=method)
        assert answer.is_success, (path, body, answer.text)
        return answer.json()

    def walk(self, path: str, name: str, **params: Any) -> list[Any]:
        """All of a list, page by page."""
        found, cursor = [], ""
        while cursor is not None:
            page = self.read(path, cursor=cursor, **params)
            assert len(page[name]) <= params.get("limit", 50)
            found, cursor = found + page[name], page["next"]
        return found
