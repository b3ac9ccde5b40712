"""The API as a page to read: its own description, operation by operation, with examples of what is stored here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]
Ids = Mapping[str, str]
"""What stands for the parameters of a path: ids of this database, so that what is shown can be tried."""
_OF_ALL = ("401", "421", "422", "503")
"""What every operation may answer: said once."""
_TAGS = {"deeds": "what people do"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing that is sent along, in the query, in the path or in the body."""

    name: str
    place: str
    kind: str
    required: bool
    default: str
    about: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked for. `path` is an example's; `command` asks for it with curl."""

    method: str
    template: str
    name: str
    about: str
    parameters: list[Parameter]
    answers: list[tuple[str, str]]
    path: str
    command: str


@dataclass(frozen=True, slots=True)
class Group:
    """The operations of one concern."""

    name: str
    operations: list[Operation]


def groups(description: Json, console: str, ids: Ids, *, with_token: bool) -> list[Group]:
    """All operations by concern, in the order of the description."""
    found: dict[str, list[Operation]] = {}
    for template, item in description["paths"].items():
        for method, each in item.items():
            made = _operation(description, template, method, each, console, ids, with_token)
            found.setdefault(each["tags"][0], []).append(made)
    return [Group(_TAGS.get(tag, tag), operations) for tag, operations in found.items()]


def _operation(
    description: Json, template: str, method: str, each: Json, console: str, ids: Ids, with_token: bool
) -> Operation:
    path = template
    for name, value in ids.items():
        path = path.replace(f"{{{name}}}", value)
    body = _body_schema(description, each)
    token = " -H 'Authorization: Bearer TOKEN'" if with_token else ""
    sent = f" --json '{json.dumps(_example(description, body))}'" if body is not None else ""
    verb = "" if method in ("get", "post") else f" -X {method.upper()}"
    return Operation(
        method=method.upper(),
        template=template,
        name=each["operationId"],
        about=each.get("description", ""),
        parameters=[*_parameters(description, each), *_fields(description, body)],
        answers=[
            (status, answer["description"])
            for status, answer in each["responses"].items()
            if status not in _OF_ALL
        ],
        path=path if method == "get" and "{" not in path and "/quarantine/" not in path else "",
        command=f"curl -s{verb}{token}{sent} '{console}{path}'",
    )


def _parameters(description: Json, each: Json) -> Iterator[Parameter]:
    for one in each.get("parameters", ()):
        schema = one["schema"]
        yield Parameter(
            one["name"],
            one["in"],
            _kind(description, schema),
            one.get("required", False),
            _default(schema),
            one.get("description", ""),
        )


def _body_schema(description: Json, each: Json) -> Json | None:
    schema = each.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return None if schema is None else _resolved(description, schema)


def _fields(description: Json, body: Json | None) -> Iterator[Parameter]:
    for name, schema in (body or {}).get("properties", {}).items():
        about = schema.get("description", "")
        required = name in (body or {}).get("required", ())
        yield Parameter(name, "body", _kind(description, schema), required, _default(schema), about)


def _resolved(description: Json, schema: Json) -> Json:
    reference = schema.get("$ref", "").rpartition("/")[2]
    resolved: Json = description["components"]["schemas"][reference] if reference else schema
    return resolved


def _kind(description: Json, schema: Json) -> str:
    """A type in words: "integer, 1 to 200", "one of open, all"."""
    schema = _resolved(description, schema)
    choices = [
        each for each in schema.get("anyOf", ()) if each.get("type") != "null" and each.get("const") != ""
    ]
    if choices:
        return " or ".join(dict.fromkeys(_kind(description, each) for each in choices))
    if "enum" in schema:
        return "one of " + ", ".join(str(each) for each in schema["enum"] if each != "")
    if schema.get("type") == "array":
        return f"list of {_kind(description, schema.get('items', {}))}"
    kind = str(schema.get("format") or schema.get("type") or "anything")
    if "minimum" in schema and "maximum" in schema:
        return f"{kind}, {schema['minimum']:,} to {schema['maximum']:,}"
    return kind


def _default(schema: Json) -> str:
    value = schema.get("default")
    return "" if value in (None, "") else json.dumps(value)


def _example(description: Json, schema: Json | None) -> dict[str, Any]:
    """A body that can be sent: what is required, each with an example."""
    if schema is None:
        return {}
    either = next((choice.get("required", ()) for choice in schema.get("anyOf", ())), ())
    required = (*schema.get("required", ()), *either)
    return {name: _value(description, schema["properties"][name]) for name in required}


def _value(description: Json, schema: Json) -> Any:
    schema = _resolved(description, schema)
    for choice in (schema, *schema.get("anyOf", ())):
        if choice.get("examples"):
            return choice["examples"][0]
        if choice.get("enum"):
            return choice["enum"][0]
    if schema.get("type") == "array":
        return [_value(description, schema.get("items", {}))]
    return {"integer": 1, "boolean": True}.get(str(schema.get("type")), "…")
