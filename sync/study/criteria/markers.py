"""List markers as people type them: bullets, numbers, letters and Roman numerals, and when one really opens an item."""

from __future__ import annotations

import re
from typing import NamedTuple

from sync.study.criteria import units
from sync.study.plain import starts_with_words

_ROMAN = re.compile(r"(?=[ivxl])(x{0,3})(ix|iv|v?i{0,3})$")
_BULLET = re.compile(r"([*•●▪◦■□❖◆‣⁃∙·・➢✓❑❒☐☑✔►▶➤–—−+-]|o(?=\s+[A-Z]))\s{0,20}(?=\S)")
_TYPED = re.compile(
    r"([(\[【<]?)(\d{1,3}|[A-Za-z]|[ivxlIVXL]{2,6})\s?(?:\.(?=\)))?([.)\]:;,、】>])(?:(?<=[.)])[-–—])?(?!\d)(\s{0,20})(?=\S)"
)
_PAIRS = {"(": ")]", "[": ")]", "【": "】", "<": ">"}
# `I1.`, `E01)`, `#1`, `No. 1:`, `Criterion 1:`, `1 -`, `1/`, `1°`, `①`: labels that stand where a number would.
_LABEL = re.compile(
    r"(?P<name>#|No\.?|Nr\.?|Nº|N°|Criteri(?:on|um)|Inclusion|Exclusion|Inc|Exc|Incl|Excl|IC|EC|IN|EX|I"
    r"|E)[\s-]?0{0,2}(?P<number>[1-9]\d{0,2})\s?"
    r"(?:[.):\]–—-]|(?<=#\d)|(?<=#\d\d)|(?:(?<=[CIEcie]-\d)|(?<=[CIEcie]-\d\d))(?=\s(?-i:[A-Z][a-z])))\s{1,20}(?=\S)",
    re.IGNORECASE,
)
# `Q1.`, `Item 1.`, `INC01`: names of no fixed meaning, which need a list of their own to be labels.
_NAMED = re.compile(
    r"(?P<name>[A-Z]{1,4}|Item|Excl\.|Incl\.)[\s-]?"
    r"(?:0{0,2}(?P<number>[1-9]\d{0,2})\s?[.):\]–—-]|(?P<padded>0[1-9]|[1-9]\d))\s{1,20}(?=\S)"
)
_BESIDE = re.compile(r"0{0,2}(?P<number>[1-9]\d?)(?P<sign>\s?[/°º]|\s?[-–—])\s{1,20}(?=[A-Za-z])")
NAMED = "name"
"""Ends the style of a label that may be a name: it is a label only where the next of its kind follows."""
CIRCLED = {chr(ord("①") + at): at + 1 for at in range(20)}
_LEVELS = re.compile(r"(\d{1,2}(?:\.\d{1,2}){1,3})[.)]?\s{1,20}(?=[A-Z][a-z])")
_SURE_BULLETS = frozenset("*•●▪◦■□❖◆‣⁃➢✓❑❒☐☑✔►▶➤")


class Marker(NamedTuple):
    """A list marker: its style (what siblings share), its number in the list (0 for bullets), its length in the line."""

    style: str
    number: int
    length: int
    twin: Marker | None = None
    """The other reading of i, v and x: a letter that is a Roman numeral too."""

    @property
    def sure(self) -> bool:
        """True where the sign can hardly be anything but a list marker, wherever the line was broken."""
        return self.style in _SURE_BULLETS


BULLET = Marker("*", 0, 2)
"""An asterisk and a blank, as the registry itself writes a bullet: six in ten lines begin so."""
numbered = re.compile(r"([0-9]{1,3})\. (?=\S)").match
"""A number at the start of a line as the registry itself writes it."""


