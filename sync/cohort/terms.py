"""The terms that trials of CAR-T cells and their neighbours are recognised by, read from `terms.toml` (pure)."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from sync.cohort.folding import fold

START, END = r"(?<![a-z0-9])", r"(?![a-z0-9])"

# What a CAR stands beside: the cells that carry it, or what was done to them.
_CARRIER = (
    r"(?:t|ts|tils?|nk|ra ?nk|inkt|[ia]?nkt|tregs?|m|dc|ciks?|dnts?|gammadelta|gdt|macrophages?|monocytes?|"
    r"regulatory|natural|dendritic|cells?|positive|modified|engineered|transduced|expressing|transgene|gene|vector)"
)

_MADE = r"(?:u|c|4s|hu|auto|allo|ultra|turbo|super|smart|fast|dual|pre|nano|vir|syn|eu)"
"""What makers put before the word CAR."""


T = TypeVar("T")

_LONGEST_START = 3
_WORD = re.compile(r"[a-z0-9]+")
_BEGINNING = re.compile(rf"^[a-z0-9]{{0,{_LONGEST_START}}}")


@dataclass(frozen=True, slots=True)
class Product:
    """A product with its names: what is known of it where a record only names it."""

    name: str
    pattern: re.Pattern[str]
    antigens: tuple[str, ...]
    modality: str
    source: str | None
    is_marketed: bool


@dataclass(frozen=True, slots=True)
class Modality:
    """The cells that stand beside the word CAR."""

    name: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Disease:
    """A disease with the area that it belongs to."""

    name: str
    area: str
    pattern: re.Pattern[str]


class Named(Sequence[T]):
    """What has names, found by how these begin: each pattern tried on each text took three milliseconds a record."""

    def __init__(self, forms_of: Iterable[tuple[T, Iterable[str]]]) -> None:
        """`forms_of`: each with its names as they stand in a folded text."""
        self._all: list[T] = []
        self._by_start: dict[str, list[int]] = defaultdict(list)
        for each, forms in forms_of:
            for start in {_BEGINNING.findall(form)[0] for form in forms}:
                self._by_start[start].append(len(self._all))
            self._all.append(each)

    def __len__(self) -> int:
        return len(self._all)

    def __getitem__(self, at: Any) -> Any:
        return self._all[at]

    def perhaps_in(self, text: str) -> Iterator[T]:
        """Those of which a name may stand in a folded text, in their order."""
        words = set(_WORD.findall(text))
        starts = {word[:length] for word in words for length in range(_LONGEST_START + 1)}
        found = {at for start in starts & self._by_start.keys() for at in self._by_start[start]}
        return (self._all[at] for at in sorted(found))


@dataclass(frozen=True, slots=True)
class Terms:
    """All terms, compiled; `version` changes with any of them."""

    car: re.Pattern[str]
    antigen: re.Pattern[str]
    antigens: dict[str, re.Pattern[str]]
    products: Named[Product]
    other_cells: tuple[tuple[str, re.Pattern[str]], ...]
    modalities: tuple[Modality, ...]
    sources: tuple[tuple[str, re.Pattern[str]], ...]
    generations: tuple[tuple[str, re.Pattern[str]], ...]
    diseases: Named[Disease]
    describing: frozenset[str]
    """Words that only describe a construct."""
    passing: frozenset[str]
    """These, and what may stand besides between "after" and a construct."""
    apart: frozenset[str]
    """Words that part an antigen from a construct."""
    version: str


@cache
def terms() -> Terms:
    """The project's own terms."""
    raw = files("sync.cohort").joinpath("terms.toml").read_bytes()
    data = tomllib.loads(raw.decode())
    antigen = _any(form for each in data["antigen"] for form in each["forms"])
    car = _car(antigen)
    return Terms(
        car=re.compile(START + f"(?:{car})"),
        antigen=re.compile(_standing(antigen)),
        antigens={each["name"]: re.compile(_any(each["forms"])) for each in data["antigen"]},
        products=Named((_product(each), each["forms"]) for each in data["product"]),
        other_cells=tuple((each["modality"], _words(each["forms"])) for each in data["other_cells"]),
        modalities=tuple(_modality(each, car) for each in data["modality"]),
        sources=tuple((each["name"], _whole(each["pattern"])) for each in data["source"]),
        generations=tuple((each["name"], _whole(each["pattern"])) for each in data["generation"]),
        diseases=Named(
            (Disease(each["name"], each["area"], _disease(each)), [*each["forms"], *each.get("alone", ())])
            for each in data["disease"]
        ),
        describing=frozenset(data["words"]["describing"].split()),
        passing=frozenset((data["words"]["describing"] + data["words"]["passing"]).split()),
        apart=frozenset(data["words"]["apart"].split()),
        version=hashlib.sha256(raw).hexdigest()[:8],
    )


