"""The words of generated records: pools of sentences and parts of records, encoded once, from lists and templates.

An item of a pool and its neighbour (`place ^ 1`) say the same of another number: an edit puts one in the other's place.
"""

import json
import random
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any

from sync.demo.registry.generated.numbers import mixed, running

_TABLES = tomllib.loads((resources.files(__package__) / "words.toml").read_text(encoding="utf-8"))
GENERIC: dict[str, list[str]] = _TABLES["generic"]
TEMPLATES: dict[str, list[str]] = _TABLES["templates"]
SPONSORS = 4_000
_SLOT = re.compile(r"\{(\w+)\}")
_LISTS = {
    "aim": "aims",
    "drug": "drugs",
    "group": "groups",
    "illness": "illnesses",
    "instrument": "instruments",
    "measure": "measures",
    "period": "periods",
    "adverb": "adverbs",
    "name": "syllables",
}
"""The list that a slot of a template takes its word from, where it has another name."""


@dataclass(frozen=True)
class Theme:
    """What a study is about."""

    weight: int
    conditions: list[str]
    mesh: list[str]
    ancestors: list[str]
    keywords: list[str]
    kind: str
    products: list[str]
    besides: list[str]


THEMES = [Theme(**table) for table in _TABLES["theme"]]
PLACES_OF_THEMES = running([theme.weight for theme in THEMES])
"""From which to which thousandth a study is about each theme."""


def encoded(value: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def inner(text: str) -> bytes:
    """A text as it stands between the quotes of JSON."""
    return encoded(text)[1:-1]


def filled(template: str, chance: random.Random, number: int | None = None) -> str:
    """A template with its slots filled; `number` is then the first number in it."""
    numbers = iter([] if number is None else [number])

    def word(slot: re.Match[str]) -> str:
        name = slot[1]
        if name == "lab":
            return filled(chance.choice(GENERIC["laboratory"]), chance, next(numbers, None))
        if name in ("n", "m", "small", "year"):
            return str(_number(name, chance, next(numbers, None)))
        if name == "initial":
            return chance.choice("ABCDEFGHJKLMNPRSTW")
        found = chance.choice(GENERIC[_LISTS[name.lower()]])
        return found[0].upper() + found[1:] if name[0].isupper() else found

    return _SLOT.sub(word, template)


def _number(name: str, chance: random.Random, given: int | None) -> int | float:
    least, most = {"n": (2, 96), "m": (97, 140), "small": (2, 9), "year": (1998, 2025)}[name]
    drawn = chance.randrange(least, most)
    return drawn if given is None or name == "year" else given % (most - least) + least


def pairs(templates: list[str], count: int, chance: random.Random) -> Iterator[tuple[str, str]]:
    """So many pairs of filled templates: the same words, another number or word."""
    for _ in range(count):
        template, seed = chance.choice(templates), chance.getrandbits(32)
        number = chance.randrange(90)
        first, second = (
            filled(template, random.Random(seed), number + more)  # noqa: S311 - nobody has to guess them
            for more in (0, 3)
        )
        yield first, second


class Words:
    """The pools of one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def chance(self, name: str) -> random.Random:
        """The chances of one pool."""
        return random.Random(mixed(self._seed, *name.encode()))  # noqa: S311

    @cached_property
    def inclusions(self) -> list[bytes]:
        """What a participant must have."""
        return self._texts("criteria", 1_500)

    @cached_property
    def exclusions(self) -> list[bytes]:
        """What a participant must not have."""
        return self._texts("exclusions", 1_500)

    @cached_property
    def headings(self) -> list[bytes]:
        """What stands over nested criteria."""
        return self._texts("headings", 20)

    @cached_property
    def sentences(self) -> list[bytes]:
        """Of a study's descriptions."""
        return self._texts("sentences", 2_500)

    @cached_property
    def references(self) -> list[bytes]:
        """Publications, each a part of a record."""
        chance = self.chance("references")
        citations = self._texts("references", 600)
        return [
            b'{"pmid":"%d","type":"BACKGROUND","citation":"%b"}'
            % (chance.randrange(10**7, 4 * 10**7), citation)
            for citation in citations
        ]

    @cached_property
    def outcomes(self) -> list[bytes]:
        """What is measured, each a part of a record."""
        chance, found = self.chance("outcomes"), []
        measures = self._texts("outcomes", 1_200)
        for number, frames in enumerate(pairs(TEMPLATES["frames"], 1_200, chance)):
            measure = measures[2 * number]
            about = b" ".join(chance.choices(self.sentences, k=chance.randrange(4)))
            described = b',"description":"%b"' % about if about else b""
            found += [
                b'{"measure":"%b"%b,"timeFrame":"%b"}' % (measure, described, inner(frame))
                for frame in frames
            ]
        return found

    @cached_property
    def sites(self) -> list[tuple[bytes, bytes]]:
        """Places, before and after the status of the study there."""
        chance = self.chance("sites")
        return [_site(chance) for _ in range(5_000)]

    @cached_property
    def contacts(self) -> list[bytes]:
        """Whom to ask, each a part of a record."""
        return [encoded(_contact(chance)) for chance in [self.chance("contacts")] for _ in range(1_500)]

    @cached_property
    def sponsors(self) -> list[tuple[str, bytes]]:
        """Names, with their classes; the first ones have the most studies."""
        chance, found = self.chance("sponsors"), []
        for _ in range(SPONSORS):
            trade = chance.random() < 0.33
            name = chance.choice(GENERIC["companies" if trade else "academies"])
            found.append((name.format(town=_town(chance)), b"INDUSTRY" if trade else b"OTHER"))
        return found

    @cached_property
    def reasons(self) -> list[bytes]:
        """Why a study was stopped."""
        return [inner(text) for text in TEMPLATES["reasons"]]

    def pool(self, name: str, size: int, make: Callable[[random.Random], bytes]) -> list[bytes]:
        """A pool of parts that are made by a function of chance."""
        chance = self.chance(name)
        return [make(chance) for _ in range(size)]

    def _texts(self, name: str, count: int) -> list[bytes]:
        return [inner(text) for pair in pairs(TEMPLATES[name], count, self.chance(name)) for text in pair]


words_of = cache(Words)
"""The pools of a seed, made once."""


def _town(chance: random.Random) -> str:
    first = chance.choice(GENERIC["syllables"])
    second = chance.choice(GENERIC["syllables"]).lower() if chance.random() < 0.6 else ""
    return first + second + chance.choice(GENERIC["endings"])


def _site(chance: random.Random) -> tuple[bytes, bytes]:
    town, country = _town(chance), chance.choice(GENERIC["countries"])
    facility = chance.choice(GENERIC["institutions"]).format(town=town, code=chance.randrange(1_000, 10_000))
    place = {"city": town}
    if country == "United States":
        place["state"] = chance.choice(GENERIC["states"])
    place |= {"zip": str(chance.randrange(10_000, 99_999)), "country": country}
    point = {
        "lat": round(chance.uniform(-50, 65), 5),
        "lon": round(chance.uniform(-120, 150), 5),
    }
    return encoded({"facility": facility})[:-1], b"," + encoded(place | {"geoPoint": point})[1:]


def _contact(chance: random.Random) -> dict[str, str]:
    given, family = chance.choice(GENERIC["given"]), _town(chance)
    return {
        "name": f"{given} {family}",
        "role": "CONTACT",
        "phone": f"555-{chance.randrange(10**7):07}",
        "email": f"{given}.{family}@invented.example".lower(),
    }
