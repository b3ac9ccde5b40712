"""What people type for a watch, read and checked as the configuration file is (pure).

A search is typed as `cond=lupus; intr=CAR-T`, as the address of a search on the registry's site, or as plain words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from pydantic import ValidationError

from sync.config import WatchSettings
from sync.config_errors import complaints
from sync.errors import UsageError
from sync.registry.query import objection
from sync.registry.user_agent import check_user_agent, user_agent
from sync.study.record import is_nct_id
from sync.study.typed_id import nct_id_typed

_BETWEEN_IDS = re.compile(r"[\s,;|]+")
_PARAMETER = re.compile(r"\s*((?:query|filter|postFilter)\.\w+|\w+)\s*=", re.ASCII)
_OF_THE_SITE = ("viewType", "rank", "page", "limit", "tab", "sort", "from", "start", "count")
"""What the registry's site has in its addresses for itself: how a list is shown, not what is found."""
_SHOWN = 5
"""So many wrong ids are named; of a text that is no list of ids, all of them would be the text."""


FOLLOWED = "followed"
"""The watch of the studies that are followed one by one, where nobody names another."""


CONDITIONS = ("classes", "antigens", "areas")
"""What a watch may ask for of the studies that its searches find."""


class WrongWatch(UsageError):
    """The watch is not as it should be."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults) if len(faults) > 1 else faults[0])
        self.faults = tuple(faults)


def ids_typed(text: str) -> tuple[str, ...]:
    """The NCT IDs in a text, between commas, spaces or lines, each once. Raises WrongWatch where something else is there."""
    words = {word: nct_id_typed(word) for word in _BETWEEN_IDS.split(text) if word}
    wrong = [word for word, nct_id in words.items() if nct_id is None]
    if wrong:
        named = ", ".join(repr(word[:20]) for word in wrong[:_SHOWN])
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise WrongWatch([f"{named}{more}: not an NCT ID (NCT and eight digits)"])
    return tuple(dict.fromkeys(filter(None, words.values())))


def search_typed(text: str) -> dict[str, str]:
    """A search as it was typed. Raises WrongWatch with the reason where it means nothing to the registry."""
    typed = text.strip()
    if re.match(r"https?://", typed):
        search = _of_an_address(typed)
    elif _PARAMETER.match(typed):
        search = _of_parameters(typed)
    else:
        search = {"term": typed}
    if problem := objection(search):
        raise WrongWatch([f"the search {typed[:60]!r}: {problem}"])
    return search


def searches_typed(lines: Iterable[str]) -> tuple[dict[str, str], ...]:
    """Searches, one a line; empty lines are passed over. Raises WrongWatch with what is wrong in all of them."""
    found, faults = list[dict[str, str]](), list[str]()
    for line in lines:
        try:
            found += [search_typed(line)] if line.strip() else []
        except WrongWatch as wrong:
            faults += wrong.faults
    if faults:
        raise WrongWatch(faults)
    return tuple(found)


def as_typed(search: Mapping[str, str]) -> str:
    """A search as `search_typed` reads it back, on one line."""
    plain = "; ".join(f"{name}={value}" for name, value in search.items())
    # A value may hold what parts parameters, or a line break: in an address nothing is mistaken for either.
    is_plain = plain.isprintable() and _of_parameters(plain) == search
    return plain if is_plain else f"https://clinicaltrials.gov/search?{urlencode(search)}"


def conditions_typed(
    classes: Iterable[str], antigens: Iterable[str], areas: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """The conditions of a second look, each between commas or one by one; empty texts are passed over."""
    typed = {"classes": classes, "antigens": antigens, "areas": areas}
    return {
        key: tuple(dict.fromkeys(part.strip() for text in texts for part in text.split(",") if part.strip()))
        for key, texts in typed.items()
    }


def watch_of(
    name: str,
    *,
    ids: Sequence[str] = (),
    searches: Sequence[Mapping[str, str]] = (),
    related_to: Sequence[str] = (),
    **conditions: Sequence[str],
) -> WatchSettings:
    """A watch, checked as `config check` does; `conditions` are CONDITIONS. Raises WrongWatch with all that is wrong."""
    if is_nct_id(name.upper()):
        raise WrongWatch(["name: a watch cannot be called as a study is: it would be taken for it"])
    given: dict[str, Any] = {"ids": ids, "searches": [dict(each) for each in searches]}
    try:
        return WatchSettings(name=name, **given, related_to=tuple(related_to), **conditions)
    except ValidationError as error:
        raise WrongWatch(complaints(error, WatchSettings)) from None


def definition_of(watch: WatchSettings) -> dict[str, Any]:
    """What is kept of a watch: all but its name."""
    values = watch.model_dump(mode="json", include={"ids", "searches", "related_to", *CONDITIONS})
    return {key: value for key, value in values.items() if value}


def contact_typed(text: str) -> str:
    """Whom the registry can ask: an address of mail or of a page. Raises UsageError with the reason."""
    contact = text.strip()
    if "@" not in contact.strip("@") and not contact.startswith(("http://", "https://")):
        raise UsageError("a contact is a mail address such as ops@example.org, or the address of a page")
    if len(contact) > 200 or check_user_agent(user_agent(contact)):
        raise UsageError("a contact is sent in a header: 200 printable ASCII characters at most")
    return contact


def _of_an_address(address: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(urlsplit(address).query, max_num_fields=50)
    except ValueError:
        raise WrongWatch(["the address of the search cannot be read"]) from None
    return {name: value for name, value in pairs if name not in _OF_THE_SITE}


def _of_parameters(text: str) -> dict[str, str]:
    """`cond=lupus; intr=CAR-T`; a semicolon that no parameter follows is a part of the value."""
    search: dict[str, str] = {}
    last = ""
    for piece in text.split(";"):
        found = _PARAMETER.match(piece)
        if found:
            last = found[1]
            if last in search:
                raise WrongWatch([f"the search {text[:60]!r} names {last!r} twice"])
            search[last] = piece[found.end() :].strip()
        elif piece.strip():
            search[last] = f"{search[last]};{piece}".strip()
    return search
