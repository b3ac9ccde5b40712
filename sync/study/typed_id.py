"""NCT IDs as people type and paste them (pure)."""

from __future__ import annotations

import re

from sync.study.record import is_nct_id

_ADDRESS = re.compile(
    r"(?:https?://)?(?:www\.|classic\.|beta\.)?clinicaltrials\.gov/(?:study|studies|ct2/show|show)/(nct\d{8})(?:[/?#].*)?",
    re.ASCII | re.IGNORECASE,
)


def nct_id_typed(text: str) -> str | None:
    """The id in capitals, also out of the address of a study on the registry's site; None where it is none."""
    address = _ADDRESS.fullmatch(text.strip())
    found = (address[1] if address else text.strip()).upper()
    return found if is_nct_id(found) else None
