"""Finds names of the program and of the registry's data where words for people belong."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import BaseModel

from sync.config import Settings

_OURS = {
    # how people write them
    *("ClinicalTrials", "PubMed", "PostgreSQL", "MeSH", "McKesson", "iPhone", "trialdelta"),
    *("eGFR", "mRNA", "dL", "mL", "kPa", "mmHg", "mTOR", "pH", "cGy", "hCG", "iCAL", "mAb", "dB", "eCRF"),
}
_IDS = re.compile(
    r"\b(?:evt|dlv|ntc|tok)_\w+"  # ids that are to be typed
    r"|https?://\S+|[\w.-]+@[\w.-]+|\S*[/\\]\S*"  # addresses and paths of files
    r"|`[^`]*`"  # commands and keys
    r"|\[[a-z_.]+\]"  # a table of the configuration
)
_INTERNAL = re.compile(
    r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b"  # TooManyAbsent
    r"|\b[a-z]+(?:[A-Z][a-z]+)+\b"  # overallStatus
    r"|\b[a-z]+(?:_[a-z0-9]+)+\b"  # unknown_forecast
    r"|\b[A-Z]+(?:_[A-Z0-9]+)+\b"  # NOT_YET_RECRUITING
    r"|\bsearch \d+\b"
    r"|\b(?:Ipd|Nih|Nct)\b"
)


def internal_names(text: str) -> list[str]:
    """Each name in the text that is none of a person's words; but for ids, addresses and commands."""
    shown = _IDS.sub(" ", text)
    return [each for each in _INTERNAL.findall(shown) if each not in _OURS]


def keys(model: type[BaseModel]) -> Iterator[str]:
    """The keys of the configuration, which a hint names so that they can be set."""
    for name, field in model.model_fields.items():
        yield name
        for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from keys(part)


KEYS = frozenset(keys(Settings)) | {"allow_hosts"}
