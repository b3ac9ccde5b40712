"""The handle for demo and tests: moves the release, sets the faults, tells what was asked."""

import json
from typing import Any

from sync.demo.registry.answers import Answer, QueryError, Request, json_answer, text
from sync.demo.registry.registry import Registry

PREFIX = "/_control/"


def control(registry: Registry, request: Request) -> Answer:
    """Answers a request under `/_control/`; needs no User-Agent and meets no fault."""
    try:
        body = json.loads(request.body) if request.body.strip() else {}
        reply = _do(registry, request.method, request.path.removeprefix(PREFIX), body)
    except (QueryError, ValueError, KeyError, TypeError) as refusal:
        return text(400, f"{refusal}")
    return text(404, "no such control") if reply is None else json_answer(reply)


def _do(registry: Registry, method: str, name: str, body: dict[str, Any]) -> Any:
    match method, name:
        case "POST", "release":
            registry.move_to(body["release"])
        case "POST", "faults":
            registry.faults.set(body["faults"])
        case "GET", "log":
            return registry.log
        case "POST", "log/clear":
            registry.log.clear()
        case "GET", "release" | "faults":
            pass
        case _:
            return None
    return {
        "release": registry.release,
        "releases": registry.corpus.releases,
        "faults": registry.faults.as_json(),
        "requests": len(registry.log),
    }
