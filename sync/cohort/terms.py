"""The terms that trials of CAR-T cells and their neighbours are recognised by, read from `terms.toml` (pure)."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from itertools import product
from typing import Any, TypeVar

from sync.cohort.folding import SEPARATOR, fold
from sync.cohort.writing import END, START, any_of, as_words, by_itself, construct, ending, sign_of, standing

_ALNUM = b"abcdefghijklmnopqrstuvwxyz0123456789"
_SPACED = bytes(code if code in _ALNUM else ord(" ") for code in range(256))
_NO_WORD = re.compile(r"[^a-z0-9 ]")
_WORD = re.compile(r"[a-z0-9]+")

CELLS = frozenset((b"cell", b"cells"))


def words_of(text: str) -> list[bytes]:
    """The words of a folded text: letters and digits that stand together. A pattern would take three times as long."""
    return text.encode("ascii", "replace").translate(_SPACED).split()


@dataclass(frozen=True)
class Term:
    """What has a name, and ways of writing it in a folded text."""

    name: str
    forms: tuple[str, ...]

    @property
    def alone(self) -> tuple[str, ...]:
        """Ways that name it only where nothing else stands."""
        return ()

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Any of the ways. Made when a text may have it: most of the 450 are in none of a thousand records."""
        return re.compile(as_words(self.forms))


@dataclass(frozen=True)
class Product(Term):
    """A product with its names: what is known of it where a record only names it."""

    antigens: tuple[str, ...]
    modality: str
    source: str | None
    is_marketed: bool


@dataclass(frozen=True)
class Disease(Term):
    """A disease with the area that it belongs to."""

    area: str
    alone: tuple[str, ...] = ()
    """Ways that name it only where nothing else stands: "ALL" is a word, too."""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Its forms as words, and those that stand alone."""
        alone = "|".join(map(re.escape, self.alone))
        return re.compile(as_words(self.forms) + (rf"|\A(?:{alone})\Z" if alone else ""))


@dataclass(frozen=True)
class Modality:
    """The cells that stand beside the word CAR."""

    name: str
    form: str

    def find_in(self, text: str, start: int, end: int) -> Iterator[re.Match[str]]:
        """Where it stands in a stretch of a folded text."""
        # That of cells made in the body takes 0.1 s to compile, and few records need it.
        if self.name == "in vivo CAR" and not _IN_VIVO.search(text, start, end):
            return iter(())
        return self.pattern.finditer(text, start, end)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The ways of writing it."""
        return by_itself(self.form)


_IN_VIVO = re.compile("vivo|lentivir|circular rna|lnp")
"""What stands in each way of writing that cells are made in the body."""


T = TypeVar("T", bound=Term)


class Named(Sequence[T]):
    """Terms by the longest words of their forms: each pattern tried on each text took three milliseconds a record."""

    def __init__(self, known: Iterable[T]) -> None:
        self._all = tuple(known)
        self._by_word: dict[bytes, list[tuple[int, str, tuple[str, ...]]]] = defaultdict(list)
        for at, each in enumerate(self._all):
            for form in each.forms:
                for word, stretch in set(_longest_words(form)):
                    others = tuple(piece for piece in _WORD.findall(form) if piece not in stretch)
                    self._by_word[word.encode()].append((at, stretch, others))
            for form in each.alone:
                self._by_word[form.encode()].append((at, f"{SEPARATOR}{form}{SEPARATOR}", ()))
        self.words = frozenset(self._by_word)
        """One of these stands in whatever text has one of them."""

    def __len__(self) -> int:
        return len(self._all)

    def __getitem__(self, at: Any) -> Any:
        return self._all[at]

    def perhaps_in(self, text: str, words: Iterable[bytes] | None = None) -> list[T]:
        """Those that may stand in a folded text, or in one of several with the separator between, in their order.

        `words`: those of the text or of a longer one, where they are known; no more of them than `self.words` has is needed.
        """
        # Of the words no set is made: that took longer than to look each of them up.
        perhaps = self.words.intersection(words_of(text) if words is None else words)
        known = [each for each in perhaps if each.decode() in text] if words else perhaps
        if not known:
            return []
        whole = f"{SEPARATOR}{text}{SEPARATOR}"
        found = {
            at
            for word in known
            for at, stretch, others in self._by_word[word]
            if stretch in whole and (not others or all(map(whole.__contains__, others)))
        }
        return [self._all[at] for at in sorted(found)]


def _longest_words(form: str) -> Iterator[tuple[str, str]]:
    """The words of a text that a form's longest word may be, or be part of: a blank of a form may be none in the text.

    Each with the stretch of the text that it then stands in: to what it is not part of there is a blank.
    """
    words = max(
        (each.split() for each in _NO_WORD.split(form)), key=lambda each: max(map(len, each), default=0)
    )
    at = words.index(max(words, key=len))
    for start, end in product(range(at + 1), range(at + 1, len(words) + 1)):
        word = "".join(words[start:end])
        beside = " ".join([*words[:start][-1:], word, *words[end:][:1]])
        yield word, beside if " " in form else form