_SIGNS = (
    *("caar", "chimeric", "cabtagene", "tisagenlecleucel", "t body"),
    *("28z", "28 z", "cd28", "cd 28", "bbz", "bb z", "41bb"),
)
# Nearly every long text has "care", "cardiac" or "carcinoma", and no antigen or cell is called what follows in them.
_SIGN = re.compile(r"car(?!e(?:s|d|ful\w*|givers?|ers?)?\b|diac|dio|cino|bo[a-z]|otid|rie|ry|tila|ing\b)")


def may_name_a_car(text: str) -> bool:
    """Whether a folded text has a sign that is in each way of writing the construct (`_car`); it costs next to nothing."""
    return any(sign in text for sign in _SIGNS) or _SIGN.search(text) is not None


def antigen_named(text: str) -> str | None:
    """The antigen that is written so, by the name that it has here; None where none is."""
    folded, known = fold(text.strip()).text, terms().antigens
    by_name = (name for name in known if fold(name).text == folded)
    return next(by_name, None) or next((name for name in known if known[name].fullmatch(folded)), None)


def _car(antigen: str) -> str:
    """Every way of writing the construct; an antigen may be glued to it."""
    glued = rf"(?:(?:{antigen})[ ./]?)?"
    return "|".join(
        (
            r"chimeric (?:auto ?antibody |antigen[es]? |t cell |t cell antigen |immune |natural killer )?(?:immuno ?)?"
            r"rec(?:e?p?tors?|epters?)",
            rf"{glued}(?:{_MADE} ?)?car ?(?:\+|\( ?\+ ?\))? ?{_CARRIER}(?![a-z])",
            rf"{glued}(?:u|c|hu|wu|cu|this|auto|allo)? ?cart(?:s| ?\d[a-z0-9.]*| ?(?:meso|egfrviii|bcma|psma))?(?![a-z])",
            rf"(?:{antigen})[ .]?(?:c|t )?cars?{END}",
            rf"(?:{antigen})(?: ?\(eq\))? ?(?:bb|28|41bb) ?zeta(?![a-z])",
            rf"(?:[a-z]+|ic9)?car\.? ?(?:{antigen})(?=t?{END})",
            rf"(?:[a-z]+)?car[ .]?\d{{2,3}}(?:v\d)?{END}",
            r"4 ?scar(?: ?(?:t|\d{2,3}|[a-z]+\d+))?(?![a-z])",
            r"car\+(?= foxp3)",
            r"(?<=expressing )cars?(?= (?:targeting|specific|directed|against|that))",
            r"[a-z]+caart|caart|caar ?t(?![a-z])",
            r"[a-z]+cabtagene(?: [a-z]+)?|tisagenlecleucel",
            r"[a-z0-9]+ (?:28 ?z|bb ?z)(?![a-z])|t body",
            rf"(?:{antigen}) ?(?:cd ?28|28 zeta|cd28 zeta|41bb)(?![a-z0-9])",
            r"(?:(?<=specific )|(?<=directed )|(?<=targeted )|(?<=stimulatory )|(?<=generation ))cars?(?![a-z0-9])",
        )
    )


def _standing(antigen: str) -> str:
    """An antigen as a word of its own, or glued to the construct's name."""
    return (
        rf"(?:{START}|(?<=car)|(?<=cart)|(?<=anti)|(?<=\dx))(?:{antigen})"
        rf"(?:{END}|(?=u?c?car)|(?<=h3)(?=t{END})|(?=x ?(?:cd ?)?\d\d)|(?=x(?:bcma|gprc)))"
    )


def _any(forms: Any) -> str:
    # The longest first: "EGFRvIII" is not to be read as "EGFR".
    return "|".join(_form(each) for each in sorted(forms, key=len, reverse=True))


def _form(form: str) -> str:
    return re.escape(form).replace(r"\ ", " ?")


def _words(forms: list[str]) -> re.Pattern[str]:
    return re.compile(f"{START}(?:{_any(forms)}){END}")


def _disease(entry: dict[str, Any]) -> re.Pattern[str]:
    """Its names as words, and those that name it only where nothing else stands: "ALL" is a word, too."""
    alone = "|".join(map(re.escape, entry.get("alone", ())))
    named = _words(entry["forms"]).pattern
    return re.compile(rf"{named}|\A(?:{alone})\Z" if alone else named)


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(f"{START}(?:{pattern})(?![a-z0-9])")


def _product(entry: dict[str, Any]) -> Product:
    return Product(
        entry["forms"][0],
        _words(entry["forms"]),
        tuple(entry["antigens"]),
        entry.get("modality", "CAR-T"),
        entry.get("source"),
        entry.get("marketed", False),
    )


def _modality(entry: dict[str, Any], car: str) -> Modality:
    return Modality(entry["name"], _whole(entry["pattern"].replace("{car}", car)))
