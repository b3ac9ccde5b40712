"""The words that pages put before the facts of a study, and what else stands on pages but says nothing of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from sync.study.published.page import Line

_LABELS = {
    "status": r"(?:overall |current |trial |study |recruitment |recruiting |enrollment )*status",
    "phase": r"(?:study |trial |clinical )?phases?",
    "enrollment": r"(?:estimated |actual |anticipated |target |planned |total |study )*(?:enrol?lments?|sample size|"
    r"accrual)(?: (?:count|number|target|goal|size))?|(?:estimated |planned |target |total |actual )*(?:number of |no\. of )"
    r"(?:study )?(?:participants|patients|subjects|people|volunteers)|(?:total |estimated |planned )?"
    r"(?:participants|patients|subjects)(?: enrolled| planned| needed)?",
    "minimum_age": r"(?:minimum|min\.?|lower) age(?: limit)?",
    "maximum_age": r"(?:maximum|max\.?|upper) age(?: limit)?",
    "ages": r"(?:eligible )?ages?(?: (?:range|group|limits?|eligible(?: for (?:the )?(?:study|trial))?|of participants|"
    r"requirements?|s eligible for study))?|participant ages?",
    "sex": r"(?:eligible )?(?:sex|gender)(?:es|s)?(?: eligible(?: for (?:the )?(?:study|trial))?)?(?: of participants)?",
    "sponsor": r"(?:lead |study |trial |main |primary |responsible )*sponsors?|sponsored by|sponsor name",
    "conditions": r"(?:(?:medical |health |study )?conditions?(?: (?:or disease|studied|or focus of study"
    r"|being studied|treated))?s?|"
    r"diseases?(?: or conditions?)?|indications?|disease area|health condition\(s\) or problem\(s\) studied"
    r"|condition / disease)",
    "interventions": r"(?:(?:study |trial )?interventions?(?:\s?/\s?treatments?| or treatments?|\(s\))?|"
    r"treatments?(?: studied| being studied)?|investigational (?:products?|drugs?)|study (?:drugs?|treatments?))",
    "start": r"(?:(?:actual|estimated|anticipated|planned) )?(?:study |trial )?(?:start(?:ed|ing|s)?|begin)(?: date)?|"
    r"date (?:of )?(?:first enrol?lment|study start)",
    "primary_completion": r"(?:(?:actual|estimated|anticipated|planned|expected) )?(?:study )?primary completion(?: date)?",
    "completion": r"(?:(?:actual|estimated|anticipated|planned|expected) )?(?:(?:study|trial|overall|full|final) )?"
    r"(?:completion|end|finish)(?: date)?|(?:expected|estimated) to (?:end|finish|complete)",
    "updated": r"(?:(?:record |study |trial |registry )?last (?:update|updated|verified|refreshed"
    r"|changed)(?: (?:posted|submitted|on))?(?: date)?|"
    r"date last updated|latest update|updated on)",
    "sites": r"(?:number of |total )?(?:study |trial |clinical |research )?(?:sites?|locations?|centers?"
    r"|centres?)(?: count)?",
}
_STATED = r"(?:\s*[(\[](?P<said>[^()\[\]]{1,24})[)\]])?"
_BETWEEN = r"\s*(?:[:：=]|\s[–—-]|\Z)\s*"
# One expression for all facts: a page has thousands of lines, and each is asked for every fact.
_ANY = "|".join(f"(?P<{name}>{words})" for name, words in _LABELS.items())
_LABELLED = re.compile(rf"(?:{_ANY}){_STATED}{_BETWEEN}", re.IGNORECASE)
_BARE = re.compile(rf"(?:{_ANY}){_STATED}\s+(?=\S)", re.IGNORECASE)
_OTHER = re.compile(
    r"(?:study|trial) (?:type|design|overview|details?|description|plan|record|documents?|results|identifiers?"
    r"|contacts?|ids?)|allocation"
    r"|masking|intervention(?:al)? model|primary purpose|accepts? (?:healthy )?volunteers|healthy volunteers"
    r"|brief (?:summary|title)"
    r"|official title|detailed description|(?:primary|secondary|other) outcomes?(?: measures?)?"
    r"|outcome measures?|arms?(?: and interventions| groups?)?|"
    r"(?:study )?contacts?(?: (?:and locations|us|information|details))?|collaborators?(?: and investigators)?"
    r"|(?:principal |study )?investigators?"
    r"|more information|references|publications?|keywords?|mesh terms?|nct (?:id|number)"
    r"|clinicaltrials\.gov (?:id|identifier)|other (?:study )?ids?(?: numbers)?"
    r"|where|results?|summary|overview|purpose|documents?|history of changes|responsible party|countries|eligibility"
    r"|first (?:submitted|posted)|sampling method|study population|design|why (?:was the study|the study was) stopped",
    re.IGNORECASE,
)
_FURNITURE = re.compile(
    r"\b(?:cookies?|privacy (?:policy|notice)|terms (?:of (?:use|service)|and conditions)|all rights reserved"
    r"|newsletter|subscribe|sign (?:in|up)"
    r"|log ?in|skip to|back to (?:top|search|results)|advertis\w+|sponsored content|share (?:this|on|via)"
    r"|follow us|print (?:this|page)|download pdf"
    r"|(?:show|read|view|see|learn) (?:more|less|all|details)|expand all|collapse|find (?:a|another|other"
    r"|more) (?:trials?|stud(?:y|ies))|search (?:for )?(?:trials|studies|again)"
    r"|contact (?:us|the (?:study|research) team)|call (?:us|now)|e-?mail us|apply now|check (?:if you"
    r"|your eligib)|am i eligible|get directions|accessibility|site ?map"
    r"|accept all|reject all|manage (?:cookies|preferences|consent)|javascript|©|copyright|use of this site"
    r"|powered by|was this (?:page )?helpful)\b|^©",
    re.IGNORECASE,
)
_RELATED = re.compile(
    r"(?:related|similar|other|more|nearby|recommended|further)\b.{0,30}\b(?:trials?|stud(?:y|ies))\b|(?:people"
    r"|you) (?:also|may also|might also)\b.{0,40}",
    re.IGNORECASE,
)
LONGEST = 60
"""Letters of the longest line that is a label alone, or furniture that stands alone."""


_BEFORE_LABEL = re.compile(r"[.;,|]\s{1,4}(?=[A-Za-z][\w /()-]{1,60}[:：=])")
_LONGEST_LIST = 1_000


class Label(NamedTuple):
    """The fact that a line names, what is said of it in brackets (`estimated`), and the rest of the line."""

    fact: str
    stated: str
    rest: str


def label(line: str, *, bare: bool = False) -> Label | None:
    """The label that a line opens with: before a colon, alone, or (`bare`) right before its value."""
    found = (_BARE if bare else _LABELLED).match(line)
    if found is None:
        return None
    fact = next(name for name in _LABELS if found[name] is not None)
    return Label(fact, found["said"] or "", line[found.end() :].strip())


def one_a_line(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines, those that give several facts taken apart: "Status: Recruiting. Enrollment: 60. Phase: 3."."""
    for line in lines:
        ends = [
            found.end()
            for found in _BEFORE_LABEL.finditer(line.text)
            if (next_one := label(line.text[found.end() :])) and next_one.rest
        ]
        # A sentence may hold a colon; what stands behind a label is a list of them.
        if not ends or len(line.text) > _LONGEST_LIST or not label(line.text):
            yield line
            continue
        for start, end in pairwise([0, *ends, len(line.text)]):
            yield replace(line, text=line.text[start:end].strip(" .;,|"))


def is_label(line: str) -> bool:
    """Whether a line is the label of a fact or of another part of a study's page, with or without its value."""
    if label(line):
        return True
    bare = line.rstrip(" :?") if len(line) <= LONGEST else line.partition(":")[0]
    return bool(_OTHER.fullmatch(bare.strip())) and (len(line) <= LONGEST or ":" in line[:LONGEST])


def is_furniture(line: str) -> bool:
    """Whether a line is what pages have around their text: menus, notices of cookies, calls to share."""
    return bool(_FURNITURE.search(line)) and len(line) <= 200


def opens_related(line: str) -> bool:
    """Whether other studies follow, with facts of their own."""
    return len(line) <= LONGEST and bool(_RELATED.fullmatch(line.rstrip(" :?")))


def is_not_criteria(line: str) -> bool:
    """Whether a line can be part of a page only, and not of its criteria."""
    return is_label(line) or is_furniture(line) or opens_related(line)
