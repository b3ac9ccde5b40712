"""Sentences in a list of criteria that may bar nobody: about the list itself, of what there is none of, naming people."""

from __future__ import annotations

import re

from sync.changes.criteria.polarity import BRACKET, PEOPLE

# Sentences about the list itself, or the text around it, of which it is not known whether they bar anybody.
_OF_THE_LIST = re.compile(
    r"\b(?:(?:this|that|the (?:above|below|following|present)|above|these) (?:list|section|records?|page|posting|summary"
    r"|information|text|descriptions?|overview|outline)"
    r"|(?:those|criteri(?:a|on)|items|points|conditions|ones) (?:listed |mentioned |named |given )?(?:above|below|here)"
    r"|(?:listed|mentioned|named) (?:above|below|here)"
    r"|(?:other|further|additional|more|full|complete|detailed|only|main|key|all)(?: \w+)? (?:criteri(?:a|on)|exclusions)"
    r"|(?:those|anyone|people|persons|patients|subjects|participants|volunteers) "
    r"(?:who (?:is|are|were) )?excluded (?:may|can|will|should))\b",
    re.IGNORECASE,
)
# What there is none of here bars nobody: `no restriction on prior lines`.
_LIFTS = re.compile(
    r"^\W*(?:there (?:is|are|will be) )?(?:no|nobody|no[- ]one|nothing)(?: \w+)? ?(?:exclusions?|restrictions?"
    r"|limit(?:ation)?s?"
    r"|requirements?|minimum|maximum|conditions?|need|obligation|bar)\b(?= (?:on|of|for|in|as to|to|regarding|with regard to"
    r"|by|based|concerning|is|are|due|because))"
    r"|^\W*(?:nobody|no[- ]one|nothing|any(?:body|one)|every(?:body|one)|whoever|whatever)\b"
    r"(?! (?:with|who|taking|receiving|having)\b)"
    r"|\bwhat(?:so)?ever (?:origin|descent|background|sex|gender|race|religion|nationality)",
    re.IGNORECASE,
)
_IS_ASKED = (
    r"(?!.*\b(?:must|should|shall|need|required?|requires|has to|have to|willing\w*|able|ability|agree\w*|consent\w*"
    r"|understand\w*|capable|provid\w+|sign\w*|giv\w+|compl\w+|no|not|without|only|never|free|none|cannot|absence|lack"
    r"|excluded|ineligible|eligible|allowed|permitted|accepted|may|can|at least|minimum|more|less|above|below|over|under"
    r"|or older|older|younger|aged?|ages|least|confirmed|documented|proven|diagnos\w+)\b)(?!.*[≥≤<>\d])"
)
# `Patients with colitis`, `Criteria for controls: …`: those whom an inclusion names are let in beside others, or are all.
_NAMES_PEOPLE = {
    "inclusion": re.compile(
        rf"^{_IS_ASKED}\W*(?:the |all |any )?(?:[\w-]+ ){{0,2}}{PEOPLE} (?:with|having|who|that|suffering|affected|in|from"
        rf"|on|undergoing|receiving)\b"
        rf"|^\W*(?:criteri(?:a|on)|requirements?|conditions?) (?:\w+ ){{0,2}}(?:to|for|of)\b[^.]{{0,60}}:\s"
        rf"|^\W*(?:[\w-]+ ){{0,2}}(?:controls?|comparators?|healthy)\b(?: {PEOPLE}| group)?\s?[:–—-]\s",
        re.IGNORECASE | re.DOTALL,
    ),
    "exclusion": re.compile(r"^\W*criteri(?:a|on) (?:\w+ ){0,2}(?:to|for|of)\b[^.]{0,60}:\s", re.IGNORECASE),
}


def may_bar_nobody(text: str, section: str) -> bool:
    """Whether it is not known that a sentence asks for or bars anything, whatever else stands in it."""
    plain = " ".join(BRACKET.sub(" ", text).split())
    return any(words.search(plain) for words in (_OF_THE_LIST, _LIFTS, _NAMES_PEOPLE[section]))
