"""Doses in a text, compared by what they amount to: "1×10^6", "1e6" and "1 million" cells are one dose, 0.5 g is 500 mg."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_NUMBER = r"\d{1,15}(?:[.,]\d{1,15}){0,5}"
# "1x109" is 10 to the 9th whose mark was lost, "3 x 100 µg" is not
_EXPONENT = r"10(?:\s?(?:\^|\*\*|e)\s?\d{1,2}|(?:[4-9]|1[0-3])(?!\d))"
_POWER = rf"(?:\s?[x×*·]\s?{_EXPONENT}|e\+?\d{{1,2}}|\s?(?:thousand|million|billion))"
_CELLS = r"(?:[\w+-]{1,20}\s){0,2}cells?|car\W?t(?:\W?cells?)?"
_UNIT = r"mg|mcg|µg|μg|ug|ng|g|ml|iu|gy|cgy|mmol|mci|mbq|cfu|pfu|vg|vp|units?|tablets?|capsules?|drops?"
_PER = r"(?:\s?(?:/|per)\s?(?:kg|m2|m\^2|m²|day|d|week|wk|dose|infusion|ml|l|hour|hr|h|min)\b){0,3}"
# not the 17 of "LC-17 cells" nor the 19 of "CD19"
_DOSE = re.compile(
    rf"(?<![A-Za-z]-)(?<![\w.,^])(?:"
    rf"(?P<power>(?:{_NUMBER}{_POWER}|10\s?\^\s?\d{{1,2}}))(?:\s?(?P<scaled>(?:{_CELLS}|{_UNIT})\b{_PER}|/\s?(?:kg|m2)\b))?"
    rf"|(?P<number>{_NUMBER})[\s-]?(?P<unit>(?:cells?|car\W?t(?:\W?cells?)?|{_UNIT})\b{_PER}))",
    re.IGNORECASE,
)
_WORDS = {"thousand": 3, "million": 6, "billion": 9}
_MILLIGRAMS = {"g": 1e3, "mg": 1.0, "mcg": 1e-3, "µg": 1e-3, "μg": 1e-3, "ug": 1e-3, "ng": 1e-6}
_SCALES = {
    **{unit: (factor, "mg") for unit, factor in _MILLIGRAMS.items()},
    "l": (1e3, "ml"),
    "ml": (1.0, "ml"),
    "cgy": (0.01, "gy"),
    "gy": (1.0, "gy"),
}
_PERIODS = {"m^2": "m2", "m²": "m2", "day": "d", "week": "wk", "hour": "h", "hr": "h"}


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose as it is written, and what it amounts to; two that amount to the same are equal."""

    text: str = field(compare=False)
    amount: float
    unit: str


def doses(text: str) -> list[Dose]:
    """The doses in a text: a number with a unit of amount, such as `5 mg/kg`, or one to a power, such as `1×10^6`."""
    return [_dose(found) for found in _DOSE.finditer(text)]


def without_doses(text: str) -> str:
    """A text without its doses, for what else in it may differ."""
    return _DOSE.sub(" ", text)


def _dose(found: re.Match[str]) -> Dose:
    number = _amount(found["power"] or found["number"])
    scale, unit = _unit(found["scaled"] or found["unit"] or "")
    written = " ".join(found[0].split())
    # six digits: a dose written with another rounding of its unit is the same one
    return Dose(written, float(f"{number * scale:.6g}"), unit)


def _amount(written: str) -> float:
    text = written.casefold().replace(" ", "")
    for word, zeros in _WORDS.items():
        if text.endswith(word):
            return _plain(text.removesuffix(word)) * float(10**zeros)
    if text.startswith("10^"):
        return float(10 ** int(text[3:]))
    mantissa, _, power = re.sub(r"[x×*·]10(?:\^|\*\*|e)?", "e", text).partition("e")
    return _plain(mantissa) * float(10 ** int(power or 0))


def _plain(number: str) -> float:
    """A number with commas for thousands ("1,000,000") or, where they cannot be, for the decimal point ("0,5")."""
    if re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?", number):
        return float(number.replace(",", ""))
    parts = re.split(r"[.,]", number)
    return float(parts[0] + ("." + "".join(parts[1:]) if len(parts) > 1 else ""))


def _unit(written: str) -> tuple[float, str]:
    """The factor to the unit that is compared in, and that unit with what it is given per."""
    text = re.sub(r"\s?(?:/|per\s)\s?", "/", written.casefold().replace("^2", "2"))
    unit, *per = text.split("/")
    if re.search(r"cells?$|^car\W?t", unit):
        unit = "cells"
    factor, base = _SCALES.get(unit, (1.0, unit.removesuffix("s") if unit != "cells" else unit))
    return factor, "/".join([base, *(_PERIODS.get(each.strip(), each.strip()) for each in per)])
