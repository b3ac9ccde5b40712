"""What a CAR aims at, where its cells come from, which diseases it is for: each label with the words that say so (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sync.cohort.mentions import Mention, Mentions, is_linked
from sync.cohort.passages import CONDITION, HEAD, OFFICIAL_TITLE, SUMMARY, TITLES, Part, Passage, Passages
from sync.cohort.terms import Disease, terms

_REACH = 200
"""Characters within which an antigen belongs to a construct: lists of a dozen antigens are real."""
_NUMBERS = "19|20|22|123|30|33|37|38|45|70|79b|133|138|171|276"
_NUMBERED = re.compile(
    rf"(?:car|cart|scar)[ .]?(?P<after>{_NUMBERS}|5|7)(?:v\d)?(?:/(?P<also>{_NUMBERS}))?(?![0-9a-z.])|"
    rf"(?<![0-9a-z.])(?P<before>{_NUMBERS}) ?(?:28z|bbz)"
)
_BY_NUMBER = {"276": "B7-H3", "171": "L1CAM"}
_SECOND = re.compile(rf"cd ?\d{{1,3}}[a-z]? ?(?:[/x ] ?|and )(?:cd)?({_NUMBERS}|(?<=/)[57])(?![a-z0-9])")
"""The antigen that "CD19/20" has besides its first."""
_TARGETED = re.compile(
    r"\b(?:target(?:ing|ed|s)?|(?:re)?directed (?:to|against|at|with)|specific (?:for|to)|(?:over)?express\w*|against|"
    r"recogni[sz]\w+|receptors? for) "
)
_ENGAGER = re.compile(r" ?[/x] ?cd ?3(?![0-9])")
"""What makes an antigen that of an antibody which binds T cells."""
_LISTED = 40
"""Characters that a list of antigens may have until the word that is of all of them: "BCMA/TACI positive"."""
_CARRIED = re.compile(
    r"(?:[ ,/]|and |or |antigen|dual|double|tandem)*(?:\+|\( ?\+ ?\)|\)? ?(?:positive|(?:over)?expressing|targeted|"
    r"targeting|directed|specific|redirected)\b)"
)
"""What tells, in a title, that a disease or its cells have an antigen."""
_UNKNOWN = re.compile(r"\banti ?([a-z0-9]+) $")
_CAPITALS = re.compile(r"[A-Z].*[A-Z0-9]")
_WORD = re.compile(r"[a-z0-9]+")
_SENTENCE = re.compile(r"[.;:!?。；,]\s")
_OTHERS = re.compile(r"\b(?:for|in|with|on)\b|^[s\W]*(?:cells? )?(?:and|plus) ")
"""What stands behind it is the patient's, or another intervention's."""
_SUBSET = re.compile(r"cd ?4 ?\+?(?: ?/ ?| and | ?, ?)cd ?8")
"""T cells by their kind: no antigen of theirs."""


class Evidence(NamedTuple):
    """Words of the record, where they stand, and what they prove."""

    field: str
    quote: str
    says: str


class Label(NamedTuple):
    """One answer with its evidence."""

    name: str
    evidence: Evidence


def antigens(found: Mentions, places: Iterable[Passage], is_beside: bool = False) -> list[Label]:
    """What the construct aims at: as titles, interventions and arms anchor it, else the product, else the description.

    Where none of them does, what a title or a name tells of the disease.

    `is_beside`: patients have the construct anyway, and it is told as such; what the disease has is not its antigen then.
    """
    told = [*found.told(*HEAD), *(found.context(*HEAD) if is_beside else ())]
    named = _by_product(told)
    head = _unique(_anchored(told))
    if head or named:
        return _unique([*head, *([] if head and _is_told_fully(head, named) else named)])
    said = _unique(_anchored(found.told(Part.WORD, Part.TEXT)))
    if said or is_beside:
        return said
    return _unique(_of_the_disease(places)) or _unique(_as_written(found.told(*HEAD)))


def _as_written(told: Iterable[Mention]) -> Iterator[Label]:
    """An antigen that no term knows, by its capitals: "anti-GARP chimeric antigen receptor"."""
    for mention in told:
        text = mention.passage.folded.text
        match = _UNKNOWN.search(text, max(0, mention.start - _LISTED), mention.start)
        name = mention.passage.folded.quote(*match.span(1)) if match else ""
        if match and _CAPITALS.search(name):
            yield _label(mention, *match.span(1), name, f"antigen: {name}, as it is written")


def _of_the_disease(places: Iterable[Passage]) -> Iterator[Label]:
    """What a title says that the diseased cells have: "in DLL3-positive lung cancer"."""
    for each in places:
        text = each.folded.text
        for match in terms().antigen.finditer(text) if each.is_name and each.part in HEAD else ():
            rest = terms().antigen.sub("", text[match.end() : match.end() + _LISTED])
            is_carried = _CARRIED.match(rest) or _is_targeted(text[: match.start()])
            name = _antigen_named(match.group())
            if is_carried and name != "HLA-A2":
                quote = each.folded.quote(*match.span())
                yield Label(
                    name, Evidence(each.field, quote, f"antigen: {name}, as the title has it of the disease")
                )


def _is_told_fully(head: list[Label], named: list[Label]) -> bool:
    """Whether the record's own words leave nothing for a product's name to add."""
    return {each.name for each in head} >= {each.name for each in named}


def _by_product(told: Iterable[Mention]) -> list[Label]:
    return [
        _label(each, each.start, each.end, name, f"antigen: {name}, as of this product")
        for each in told
        if each.product
        for name in each.product.antigens
    ]


def _anchored(told: Iterable[Mention]) -> Iterator[Label]:
    for mention in told:
        text = mention.passage.folded.text
        lo, hi = max(0, mention.start - _REACH), min(len(text), mention.end + _REACH)
        for match in terms().antigen.finditer(text, lo, hi):
            if _belongs(text, mention, match.start(), match.end()):
                name = _antigen_named(match.group())
                yield _label(mention, match.start(), match.end(), name, f"antigen: {name}")
        for match in _SECOND.finditer(text, lo, hi):
            if _belongs(text, mention, match.start(), match.end()):
                name = f"CD{match.group(1)}"
                yield _label(mention, match.start(), match.end(), name, f"antigen: {name}")
        for match in _NUMBERED.finditer(text, mention.start, min(len(text), mention.end + 5)):
            for number in filter(None, match.groups()):
                name = _BY_NUMBER.get(number, f"CD{number}")
                yield _label(mention, match.start(), match.end(), name, f"antigen: {name}")


def _belongs(text: str, mention: Mention, start: int, end: int) -> bool:
    """Whether an antigen is the construct's own: only words that describe a construct stand between the two."""
    if "truncated" in text[max(0, start - 10) : start] or _SUBSET.match(text, start):
        return False
    if _ENGAGER.match(text, end):
        return False
    if start >= mention.end:
        # "CAR-T for CD19-positive disease": what follows a preposition is the patient's.
        between = text[mention.end : start]
        is_named = mention.passage.is_name and _is_near(between) and _is_targeted(between)
        return is_named or (is_linked(between) and not _OTHERS.search(between))
    if end <= mention.start:
        between = text[end : mention.start]
        is_named = mention.passage.is_name and _is_near(between)
        return is_named or (is_linked(between) and not re.search(r"\b(?:for|in(?! vivo)|on)\b", between))
    return True


