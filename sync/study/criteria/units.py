"""Units of measurement as eligibility texts write them, and how one converts to another."""

from __future__ import annotations

import re
from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pint import UnitRegistry

# Names people use to the unit shown; durations convert by mean month and year, as the registry's own ages do.
_SPELLINGS = {
    "year": r"years?|yrs?\.?|y\.o\.|yo|y/o",
    "month": r"months?|mos?\.?",
    "week": r"weeks?|wks?\.?",
    "day": r"days?",
    "hour": r"hours?|hrs?\.?|h",
    "minute": r"minutes?|mins?\.?",
    "second": r"seconds?|secs?|(?-i:s)(?!['’])",
    "ms": r"msec\.?|milliseconds?|(?-i:ms)",
    "ULN": r"(?:[x×*]|times|fold)?\s?(?:(?:the|institutional|laboratory|local)\s){0,3}"
    r"(?:ULN|UNL|upper (?:normal )?limits? of (?:the )?(?:institutional |laboratory )?normal(?: range| value)?s?"
    r"|upper normal limits?|upper limits?(?: of the normal)?)(?: \(ULN\))?",
    "LLN": r"(?:[x×*]|times)?\s?(?:the )?(?:LLN|lower limits? of (?:the )?normal)(?: \(LLN\))?",
    "°C": r"(?:[°º]|degrees?)\s?(?:C|celsius|centigrade)",
    "°F": r"(?:[°º]|degrees?)\s?(?:F|fahrenheit)",
    "%": r"%|percent|per cent",
    "mL/min/1.73m²": r"m[lL]/min(?:ute)?\s?/?\s?(?:per )?\(?1\.73\s?m(?:\^?2|\^2)?\)?",
    "mL/min": r"m[lL]\s?/\s?min(?:ute)?\.?|m[lL] per minute|cc/min",
    "mL/s": r"m[lL]\s?/\s?s(?:ec(?:ond)?)?\b",
    "per week": r"(?:drinks?|units?|doses?|times?|cigarettes?|episodes?|sessions?)?\s?(?:/|per|a)\s?(?:week|wk)\b",
    "kg/m²": r"kg\s?/\s?m\s?\^?\(?2\)?|kg per m\^?2",
    "mmHg": r"mm\s?Hg",
    "×10⁹/L": r"(?:giga|gpt)\s?/\s?[lL]\b|(?-i:G)\s?/\s?[lL]\b|[x×*]?\s?K/[uμ][lL]|[x×*]?\s?K/mm\^?3",
    "/µL": r"(?:cells|cell|platelets|neutrophils|lymphocytes)?\s?(?:/|per)\s?(?:[uμ][lL]|mcL|micro\s?liters?|microlitres?|"
    r"mm\s?\^?\(?3\)?|cubic millimeters?|cumm)",
    "/L": r"(?:cells|cell|platelets)?\s?/\s?(?:L|l|liter|litre)\b",
    "/mL": r"(?:cells|cell)?\s?/\s?m[lL]\b",
}
_LABORATORY = re.compile(
    r"(?:(?:[munpμk]|mc)?(?:g|mol|IU|U|Eq)|copies|cp|units?)\s?/\s?(?:(?:[dmunpμ]|mc)?[lL]|kg|day|d|week|wk|m\^?2|h|24\s?h)\b"
    r"|mg/kg/day|m?IU\b|[munpμk]?g\b|mcg\b|lbs?\b|pounds?\b|[cm]?m\b|cm\b|bpm\b|beats per minute|"
    r"beats/min(?:ute)?|L/min\b|[md]?[lL]\b|c?Gy\b|liters?\b|litres?\b|MET[sS]?\b|points?\b|log10\b"
)
_ENDING = r"(?![A-Za-z])"
_UNIT = re.compile(
    "|".join(f"(?P<u{at}>(?:{spelling}){_ENDING})" for at, spelling in enumerate(_SPELLINGS.values()))
    + f"|(?P<lab>{_LABORATORY.pattern})",
    re.IGNORECASE,
)
_NAMES = tuple(_SPELLINGS)
_DAYS = {
    "year": 365.25,
    "month": 365.25 / 12,
    "week": 7.0,
    "day": 1.0,
    "hour": 1 / 24,
    "minute": 1 / 1440,
    "second": 1 / 86400,
}
_TIMES = {**_DAYS, "ms": 1 / 86_400_000}
_COUNTS = {"×10⁹/L": 1e3, "/µL": 1.0, "/L": 1e-6, "/mL": 1e-3}
_FLOWS = {"mL/min": 1.0, "mL/s": 60.0}
# Moles to grams, g/mol: what laboratories of one country tell in mg/dL and of another in mmol/L.
_MOLAR = {
    "creatinine": 113.12,
    "glucose": 180.16,
    "bilirubin": 584.66,
    "calcium": 40.08,
    "cholesterol": 386.65,
    "triglycerides": 885.4,
    "urea": 60.06,
    "uric acid": 168.11,
    "phosphate": 30.97,
    "magnesium": 24.31,
    "hemoglobin": 16_114.0,  # of one chain, as laboratories count it
    "vitamin D": 400.64,
    "urea nitrogen": 28.01,
    "cortisol": 362.46,
    "testosterone": 288.43,
    "iron": 55.85,
    "lactate": 90.08,
    "ammonia": 17.03,
}
DURATIONS = frozenset(_DAYS)


