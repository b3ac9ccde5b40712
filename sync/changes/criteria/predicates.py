"""Which words of a sentence make a statement of their own, and whether that statement is one that is known.

A criterion as a rule names a state (`Creatinine > 2 mg/dL`, `patients who take > 10 mg`). A sentence with a predicate
of its own may oblige, permit, judge or merely describe (`must stop`, `is fine`, `qualify`, `will receive half the dose`).
What `polarity` has in its table is accounted for by a frame; of the rest only what stands here is harmless. Any other
modal, any other complement of `be`, any other verb leaves open what the sentence does.
"""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

from sync.changes.criteria.polarity import PEOPLE, Bears, accounted

_TABLES: dict[str, str] = tomllib.loads(files(__package__).joinpath("predicates.toml").read_text("utf-8"))
BOUND = "¶"
"""Stands for the bound that is asked about, in a sentence that is looked at for its predicates."""
_KNOWN = "\N{BULLET}"  # stands for a word that a frame accounts for
_OTHERS = "[§¤]"


def _any_of(table: str) -> str:
    return "|".join(sorted((re.escape(word) for word in _TABLES[table].split()), key=len, reverse=True))


def _forms(table: str) -> str:
    """The plain forms of verbs: `apply`, `applies`."""
    return "|".join(
        f"{re.escape(verb[:-1])}(?:y|ies)"
        if verb[-1] == "y" and verb[-2] not in "aeou"
        else f"{re.escape(verb)}(?:e?s)?"
        for verb in _TABLES[table].split()
    )


_ADVERB = r"(?:(?:also|still|already|currently|presently|now|then|only|always|again|\w+ly)\s)*"
_STATE = re.compile(
    rf"\s*{_ADVERB}(?:[\d<>≤≥=•¶§¤]|(?:{_any_of('states')})\b|(?!willing|fitting)\w{{2,}}ing\b"
    rf"|an? (?:[\w-]+ )?(?:{PEOPLE}|{_any_of('roles')})\b)",
    re.IGNORECASE,
)
_NOUN_OR_VERB = r"(?:use|need|want|drink|experience|lack)(?= (?:an?|the|at least|up to|[\d¶§¤]))"
_PREDICATE = re.compile(
    # `who received …` has its verb with it: what comes after is no part of what the pronoun brings
    rf"(?P<past>\b(?:who|which|that) (?:\w+ly )?(?:\w+ed|took|got|gave|drank|began|came|went|underwent)\b)"
    r"|(?P<relative>\b(?:who|whom|whose|which(?:ever)?|that|what|whether|if|when|whenever|where|because|unless"
    r"|until|while|than|as|there|to"
    r"|deems?|considers?|believes?|thinks?|feels?)\b)"
    rf"|(?P<judges>(?<!\w)(?:{_any_of('judges')}|(?:no|{_KNOWN}) (?:{_any_of('hindrances')}))\b)"
    r"|(?P<known>•\s?(?:to |be |have |been |had )*(?:\w+ly )?\w*)"
    r"|(?P<perfect>\b(?:has|have|had)\b(?! to\b)(?:\s(?:been|\w+ly))*(?:\s\w+)?)"
    r"|(?P<modal>\b(?:must|should|shall|will|would|may|might|can|could|ought|need to|needs to|has to|have to"
    r"|had to)\b"
    r"(?:\s(?:not|never|also|still|only|either|\w+ly))*(?:\s(?:be|have|been))*(?:\s\w+)?)"
    r"|(?P<be>\b(?:is|are|was|were)\b)"
    r"|(?P<act>\b(?:takes? place|counts? (?:as|towards?)|signs? (?:an?|the|their|informed|written))\b)"
    rf"|(?P<harmless>(?<![\w-])(?:{_forms('harmless')}|{_NOUN_OR_VERB})(?![\w-]))"
    rf"|(?P<verb>(?<![\w-])(?:{_forms('verbs')})(?![\w-]))"
    r"|(?P<joint>,|/|\b(?:and|or|and/or)\b)"
    r"|(?P<end>[;:.()])",
    re.IGNORECASE,
)


def unknown(sentence: str) -> bool:
    """Whether a sentence has a predicate that neither `polarity` nor the tables here account for."""
    text = _accounted(sentence)
    bound = text.find(BOUND)
    licensed = renewed = False  # a relative pronoun licenses one verb, and those that are joined to it
    for found in _PREDICATE.finditer(text):
        kind = found.lastgroup
        if kind == "past":
            licensed, renewed = False, True
        elif kind in ("relative", "known"):
            licensed, renewed = kind == "relative", True
        elif kind == "joint":
            licensed = renewed
        elif kind == "end":
            licensed = renewed = False
        elif kind == "perfect" or (licensed and kind != "judges"):
            licensed = False
        elif not _is_harmless(found, text, bound):
            return True
    return False


def _is_harmless(found: re.Match[str], text: str, bound: int) -> bool:
    if found.lastgroup == "be":
        return _STATE.match(text, found.end()) is not None
    if found.lastgroup == "harmless":
        # `Patients take > 10 mg` is a state; `Patients under 40 kg take > 10 mg` tells what they are given.
        first = re.search(rf"{BOUND}|{_OTHERS}", text)
        joined = re.search(r"(?:,|;|\band|\bor)\s*$", text[: found.start()], re.IGNORECASE)
        return joined is not None or first is None or found.start() < first.start()
    if found.lastgroup == "judges":
        ends_clause = re.match(r"\s*(?:[,;:.)]|$|if\b)", text[found.end() :])
        return ends_clause is None if bound < 0 else found.start() < bound
    return False


def _accounted(sentence: str) -> str:
    """The sentence with one sign for each word that `polarity` reads; what makes a condition is left as `if`."""
    parts, end = [], 0
    for word in accounted(sentence):
        parts += [sentence[end : word.start], "if" if word.bears in (Bears.IF, Bears.UNLESS) else _KNOWN]
        end = word.end
    return "".join((*parts, sentence[end:]))
