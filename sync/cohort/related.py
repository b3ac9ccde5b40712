"""What is related to a study: the searches that bring candidates, wide on purpose, and the score that decides (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sync.cohort.neighbours import CARS, RELATED, Relation, differences, relation
from sync.cohort.profile import Profile
from sync.study.record import Study

CAR_WORDS = '"CAR-T" OR CAR OR CART OR UCART OR "chimeric antigen receptor" OR "targeted T cells"'
"""The registry's own synonyms cover further spellings, such as "CAR T cells"."""

MAX_TERMS = 10
"""The registry refuses queries of about 14 terms as too complicated."""

_CAR_T_WORDS = re.compile(r"\bCAR[- ]?T\b|chimeric antigen receptor|\b\w+leucel\b", re.IGNORECASE)
_AROUND = ("around_car_t", "follow_up")
_AREA_WORDS = {"autoimmune": ("autoimmune",), "infection": ("infection",)}
"""Words for an area whose diseases are few in CAR trials; blood cancer is most of them, and is narrowed by its diseases."""
_LETTERS_THEN_DIGITS = re.compile(r"([A-Za-z]+)(\d+)")


@dataclass(frozen=True, slots=True)
class RelatedTo:
    """A study that a watch is related to, and what others are compared with."""

    study: Study
    profile: Profile

    @property
    def searches(self) -> list[dict[str, str]]:
        """The searches for candidates. A study of a CAR: CAR words in its diseases, with its antigens, its product names, of
        its sponsor. Another one: its interventions in its conditions, and what its sponsor does there."""
        says_car = self.profile.class_ in (*CARS, *_AROUND) or self._says_car_t
        found = self._of_a_car() if says_car else self._of_another()
        return [
            search
            for search in ({name: text for name, text in each.items() if text} for each in found)
            if search
        ]

    @property
    def _says_car_t(self) -> bool:
        return any(
            _CAR_T_WORDS.search(text) for text in (self.study.title, *self._names, *self.study.keywords)
        )

    @property
    def _names(self) -> list[str]:
        return [str(item.get("name", "")) for item in self.study.interventions]

    @property
    def _diseases(self) -> str:
        areas = _AREA_WORDS.get(self.profile.area, ())
        return _any_of((*areas, *self.profile.diseases, *self.study.conditions))

    def _of_a_car(self) -> Iterator[dict[str, str]]:
        if diseases := self._diseases:
            yield {"intr": CAR_WORDS, "cond": diseases}
        if antigens := _any_of(each for name in self.profile.antigens for each in _spellings(name)):
            yield {"intr": CAR_WORDS, "term": antigens}
        if self.profile.products:
            yield {"intr": _any_of((*self.profile.products, *self._names))}
        if self.study.sponsor:
            yield {"intr": CAR_WORDS, "lead": _any_of([self.study.sponsor])}

    def _of_another(self) -> Iterator[dict[str, str]]:
        yield {"intr": _any_of(self._names), "cond": self._diseases}
        if self._diseases and self.study.sponsor:
            yield {"cond": self._diseases, "lead": _any_of([self.study.sponsor])}


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near a study is to the nearest of those that a watch is related to."""

    to: str
    relation: Relation
    lacks: tuple[str, ...]

    @property
    def is_related(self) -> bool:
        """Whether it is meant."""
        return self.relation.is_related

    @property
    def shares(self) -> str:
        """What the two have in common, each with what it counts for."""
        return "; ".join(f"{each.says} ({each.points})" for each in self.relation.reasons)

    @property
    def sentence(self) -> str:
        """The score with its reasons, and where it is not enough what is not shared."""
        if self.is_related:
            return f"score {self.relation.score} to {self.to}: {self.shares}"
        shared = self.shares or "nothing in common that counts"
        lacks = f"; but not {', not '.join(self.lacks)}" if self.lacks else ""
        return f"score {self.relation.score} of {RELATED} needed to {self.to}: {shared}{lacks}"


def nearness(study: Profile, named: Mapping[str, Profile]) -> Nearness:
    """How near a study is to the nearest of those named, by their ids; there is at least one."""
    scored = ((nct_id, other, relation(other, study)) for nct_id, other in sorted(named.items()))
    nct_id, other, best = max(scored, key=lambda each: each[2].score)
    return Nearness(nct_id, best, tuple(differences(other, study)))


def _spellings(antigen: str) -> Iterator[str]:
    """ "CD19" and "CD 19", which an index takes for two words."""
    yield antigen
    if parts := _LETTERS_THEN_DIGITS.fullmatch(antigen):
        yield f"{parts[1]} {parts[2]}"


def _any_of(phrases: Iterable[str]) -> str:
    # What has a meaning in the query's grammar is taken out: a condition in brackets makes it unparsable, which is a 400.
    words = (" ".join(re.sub(r'[\\"()\[\]]+', " ", phrase).split()) for phrase in phrases)
    distinct = {word.casefold(): word for word in words if any(map(str.isalnum, word))}
    return " OR ".join(f'"{word}"' for word in [*distinct.values()][:MAX_TERMS])
