"""`python -m sync.alerts.channels.apprise.worker`: one notification, in a process that is confined to it."""

from __future__ import annotations

from typing import Any

import apprise
import requests

from sync.net.confined import confine, serve


def notify(task: dict[str, Any]) -> dict[str, Any]:
    """Whether the service took it, and what it was refused on the way."""
    service = apprise.Apprise.instantiate(task["url"])  # which loads what it needs
    if service is None:
        return {"taken": False, "refused": ["Apprise does not know its URL"]}
    # A redirect leads to a host that nobody has judged.
    requests.sessions.DEFAULT_REDIRECT_LIMIT = 0  # type: ignore[attr-defined]  # there, but not in __all__
    refused: list[str] = []
    # After the service was loaded: importing it opens files and libraries that the fence forbids from here on.
    confine(task["allow_hosts"], refused)
    everybody = apprise.Apprise(service)
    taken = everybody.notify(
        title=task["title"],
        body=task["body"],
        body_format=apprise.NotifyFormat.TEXT,
        notify_type=apprise.NotifyType(task["type"]),
    )
    return {"taken": bool(taken), "refused": refused}


if __name__ == "__main__":
    serve(notify)
