"""List markers as people type them: bullets, numbers, letters and Roman numerals, and when one really opens an item."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sync.study.criteria import units

_ROMAN = re.compile(r"(?=[ivxl])(x{0,3})(ix|iv|v?i{0,3})$")
_BULLET = re.compile(r"([*•●▪◦■□❖◆‣⁃∙·・➢✓–—−+-]|o(?=\s+[A-Z]))\s{0,20}(?=\S)")
_TYPED = re.compile(r"([(\[]?)(\d{1,3}|[A-Za-z]|[ivxlIVXL]{2,6})\s?([.)\]:,、])(?!\d)(\s{0,20})(?=\S)")
_LEVELS = re.compile(r"(\d{1,2}(?:\.\d{1,2}){1,3})[.)]?\s{1,20}(?=[A-Z][a-z])")
_SURE_BULLETS = frozenset("*•●▪◦■□❖◆‣⁃➢✓")


@dataclass(frozen=True, slots=True)
class Marker:
    """A list marker: its style (what siblings share), its number in the list (0 for bullets), its length in the line."""

    style: str
    number: int
    length: int

    @property
    def sure(self) -> bool:
        """True where the sign can hardly be anything but a list marker, wherever the line was broken."""
        return self.style in _SURE_BULLETS


def read(line: str) -> Marker | None:
    """The marker at the start of a line, if what stands there can be one."""
    if bullet := _BULLET.match(line):
        return _bullet(bullet, line)
    if (levels := _LEVELS.match(line)) and not units.read(line, levels.end()):
        *above, number = levels[1].split(".")
        return Marker(".".join((*above, "n")), int(number), levels.end())
    typed = _TYPED.match(line)
    if typed is None:
        return None
    opening, label, closing, space = typed.groups()
    if not space and not _needs_no_space(label, closing, line[typed.end() :]):
        return None
    if (closing in ",:" and not (label.isdigit() and space)) or (opening and closing not in ")]"):
        return None
    kind, number = _number(label)
    return Marker(f"{opening}{kind}{closing if closing != '、' else '.'}", number, typed.end())


def _bullet(bullet: re.Match[str], line: str) -> Marker | None:
    sign, rest = bullet[1], line[bullet.end() :]
    glued = bullet.end() == len(sign)
    if glued and (sign in "+*o" or rest[0].isdigit() or rest[0] in "/=<>"):
        return None
    if sign in "–—−-":
        return Marker("-", 0, _past_dashes(line))
    return Marker(sign, 0, bullet.end())


def _past_dashes(line: str) -> int:
    return len(line) - len(line.lstrip("-–—− \t"))


def _needs_no_space(label: str, closing: str, rest: str) -> bool:
    """`9.Urine` and `(a)foo` are markers without a space; `e.g.` and `a.fumigatus` are not."""
    return closing in ")]、" or (label.isdigit() and rest[0].isalpha())


def _number(label: str) -> tuple[str, int]:
    """Kind of numbering (`1`, `a`, `A`, `i`, `I`) and the number that the label stands for."""
    if label.isdigit():
        return "1", int(label)
    small = label.lower()
    if len(label) > 1 or small == "i":
        return ("i" if label == small else "I"), roman(small)
    return ("a" if label == small else "A"), ord(small) - ord("a") + 1


def roman(label: str) -> int:
    """The number of a small Roman numeral up to 39, 0 if it is none."""
    found = _ROMAN.match(label)
    if found is None:
        return 0
    units = {"": 0, "i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9}
    return 10 * len(found[1]) + units[found[2]]


def follows(marker: Marker, before: Marker) -> bool:
    """True where a marker is the next of the same numbering; v and x after iv and ix, i after h included."""
    if marker.style == before.style:
        return marker.number == before.number + 1
    letters = marker.style.lower().replace("i", "a") == before.style.lower().replace("i", "a")
    return letters and before.number + 1 in (marker.number, *_LETTER_AS_ROMAN.get(marker.number, ()))


# Letters that are Roman numerals too: v is the 22nd letter and 5, x the 24th and 10; i is 1 and the 9th letter.
_LETTER_AS_ROMAN = {22: (5,), 24: (10,), 1: (9,)}
