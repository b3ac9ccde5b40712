"""What two wordings have in common: their numbers, and doses among them."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
# not the 17 of "LC-17 cells" nor the 19 of "CD19"
_DOSE = re.compile(
    r"(?<![A-Za-z]-)(?<![\w.,])\d{1,15}(?:[.,]\d{1,15})*(?:\s*(?:[x×*]\s*)?10\s*(?:\^\s*)?\d{1,15})?\s*"
    r"(?:mg|mcg|µg|μg|ug|ng|g|ml|iu|gy|mmol|cells?|car\W?t(?:\W?cells?)?|units?|tablets?|capsules?)\b"
    r"(?:\s*/\s*(?:kg|m2|m\^2|day|d|week|dose|ml|l)\b)*",
    re.IGNORECASE,
)


def same_numbers(old: str, new: str) -> bool:
    """Whether two texts hold the same numbers, in any order."""
    return sorted(_NUMBER.findall(old)) == sorted(_NUMBER.findall(new))


def doses(text: str) -> list[str]:
    """The doses in a text: a number with a unit of amount, such as `5 mg/kg` or `1×10^6 cells/kg`."""
    return [" ".join(found.group().lower().split()) for found in _DOSE.finditer(text)]