class Terms:
    """All terms. Each table is compiled when it is first asked for: all at once take 0.1 s, and `version` needs none."""

    def __init__(self, raw: bytes) -> None:
        """`raw`: the file."""
        self._raw = raw
        self.version = hashlib.sha256(raw).hexdigest()[:8]
        """Another one with any change of the terms."""

    @cached_property
    def _tables(self) -> dict[str, Any]:
        return tomllib.loads(self._raw.decode())

    @cached_property
    def _antigen(self) -> str:
        return any_of(form for each in self._tables["antigen"] for form in each["forms"])

    @cached_property
    def car(self) -> re.Pattern[str]:
        """Every way of writing the construct."""
        return re.compile(START + f"(?:{construct(self._antigen)})")

    @cached_property
    def sign(self) -> re.Pattern[str]:
        """What stands in nearly every way of writing the construct, and in few other texts."""
        return re.compile(sign_of(self._antigen))

    @cached_property
    def antigen(self) -> re.Pattern[str]:
        """Any antigen, by itself or glued to a construct."""
        return re.compile(standing(self._antigen))

    @cached_property
    def antigens(self) -> dict[str, re.Pattern[str]]:
        """Each antigen."""
        return {each["name"]: re.compile(any_of(each["forms"])) for each in self._tables["antigen"]}

    @cached_property
    def products(self) -> Named[Product]:
        """Products, by their first names."""
        return Named(map(_product, self._tables["product"]))

    @cached_property
    def other_cells(self) -> Named[Term]:
        """Cells without a CAR."""
        return Named(Term(each["modality"], tuple(each["forms"])) for each in self._tables["other_cells"])

    @cached_property
    def telling(self) -> frozenset[bytes]:
        """The words of which one is in each text that names a product, other cells or a disease, or speaks of cells at all.

        All of them in one set: to look through the words of a text takes as long as to find them.
        """
        return self.products.words | self.other_cells.words | self.diseases.words | CELLS

    @cached_property
    def modalities(self) -> tuple[Modality, ...]:
        """The cells beside the word CAR."""
        car = construct(self._antigen)
        return tuple(
            Modality(each["name"], each["pattern"].replace("{car}", car)) for each in self._tables["modality"]
        )

    @cached_property
    def sources(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        """Where cells are from."""
        return tuple((each["name"], by_itself(each["pattern"])) for each in self._tables["source"])

    @cached_property
    def generations(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        """Generations of the construct."""
        return tuple((each["name"], by_itself(each["pattern"])) for each in self._tables["generation"])

    @cached_property
    def diseases(self) -> Named[Disease]:
        """Diseases, with their areas."""
        return Named(
            Disease(each["name"], tuple(each["forms"]), each["area"], tuple(each.get("alone", ())))
            for each in self._tables["disease"]
        )

    @cached_property
    def describing(self) -> frozenset[str]:
        """Words that only describe a construct."""
        return frozenset(self._tables["words"]["describing"].split())

    @cached_property
    def passing(self) -> frozenset[str]:
        """These, and what may stand besides between "after" and a construct."""
        return self.describing | frozenset(self._tables["words"]["passing"].split())

    @cached_property
    def context_before(self) -> re.Pattern[str]:
        """What tells that which follows as what patients have anyway, or cannot have: at the end of what stands before."""
        return ending(self._tables["context"]["before"])

    @cached_property
    def context_after(self) -> re.Pattern[str]:
        """The same of what stands before."""
        return self._following(self._tables["context"]["after"])

    @cached_property
    def denied_before(self) -> re.Pattern[str]:
        """What denies that which follows, at the end of what stands before it."""
        return ending(self._tables["denied"]["before"])

    @cached_property
    def denied_after(self) -> re.Pattern[str]:
        """What denies that which stands before."""
        return self._following(self._tables["denied"]["after"])

    @cached_property
    def lacking_before(self) -> re.Pattern[str]:
        """What tells that participants do not have that which follows, at the end of what stands before it."""
        return ending(self._tables["lacking"]["before"])

    @cached_property
    def lacking_after(self) -> re.Pattern[str]:
        """The same of what stands before."""
        return self._following(self._tables["lacking"]["after"])

    @cached_property
    def lacking_unless(self) -> re.Pattern[str]:
        """What tells, earlier in the sentence, that others of them had it."""
        return re.compile(self._tables["lacking"]["unless"])

    @cached_property
    def lacking_links(self) -> frozenset[str]:
        """What may stand between what they lack and the word for lacking it."""
        return self.describing | frozenset(self._tables["lacking"]["linking"].split())

    def _following(self, patterns: Iterable[str]) -> re.Pattern[str]:
        return re.compile(rf"{self._tables['context']['naming']}(?:{'|'.join(patterns)}){END}")

    @cached_property
    def apart(self) -> frozenset[str]:
        """Words that part an antigen from a construct."""
        return frozenset(self._tables["words"]["apart"].split())


@cache
def terms() -> Terms:
    """The project's own terms."""
    return Terms(files("sync.cohort").joinpath("terms.toml").read_bytes())


# Each begins with what a search can jump to, so that a page of text takes two microseconds.
_has_28 = re.compile(r"28(?: ?z|(?<=cd28)|(?<=cd 28))").search
_has_bb = re.compile(r"bb(?: ?z|(?<=41bb))").search
_has_t_body = re.compile(r"t body(?<![a-z0-9]t body)").search


def may_name_a_car(text: str) -> bool:
    """Whether a folded text has a sign that is in each way of writing the construct; it costs next to nothing."""
    return bool(
        terms().sign.search(text)
        or "chimeric" in text
        or "tisagenlecleucel" in text
        or _has_28(text)
        or _has_bb(text)
        or _has_t_body(text)
    )


def antigen_named(text: str) -> str | None:
    """The antigen that is written so, by the name that it has here; None where none is."""
    folded, known = fold(text.strip()).text, terms().antigens
    by_name = (name for name in known if fold(name).text == folded)
    return next(by_name, None) or next((name for name in known if known[name].fullmatch(folded)), None)


def _product(entry: dict[str, Any]) -> Product:
    return Product(
        entry["forms"][0],
        tuple(entry["forms"]),
        tuple(entry["antigens"]),
        entry.get("modality", "CAR-T"),
        entry.get("source"),
        entry.get("marketed", False),
    )