def _is_targeted(before: str) -> bool:
    """Whether one of the few words that lead to an antigen says that it is aimed at."""
    words = " ".join(re.split(r"[ /]+", before[-_REACH:])[-8:])
    match = _TARGETED.search(words)
    return match is not None and not re.search(r"[^\w ,+]", words[match.end() :])


def _is_near(between: str) -> bool:
    """Whether hardly a word stands here that is not known to describe a construct: "CD19 targeted DASH CAR-T"."""
    words = _WORD.findall(terms().antigen.sub(" ", between))
    unknown = [word for word in words if word not in terms().describing and not word.isdigit()]
    return (
        len(words) <= 8
        and len(unknown) <= 2
        and terms().apart.isdisjoint(words)
        and not _SENTENCE.search(between)
    )


def _antigen_named(words: str) -> str:
    return next(name for name, pattern in terms().antigens.items() if pattern.fullmatch(words))


def source(found: Mentions, passages: Iterable[Passage]) -> Label | None:
    """Where the cells come from, if anything says so: titles and interventions first, then a product's name, then texts.

    None where nothing does, or where two things are said at the same rank: it is never assumed.
    """
    told = {part: [each for each in passages if each.part is part] for part in Part}
    for parts in ((Part.TITLE,), (Part.GIVEN,)):
        said = _unique(_sources((each for part in parts for each in told[part]), found))
        if said:
            return said[0] if len(said) == 1 else None
    named = _unique(_product_sources(found))
    if named:
        return named[0] if len(named) == 1 else None
    said = _unique(_sources([*told[Part.ARM], *told[Part.WORD], *told[Part.TEXT]], found))
    return said[0] if len(said) == 1 else None


