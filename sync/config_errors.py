"""What is said of a configuration that is wrong: the key, its place and the nearest known key; never a value (pure).

A value may be a secret on the wrong line: under a key that is misspelt, or in place of a name. So nothing that was given
is repeated, but for numbers where a number belongs; and of the errors raised by validators only those of ours are told,
since those of libraries quote what they were given.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from sync.settings_base import InvalidValue

NEAR = 0.6
"""Likeness from which a key of the same table is offered: `proxi` and `heartbeat` are, `colour` for `url` is not."""
ELSEWHERE = 0.8
"""The same for a key of another table."""

Place = Sequence[str | int]

_PLAIN = {
    "model_type": "must be a table",
    "dict_type": "must be a table",
    "missing": "this key is needed",
    "too_short": "needs at least one entry",
    "tuple_type": "must be a list",
    "string_type": "must be text, in quotes",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "must begin with a letter or digit, and hold nothing but those, dots, dashes and underscores",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "time_type": "must be a time of the day such as 08:00",
    "time_parsing": "must be a time of the day such as 08:00",
}
"""What pydantic calls by names of its own, in words."""


def complaints(
    error: ValidationError, root: type[BaseModel], *, within: str = "", environ: Collection[str] = ()
) -> list[str]:
    """A line for each fault, once; `within` is where `root` stands, `environ` the variables that may have given a key."""
    faults = error.errors(include_url=False)
    told = (_complaint(fault, root, within, environ) for fault in faults if not _follows(fault, faults))
    # A union tells one fault once a type that it tried.
    return list(dict.fromkeys(line for fault in told for line in fault.splitlines()))


def _follows(fault: Mapping[str, Any], faults: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a list lacks entries for no other reason than that those which it has are wrong: that is told already."""
    place = fault["loc"]
    within = (each["loc"] for each in faults if len(each["loc"]) > len(place))
    return fault["type"] == "too_short" and any(each[: len(place)] == place for each in within)


def suggestion(key: str, known: Collection[str], *, likeness: float = NEAR) -> str | None:
    """The known name that is nearest to the one given, if any is near."""
    near = get_close_matches(key.lower(), known, n=1, cutoff=likeness)
    return near[0] if near else None


def known_keys(root: type[BaseModel]) -> Iterator[str]:
    """All keys with their table: `database.url`."""
    for section, field in root.model_fields.items():
        table = _table_of(field)
        yield from [f"{section}.{key}" for key in table.model_fields] if table else [section]


def _complaint(fault: Mapping[str, Any], root: type[BaseModel], within: str, environ: Collection[str]) -> str:
    place, field = _place(fault["loc"], root)
    name = ".".join(str(part) for part in ([within] if within else []) + list(place))
    given_by = next((each for each in environ if _names(each, name)), None)
    origin = f" (from the environment: {given_by})" if given_by else ""
    if fault["type"] == "extra_forbidden":
        return f"{name}: there is no such key{origin}{_nearest(place, root, within)}"
    begin = f"{name}: " if name else ""
    return f"{begin}{_words(fault)}{_number(fault, field)}{origin}"


def _words(fault: Mapping[str, Any]) -> str:
    if fault["type"] in ("value_error", "assertion_error"):
        error = fault["ctx"]["error"]
        return str(error) if isinstance(error, InvalidValue) else "this cannot be used here"
    if fault["type"] == "tuple_type" and isinstance(fault["input"], dict):
        return f"must be a list of tables: write [[{fault['loc'][-1]}]], with two brackets"
    if fault["type"] in _PLAIN:
        return _PLAIN[fault["type"]]
    return re.sub(r"^(Input|Value|String|Number) should ", "must ", str(fault["msg"]))


def _number(fault: Mapping[str, Any], field: FieldInfo | None) -> str:
    """The value where a number was given for a number: that is harmless, and says what is wrong."""
    value = fault["input"]
    # Not of a key that wants text: digits there may be a password.
    wanted = field is not None and {int, float} & set(_types(field.annotation))
    return f" (it is {value})" if wanted and type(value) in (int, float) else ""


def _place(loc: Place, root: type[BaseModel]) -> tuple[list[str | int], FieldInfo | None]:
    """The part of an error's place that names keys (pydantic adds the types that it tried), and the last key's field."""
    place: list[str | int] = []
    table: type[BaseModel] | None = root
    field: FieldInfo | None = None
    for part in loc:
        if isinstance(part, int):
            place.append(part)
        elif table is not None:
            place.append(part)
            field = table.model_fields.get(part)
            table = _table_of(field) if field else None
        elif field is not None and dict in map(_origin, _types(field.annotation)) and part != "[key]":
            place.append(part)
    return place, field


def _nearest(place: Place, root: type[BaseModel], within: str) -> str:
    *above, key = (str(part) for part in place)
    table: type[BaseModel] | None = root
    for part in above:
        field = table.model_fields.get(part) if table and not part.isdigit() else None
        table = _table_of(field) if field else table
    front = "".join(f"{part}." for part in ([within] if within else []) + above)
    found = suggestion(key, table.model_fields if table else ())
    if found is None and not within:
        everywhere = list(known_keys(root))
        same = [name for name in everywhere if name.rpartition(".")[2] == key.lower()]
        found, front = (same[0] if same else suggestion(f"{front}{key}", everywhere, likeness=ELSEWHERE)), ""
    return f"; did you mean {front}{found}?" if found else ""


def _names(variable: str, name: str) -> bool:
    """Whether an environment variable gives the key of this name or something within it."""
    path = name.replace(".", "__").upper()
    given = variable.partition("_")[2]
    return bool(path) and (given == path or given.startswith(f"{path}__"))


def _table_of(field: FieldInfo) -> type[BaseModel] | None:
    tables = [
        type_
        for type_ in _types(field.annotation)
        if isinstance(type_, type) and issubclass(type_, BaseModel)
    ]
    return tables[0] if tables else None


def _types(annotation: Any) -> list[Any]:
    """An annotation and all that it is made of."""
    return [annotation, *(part for argument in get_args(annotation) for part in _types(argument))]


def _origin(annotation: Any) -> Any:
    return getattr(annotation, "__origin__", annotation)