def read(text: str, start: int) -> tuple[str, int] | None:
    """The unit that starts at a position, in the form shown to people, and where it ends."""
    found = _UNIT.match(text, start)
    if found is None:
        return None
    if found["lab"]:
        return _laboratory(found["lab"]), found.end()
    name = next(name for at, name in enumerate(_NAMES) if found[f"u{at}"] is not None)
    return name, found.end()


def _laboratory(unit: str) -> str:
    compact = re.sub(r"\s", "", unit).replace("μ", "µ").replace("mc", "µ")
    compact = re.sub(r"(?<!mo)l\b", "L", re.sub(r"(?i)mol\b", "mol", compact))
    compact = re.sub(r"(?<=/)(?:wk)\b", "week", re.sub(r"(?<=/)d\b", "day", compact))
    return re.sub(r"^[uμ](?=g|mol|l|L)", "µ", compact).replace("μ", "µ")


@lru_cache(maxsize=1_000)
def factor(unit: str, other: str) -> float | None:
    """What one `unit` is in `other`; None where they do not measure the same thing."""
    if unit == other:
        return 1.0
    for table in (_TIMES, _COUNTS, _FLOWS):
        if unit in table and other in table:
            return table[unit] / table[other]
    return _by_pint(unit, other)


def factor_of(name: str, unit: str, other: str) -> float | None:
    """The same for a named substance, where the one unit counts moles and the other weighs."""
    plain = factor(unit, other)
    grams_a_mole = _MOLAR.get(name)
    if plain is not None or grams_a_mole is None:
        return plain
    if "mol" in unit and "mol" not in other:
        by_weight = factor(unit.replace("mol", "g"), other)
        return None if by_weight is None else by_weight * grams_a_mole
    if "mol" in other and "mol" not in unit:
        by_weight = factor(unit, other.replace("mol", "g"))
        return None if by_weight is None else by_weight / grams_a_mole
    return None


def converted(name: str, value: float, unit: str, other: str) -> float | None:
    """A value in another unit; None where the units do not measure the same thing. Temperatures do not begin at one zero."""
    if abs(value) == inf:
        return value if factor_of(name, unit, other) is not None or {unit, other} <= _TEMPERATURES else None
    if unit == other:
        return value
    if {unit, other} == _TEMPERATURES:
        return (value - 32) / 1.8 if unit == "°F" else value * 1.8 + 32
    by = factor_of(name, unit, other)
    return None if by is None else value * by


_TEMPERATURES = {"°C", "°F"}


def _by_pint(unit: str, other: str) -> float | None:
    # Asked first because pint converts more than is meant here, and takes long to import.
    if _bare(unit) != _bare(other) or not unit:
        return None
    from pint.errors import PintError

    try:
        return float(_registry().Quantity(1, _for_pint(unit)).to(_for_pint(other)).magnitude)
    except (PintError, ValueError, TypeError, AttributeError, AssertionError, SyntaxError):
        return None


def _bare(unit: str) -> str:
    """A unit without its prefixes: mg/dL and g/L are both g/L, and worth asking pint about."""
    return re.sub(r"(?<![A-Za-z])[munpkdcµ](?=(?:g|mol|L|l|m|U|IU|Eq|Gy)(?![A-Za-z]))", "", unit).replace(
        "lb", "g"
    )


def _for_pint(unit: str) -> str:
    return re.sub(r"m\^?2|m²", "m**2", unit.replace("µ", "u").replace("copies", "count"))


@lru_cache(maxsize=1)
def _registry() -> UnitRegistry[float]:
    """The unit registry, built at its first use: importing pint takes longer than comparing a study."""
    from pint import UnitRegistry

    registry: UnitRegistry[float] = UnitRegistry()
    for definition in (
        "IU = [international_unit]",
        "mIU = 0.001 IU",
        "kIU = 1000 IU",
        "Eq = mol",
        "mEq = 0.001 mol",
    ):
        registry.define(definition)
    return registry