def read(line: str) -> Marker | None:
    """The marker at the start of a line, if what stands there can be one."""
    # What nine in ten lines begin with is told without the expressions for all the rest.
    if line[:2] == "* " and line[2:3].strip():
        return BULLET
    if starts_with_words(line):
        return None
    if number := numbered(line):
        return Marker("1.", int(number[1]), number.end())
    return _read(line)


def _read(line: str) -> Marker | None:
    if bullet := _BULLET.match(line):
        return _bullet(bullet, line)
    # `1.5 Mg` looks like chapter 1.5: a unit behind it makes it a number.
    if (levels := _LEVELS.match(line)) and not units.read(line, levels.end()):
        *above, number = levels[1].split(".")
        return Marker(".".join((*above, "n")), int(number), levels.end())
    if labelled := _labelled(line):
        return labelled
    typed = _TYPED.match(line)
    if typed is None:
        return None
    opening, label, closing, space = typed.groups()
    if not space and not _needs_no_space(label, closing, line[typed.end() :]):
        return None
    if closing in ",:;" and not (label.isdigit() and space):
        return None
    if closing not in _PAIRS.get(opening, ".)]:;,、"):
        return None
    found = [
        Marker(f"{opening}{kind}{closing if closing != '、' else '.'}", number, typed.end())
        for kind, number in _readings(label)
    ]
    if not found:
        return None
    return found[0]._replace(twin=found[-1]) if len(found) > 1 else found[0]


def _labelled(line: str) -> Marker | None:
    if line[:1] in CIRCLED:
        rest = line[1:].lstrip(" .、")
        return Marker("①", CIRCLED[line[0]], len(line) - len(rest)) if rest else None
    if label := _LABEL.match(line):
        return Marker(f"{label['name'].lower()} n", int(label["number"]), label.end())
    if beside := _BESIDE.match(line):
        return Marker(f"n{beside['sign'].strip()}", int(beside["number"]), beside.end())
    if named := _NAMED.match(line):
        return Marker(f"{named['name']} {NAMED}", int(named["number"] or named["padded"]), named.end())
    return None


def _bullet(bullet: re.Match[str], line: str) -> Marker | None:
    sign, rest = bullet[1], line[bullet.end() :]
    glued = bullet.end() == len(sign)
    # `-5`, `+/-` and `*text*` are a number, a sign and emphasis.
    if glued and (sign in "+*o" or rest[0].isdigit() or rest[0] in "/=<>"):
        return None
    if sign in "–—−-":
        return Marker("-", 0, len(line) - len(line.lstrip("-–—− \t")))
    return Marker(sign, 0, bullet.end())


def _needs_no_space(label: str, closing: str, rest: str) -> bool:
    """`9.Urine` and `(a)foo` are markers without a space; `e.g.` and `a.fumigatus` are not."""
    return closing in ")]】>、" or (label.isdigit() and rest[0].isalpha())


def _readings(label: str) -> list[tuple[str, int]]:
    """Kinds of numbering (`1`, `a`, `A`, `i`, `I`) that a label may belong to, likeliest first, with its number in each."""
    if label.isdigit():
        return [("1", int(label))]
    small = label.lower()
    of_roman, of_letter = ("i", "a") if label == small else ("I", "A")
    as_roman = [(of_roman, number)] if (number := roman(small)) else []
    as_letter = [(of_letter, ord(small) - ord("a") + 1)] if len(label) == 1 else []
    return as_roman + as_letter if small == "i" else as_letter + as_roman


def roman(label: str) -> int:
    """The number of a small Roman numeral up to 39, 0 if it is not one."""
    found = _ROMAN.match(label)
    if found is None:
        return 0
    units = {"": 0, "i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9}
    return 10 * len(found[1]) + units[found[2]]


def next_after(marker: Marker, before: Marker) -> Marker | None:
    """The reading of a marker that is the next of the same numbering, if one is."""
    readings = (marker, marker.twin) if marker.twin else (marker,)
    return next(
        (read for read in readings if (read.style, read.number) == (before.style, before.number + 1)), None
    )
