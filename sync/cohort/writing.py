"""How terms are written, as expressions over folded texts; which forms there are is read from `terms.toml` (pure)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

START, END = r"(?<![a-z0-9])", r"(?![a-z0-9])"

# What a CAR stands beside: the cells that carry it, or what was done to them.
_CARRIER = (
    r"(?:t|ts|tils?|nk|ra ?nk|inkt|[ia]?nkt|tregs?|m|dc|ciks?|dnts?|gammadelta(?: ?ts?)?|gdt|macrophages?|monocytes?|"
    r"regulatory|natural|dendritic|cells?|positive|modified|engineered|transduced|expressing|transgene|gene|vector)"
)

_NAMED_TARGET = r"(?:meso|egfrviii|bcma|psma)"
_MADE = r"(?:u|c|4s|hu|auto|allo|ultra|turbo|super|smart|fast|dual|pre|nano|vir|syn|eu)"
"""What makers put before the word CAR."""


def sign_of(antigen: str) -> str:
    """CAR with what `construct` has after it: no more of a word, the cells that carry it, an antigen. Not "care", "cardiac".

    And what else begins so that stands in a way of writing it.
    """
    after = (
        rf"(?![a-z])|(?<=4scar)|(?<=4 scar)|(?:s|t?{_NAMED_TARGET}|{_CARRIER})(?![a-z])|(?:{antigen})t?{END}"
    )
    return rf"ca(?:r(?:{after})|ar|btagene)"


def construct(antigen: str) -> str:
    """Every way of writing the construct; an antigen may be glued to it."""
    glued = rf"(?:(?:{antigen})[ ./]?)?"
    return "|".join(
        (
            r"chimeric (?:auto ?antibody |antigen[es]? |t cell |t cell antigen |immune |natural killer )?(?:immuno ?)?"
            r"rec(?:e?p?tors?|epters?)",
            rf"{glued}(?:{_MADE} ?)?car ?(?:\+|\( ?\+ ?\))? ?{_CARRIER}(?![a-z])",
            rf"{glued}(?:u|c|hu|wu|cu|this|auto|allo)? ?cart(?:s| ?\d[a-z0-9.]*| ?{_NAMED_TARGET})?(?![a-z])",
            rf"(?:{antigen})[ .]?(?:c|t )?cars?{END}",
            rf"(?:{antigen})(?: ?\(eq\))? ?(?:bb|28|41bb) ?zeta(?![a-z])",
            rf"(?:[a-z]+|ic9)?car\.? ?(?:{antigen})(?=t?{END})",
            rf"(?:[a-z0-9]+)?car[ .]?\d{{2,3}}(?:v\d)?{END}",
            r"4 ?scar(?: ?(?:t|\d{2,3}|[a-z]+\d+))?(?![a-z])",
            r"lu?car [a-z]+\d*[a-z]*(?![a-z0-9])",
            r"car\+(?= foxp3)",
            r"(?<=expressing )cars?(?= (?:targeting|specific|directed|against|that))",
            r"[a-z]+caart|caart|caar ?t(?![a-z])",
            r"[a-z]+cabtagene(?: [a-z]+)?|tisagenlecleucel",
            r"[a-z0-9]+ (?:28 ?z|bb ?z)(?![a-z])|t body",
            rf"(?:{antigen}) ?(?:cd ?28|28 zeta|cd28 zeta|41bb)(?![a-z0-9])",
            r"(?:(?<=specific )|(?<=directed )|(?<=targeted )|(?<=stimulatory )|(?<=generation ))cars?(?![a-z0-9])",
        )
    )


def standing(antigen: str) -> str:
    """An antigen as a word of its own, or glued to the construct's name."""
    return (
        rf"(?:{START}|(?<=car)|(?<=cart)|(?<=anti)|(?<=\dx)|(?<=cd\d\d))(?:{antigen})"
        rf"(?:{END}|(?=u?c?car)|(?<=h3)(?=t{END})|(?=x? ?cd ?\d\d)|(?=x ?\d\d)|(?=x(?:bcma|gprc)))"
    )


def any_of(forms: Iterable[str]) -> str:
    """Any of the forms, be they words or parts of one."""
    return "|".join(f"{sign}(?:{rests})" for sign, rests in _by_sign(forms))


def _by_sign(forms: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Forms by their first signs, with what follows: of two hundred, each tried for itself, most are ruled out at once."""
    rests: dict[str, list[str]] = defaultdict(list)
    # The longest first: "EGFRvIII" is not to be read as "EGFR".
    for each in sorted(forms, key=len, reverse=True):
        rests[each[0]].append(_form(each[1:]))
    return ((re.escape(sign), "|".join(of_it)) for sign, of_it in rests.items())


def _form(form: str) -> str:
    return re.escape(form).replace(r"\ ", " ?")


def as_words(forms: Iterable[str]) -> str:
    """Any of the forms as words of their own."""
    # What must not stand before is asked behind the first sign: a search jumps from one such sign to the next.
    words = "|".join(rf"{sign}(?<![a-z0-9]{sign})(?:{rests})" for sign, rests in _by_sign(forms))
    return f"(?:{words}){END}"


def ending(patterns: Iterable[str]) -> re.Pattern[str]:
    """Any of the patterns at the end of a text."""
    return re.compile(rf"(?:^|(?<= ))(?:{'|'.join(patterns)})$")


def by_itself(pattern: str) -> re.Pattern[str]:
    """A pattern as words of their own."""
    return re.compile(f"{START}(?:{pattern})(?![a-z0-9])")
