"""Who may enter after a change: wider, narrower, mixed, none or unclear. When in doubt, unclear."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sync.changes.criteria import thresholds
from sync.changes.criteria.detail import Effect
from sync.changes.criteria.thresholds import Threshold
from sync.study.criteria import units
from sync.study.criteria.quantities import Quantity

WIDER, NARROWER, MIXED, NONE, UNCLEAR = Effect
_INVERSE = {WIDER: NARROWER, NARROWER: WIDER}

_SENTENCE = re.compile(r"[;.](?=\s|$)")
_NEGATION = re.compile(
    r"\b(?:no|not|without|never|absence|unable|inability|free (?:of|from)|cannot|can't|neither|nor|unwilling|none|nil"
    r"|\w+n't)\b|\bnon-(?=\w+ing\b)",
    re.IGNORECASE,
)
# Words before a number that turn or blur what a bound means for entry.
_PEOPLE = r"(?:patients|subjects|participants|women|men|those|individuals|children|females|males|people)"
_BLURRED = re.compile(
    r"\b(?:unless|except\w*|other than|excluding|apart from|if|when|whenever|in case|lack|instead of|rather than"
    rf"|(?:for|in|among) (?:the )?{_PEOPLE})\b",
    re.IGNORECASE,
)
_EXEMPT = re.compile(
    r"\b(?:unless|except\w*|other than|with the exception|apart from|exempt\w*|permitted|allowed)\b",
    re.IGNORECASE,
)
_ALLOWS = re.compile(
    r"\b(?:allowed|permitted|acceptable|eligible|may (?:be|have|enter|enrol|participate|still)"
    r"|can be (?:included|enrolled)|not (?:be )?excluded|not exclusionary|not an exclusion|will be (?:included|accepted))\b",
    re.IGNORECASE,
)
_FORBIDS = re.compile(
    r"\b(?:excluded|ineligible|not (?:be )?(?:eligible|allowed|permitted|acceptable|enrolled|included)|prohibited"
    r"|exclusionary|disallowed)\b",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"^\W*(?:note|nb|n\.b\.|remark|definition|for clarification|please)\b"
    r"|\b(?:(?:is|are) defined as|may apply|not required|no (?:upper )?limit)\b",
    re.IGNORECASE,
)
_NOTHING = re.compile(r"\W*(?:none|nil|n/?a|not applicable|no exclusion criteria|no)\W*", re.IGNORECASE)
_ANY_OF = re.compile(r"\b(?:any|either|one|two|three|[1-3])(?: \w+)?(?: or more)? of\b", re.IGNORECASE)
_ALL_OF = re.compile(r"\b(?:all|both|each|every one)(?: of)?(?: the)? following\b|\ball of\b", re.IGNORECASE)
_LISTS = re.compile(
    r"\b(?:includ\w+|such as|defined|e\.g|example|not limited|namely|as follows)\b", re.IGNORECASE
)
_ALTERNATIVE = re.compile(r"^\W*(?:or|and/or|either)\b|\b(?:or|and/or)\W*$", re.IGNORECASE)


def inverse(effect: Effect) -> Effect:
    """The effect of the opposite change."""
    return _INVERSE.get(effect, effect)


def of_relation(relation: str) -> Effect:
    """What a bound does that lets `more`, `less` or `both` in."""
    return {"more": WIDER, "less": NARROWER, "both": MIXED}.get(relation, UNCLEAR)


def together(effects: Iterable[Effect]) -> Effect:
    """The effect of several changes at once."""
    seen = set(effects) - {NONE}
    if not seen:
        return NONE
    if UNCLEAR in seen:
        return UNCLEAR
    return seen.pop() if len(seen) == 1 else MIXED


def direction(
    threshold: Threshold, section: str, old_text: str, new_text: str, headers: Sequence[str]
) -> Effect:
    """What one threshold's change does; `headers` are the criteria and titles that the criterion stands under."""
    old, new = threshold.old, threshold.new
    if any(
        _EXEMPT.search(header) or _NEGATION.search(header) or _ALLOWS.search(header) for header in headers
    ):
        return UNCLEAR
    if old is None or new is None:
        return UNCLEAR
    before, after = _turn(old_text, old, section), _turn(new_text, new, section)
    change = of_relation(thresholds.relation(old, new))
    if before is None or before != after:
        return UNCLEAR
    return change if before == (section == "inclusion") else inverse(change)


def _turn(text: str, quantity: Quantity, section: str) -> bool | None:
    """True where meeting the bound makes the statement true, False where it makes it false, None in doubt."""
    start = max((end.end() for end in _SENTENCE.finditer(text, 0, quantity.start)), default=0)
    stop = _SENTENCE.search(text, quantity.end)
    before, after = text[start : quantity.start], text[quantity.end : stop.start() if stop else len(text)]
    clause = before[max(before.rfind(","), before.rfind(":")) + 1 :]
    if _BLURRED.search(clause) or _EXEMPT.search(before):
        return None
    if (_FORBIDS if section == "inclusion" else _ALLOWS).search(before + after):
        return None
    negations = len(_NEGATION.findall(before))
    if negations == 0:
        return True
    looks_back = quantity.unit in units.DURATIONS and quantity.low == float("-inf")
    return False if negations == 1 and looks_back else None


def of_presence(text: str, section: str, headers: Sequence[str]) -> Effect:
    """What a criterion that is there does, against its not being there: as a rule it narrows."""
    if _NOTHING.fullmatch(text):
        return NONE
    blurred = (_REMARK, _EXEMPT, _ALTERNATIVE, _ALLOWS if section == "exclusion" else _FORBIDS)
    if any(pattern.search(text) for pattern in blurred) or (section == "inclusion" and _ALLOWS.search(text)):
        return UNCLEAR
    effect = NARROWER
    for header in headers:
        if (
            _EXEMPT.search(header)
            or _NEGATION.search(header)
            or _LISTS.search(header)
            or _ALTERNATIVE.fullmatch(header)
        ):
            return UNCLEAR
        if (_ANY_OF if section == "inclusion" else _ALL_OF).search(header):
            # One more alternative lets more in; one more condition for being barred bars fewer.
            effect = inverse(effect) if effect == NARROWER else UNCLEAR
    return effect