def _sources(passages: Iterable[Passage], found: Mentions) -> Iterator[Label]:
    for passage in passages:
        past = [each for each in found.all if each.is_context and each.passage is passage]
        for name, pattern in terms().sources:
            for match in pattern.finditer(passage.folded.text):
                if any(_leads_to(match, each) for each in past):
                    continue
                quote = passage.folded.quote(*match.span())
                yield Label(name, Evidence(passage.field, quote, f"source: {name}"))


def _leads_to(match: re.Match[str], mention: Mention) -> bool:
    """Whether a word of where cells come from is that of a construct which patients have had."""
    if match.end() > mention.start:
        return match.start() < mention.end
    return is_linked(match.string[match.end() : mention.start])


def _product_sources(found: Mentions) -> Iterator[Label]:
    for each in found.told(*HEAD):
        if each.product and each.product.source:
            name = each.product.source
            yield _label(each, each.start, each.end, name, f"source: {name}, as of this product")


def generation(found: Mentions) -> Label | None:
    """The generation of the construct, where it is written beside it."""
    for mention in found.told(*HEAD, Part.TEXT):
        text = mention.passage.folded.text
        lo, hi = max(0, mention.start - 60), min(len(text), mention.end + 40)
        for name, pattern in terms().generations:
            for match in pattern.finditer(text, lo, hi):
                between = text[match.end() : mention.start] if match.end() < mention.start else ""
                if is_linked(between):
                    return _label(mention, match.start(), match.end(), name, f"generation: {name}")
    return None


def diseases(passages: Passages, words: Iterable[bytes]) -> tuple[list[Label], Label | None]:
    """The diseases of a study, as its conditions name them, else its title and summary; and the area of most of them.

    `words`: of the passages, those that names of diseases have.
    """
    for paths in _NAMING:
        # Three in four records name no disease that is known: of those no passage is made.
        known = terms().diseases.perhaps_in(passages.text_at(*paths), words)
        found = list(_diseases(passages.at(*paths), known)) if known else []
        if found:
            areas = [its for _, its in found]
            area = max(dict.fromkeys(areas), key=areas.count)
            first = found[areas.index(area)][0]
            said = Evidence(first.evidence.field, first.evidence.quote, f"area: {area}")
            return _unique(label for label, _ in found), Label(area, said)
    return [], None


_NAMING = ((CONDITION,), TITLES, (OFFICIAL_TITLE, SUMMARY))
"""The fields that name a study's diseases; of those that follow only where one does not."""


def _diseases(passages: Iterable[Passage], known: Iterable[Disease]) -> Iterator[tuple[Label, str]]:
    for passage in passages:
        taken: list[range] = []
        for disease in known:
            match = disease.pattern.search(passage.folded.text)
            # What is part of a longer name found before is that one: "lymphoma" of "Hodgkin lymphoma".
            if match and not any(match.start() in each or match.end() - 1 in each for each in taken):
                taken.append(range(*match.span()))
                quote = passage.folded.quote(*match.span())
                evidence = Evidence(passage.field, quote, f"disease: {disease.name}")
                yield Label(disease.name, evidence), disease.area


def _label(mention: Mention, start: int, end: int, name: str, says: str) -> Label:
    return Label(name, Evidence(mention.passage.field, mention.passage.folded.quote(start, end), says))


def _unique(labels: Iterable[Label]) -> list[Label]:
    return list({each.name: each for each in reversed(list(labels))}.values())[::-1]
