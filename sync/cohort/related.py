"""Searches that find the studies related to one: those of the same kind of treatment in its conditions."""

from __future__ import annotations

import re

from sync.study.record import Study

CAR_T = '"CAR-T" OR "chimeric antigen receptor"'
"""The registry's own synonyms cover spellings such as "CAR T cells"."""

MAX_TERMS = 10
"""The registry refuses queries of about 14 terms as too complicated."""

_CAR_T_WORDS = re.compile(r"\bCAR[- ]?T\b|chimeric antigen receptor|\b\w+leucel\b", re.IGNORECASE)


def related_search(study: Study) -> dict[str, str]:
    """The search for what is related to a study: CAR-T trials (else those of its interventions) in its conditions."""
    names = [str(item.get("name", "")) for item in study.interventions]
    says_car_t = any(_CAR_T_WORDS.search(text) for text in (study.title, *names, *study.keywords))
    treatment = CAR_T if says_car_t else _any_of(names)
    return {
        name: value for name, value in (("intr", treatment), ("cond", _any_of(study.conditions))) if value
    }


def _any_of(phrases: tuple[str, ...] | list[str]) -> str:
    # What has a meaning in the query's grammar is taken out: a condition in brackets makes it unparsable, which is a 400.
    words = [re.sub(r'[\\"()\[\]]+', " ", phrase).strip() for phrase in phrases]
    return " OR ".join(f'"{word}"' for word in words[:MAX_TERMS] if word)
