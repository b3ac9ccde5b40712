"""Why a study stopped: the sponsor's words, sorted by what they are about. The words themselves are always told too."""

from __future__ import annotations

import re
from enum import StrEnum


class Why(StrEnum):
    """What a reason for stopping is about."""

    SAFETY = "safety"
    EFFICACY = "efficacy"
    ACCRUAL = "accrual"
    BUSINESS = "business"
    REGULATORY = "regulatory"
    LOGISTICS = "logistics"
    UNSPECIFIED = "unspecified"


# In order of weight: a reason that names several is sorted under the first. Written after the reasons of real records.
_WORDS: tuple[tuple[Why, tuple[str, ...]], ...] = (
    (
        Why.SAFETY,
        (
            r"safety|toxicit|tolerab|side.effects?|cytokine release|mortality|contaminat|recall",
            r"adverse (?:event|reaction|effect)s?|\bs?aes?\b|\bdlts?\b|\bdeaths?\b|\bharm(?:ful|s)?\b",
            r"risk.benefit|benefit.risk|clinical hold",
        ),
    ),
    (
        Why.EFFICACY,
        (
            r"efficacy|futil|effectiveness|ineffective|superiority|interim (?:analys|result)|lack of (?:any )?response",
            r"(?:no|lack of|insufficient|limited) (?:clinical )?(?:benefit|effect)\b|endpoints?\b.{0,200}(?:not|low)",
            r"did not (?:meet|reveal|show)|result of no benefit",
        ),
    ),
    (
        Why.REGULATORY,
        (
            r"\bfda\b|\bema\b|\birb\b|\bmhra\b|\bnmpa\b|health canada|competent authorit",
            r"regulat|ethic|approval|licen[cs]e|legislation|\bpolicy\b",
        ),
    ),
    (
        Why.ACCRUAL,
        (
            r"accru|enrol|recruit|inclusions?\b|eligible (?:patients?|subjects?)|to include patients",
            r"(?:not enough|too few|lack of|low number|small number|insufficient|number of|no)"
            r" (?:\w+ ){0,3}(?:patients?|participants?|subjects?|vol\w*teers?|met)\b",
        ),
    ),
    (
        Why.BUSINESS,
        (
            r"business|commercial|compan(?:y|ies)|sponsor|strateg|priorit|portfolio|bankrupt|dissolved|acqui(?:red|sition)",
            r"fund|financ|budget|money|\bgrant\b|intellectual property|marketed|r\\?&d",
        ),
    ),
    (
        Why.LOGISTICS,
        (
            r"covid|pandemic|suppl(?:y|ies)|shortage|manufactur|unavailab|availab|no medication|equipment|resourc",
            r"staff|personnel|\bpi\b|investigator|capacit|logist|transfer|relocat|site clos|\btime\b|season",
        ),
    ),
)
_PATTERNS = tuple((why, re.compile("|".join(words), re.IGNORECASE)) for why, words in _WORDS)

_CONCERN = r"(?:safety|efficacy|effectiveness|adverse|toxicit|tolerab|risk|death|harm)\w*"
# "Business decision, not related to safety or efficacy": what a reason denies is not the reason.
_DENIED = re.compile(
    rf"\b(?:not|no|non|unrelated|without|neither|never|nor|rather than|independent of)\b"
    rf"(?:(?!\bbut\b)[^.;,()]){{0,60}}?\b{_CONCERN}(?:[\s,/]+(?:or|and|nor|{_CONCERN}|concerns?|issues?|events?|quality))*",
    re.IGNORECASE,
)
# A body's name, not a concern: it may just as well have stopped the study for futility.
_BOARD = re.compile(r"data (?:and |& )?safety (?:and )?monitoring (?:board|committee)", re.IGNORECASE)


def why(text: str | None) -> Why:
    """What a reason for stopping is about, by its words; `UNSPECIFIED` where they do not say."""
    said = _DENIED.sub(" ", _BOARD.sub("board", text or ""))
    return next((kind for kind, pattern in _PATTERNS if pattern.search(said)), Why.UNSPECIFIED)
