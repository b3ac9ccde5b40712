"""Whether two facilities are one: by their names, of which ordinals and proper names must be equal."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from rapidfuzz import fuzz

SAME_NAME = 85.0
"""Likeness of two names (0 to 100) from which they can be one; below lie "Asan → Samsung" and most unrelated pairs."""
SAME_SPELLING = 80.0
"""Likeness of what differs in two names from which it is a matter of spelling ("Köln", "Koeln"; broken letters)."""
_LONGEST = 1_000  # characters of a name: likeness takes time with the product of both lengths

_GENERIC_WORDS = """
a an and at by de del der des di do du e el et fur for i in la le les of on the und van von y
hospital hospitals hopital hopitaux hospitalier hospitalario hospitalar ospedale ospedaliera klinikum klinik kliniken
krankenhaus clinic clinics clinica clinico clinique cliniques policlinico polyclinic infirmary
university universities universitario universitaria universitaire universitat universitats universitatsklinikum
universitaetsklinikum universitat univ uni college school faculty facultad
center centers centre centres centro centrum zentrum institute institut instituto institution istituto foundation
fundacion fondation fondazione trust nhs group system systems network health healthcare care medical medicine medico
medica medicina medizin sciences science research investigation investigational clinical trial trials study studies
site unit department dept division service services cancer comprehensive oncology oncologia hematology haematology
rheumatology neurology dermatology therapy therapeutics cell campus affiliated affiliate branch general main
inc llc ltd co corp corporation company gmbh irccs chu chru
"""
_GENERIC = frozenset(_GENERIC_WORDS.split())
"""Words that tell no facility from another one of the same town."""

_MARKING_WORDS = """
one two three four five six seven eight nine ten
north south east west northern southern eastern western northeast northwest southeast southwest upper lower
old new central military
"""
_MARKING = frozenset(_MARKING_WORDS.split())
"""Words that tell two facilities of nearly the same name apart; they must be the same ones in both."""

_SAME_WORDS = """
centre=center st=saint univ=university &=and no= nr= first=1 1st=1 second=2 2nd=2 third=3 3rd=3 fourth=4 4th=4 fifth=5 5th=5
sixth=6 6th=6 seventh=7 7th=7 eighth=8 8th=8 ninth=9 9th=9 tenth=10 10th=10 ii=2 iii=3 iv=4 vi=6 vii=7 viii=8 ix=9
"""
_SAME_WORD = dict(pair.split("=") for pair in _SAME_WORDS.split())
"""Words that are read as another one; an ordinal as its number."""


def name_likeness(old: str, new: str) -> float:
    """How alike two names are (0 to 100); 0 where ordinals or proper names differ."""
    old_words, new_words = _words(old), _words(new)
    # First: "First" and "Second Affiliated Hospital" of one university are two hospitals, and more than 90 % alike by
    # their letters.
    if _marks(old_words) != _marks(new_words):
        return 0.0
    letters = (" ".join(old_words), " ".join(new_words))
    # Words in any order ("Hospital of X", "X Hospital"), or letter by letter where a word is parted anew.
    likeness = max(fuzz.token_set_ratio(*letters), fuzz.ratio(*letters))
    return likeness if likeness >= SAME_NAME and _same_proper_names(old_words, new_words) else 0.0


def _words(name: str) -> list[str]:
    """A name's words without accents, case and marks: "Hôpital St. Foch" gives hopital, saint, foch."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name[:_LONGEST]) if not unicodedata.combining(c))
    # possessives are one word: "St Luke's", "Brigham And Womens"
    found = re.findall(r"[^\W_]+|&", re.sub(r"['’`]", "", bare.casefold()))
    return [word for word in (_SAME_WORD.get(each, each) for each in found) if word]


def _marks(words: list[str]) -> list[str]:
    """What of a name must be the same in both: its numbers, its ordinals, and a letter that ends it ("Clinic B")."""
    marks = [word for word in words if word in _MARKING or any(c.isdigit() for c in word)]
    return sorted([*marks, *(word for word in words[-1:] if len(word) == 1 and word not in marks)])


def _same_proper_names(old: list[str], new: list[str]) -> bool:
    gone, come = (
        list((Counter(old) - Counter(new)).elements()),
        list((Counter(new) - Counter(old)).elements()),
    )
    left = [
        "".join(word for word in words if word not in _GENERIC and len(word) > 1) for words in (gone, come)
    ]
    if not any(left):
        return True
    # broken letters ("Hă"Pital Foch") part words anew, and make strange ones of the generic ones
    return bool(gone and come) and (_same_spelling(*left) or _same_spelling("".join(gone), "".join(come)))


def _same_spelling(old: str, new: str) -> bool:
    """Whether two names differ in vowels and doubled letters alone: "Köln" and "Koeln"; not "Mary" and "Mark"."""
    bones = [re.sub(r"[aeiou]|(.)(?=\1)", "", name) for name in (old, new)]
    return bones[0] == bones[1] != "" and fuzz.ratio(old, new) >= SAME_SPELLING
