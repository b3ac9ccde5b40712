"""Where a record speaks of a CAR, and whether as of what is given or as of what patients have anyway (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sync.cohort.denied import NEAR, clause_before, heads, is_denied
from sync.cohort.passages import Part, Passage, Passages
from sync.cohort.terms import Modality, Product, may_name_a_car, terms

_BARE = re.compile(r"CARTs?(?:[ -]?\d)?|CAR[ -]?TS")
_SPELT = re.compile(r"\bcar(?!ts?\b)[a-z]+\b|\bc[a-z]+ (?:and |of )?a[a-z]+ (?:and |of |for )?r[a-z]+\b")
"""Words that CAR may be the first letters of, a carotid artery's or those of three words."""
_GIVEN_AFTER = re.compile(
    r"(?: ?(?:t|cells?|therap(?:y|ies)|infusions?|products?))* ?(?:is|are|will be|was|were) (?:then |also )?"
    r"(?:given|infused|administered|injected|reinfused|transfused)\b"
)
_GIVEN_BEFORE = re.compile(
    r"\b(?:receives?|gets?|(?:infusions?|injections?|doses?|administration) of|"
    r"(?:is|are|be) (?:given|infused with|treated with|administered))$"
)
_CELLS = re.compile(
    r"\b(?:t ?cells?|lymphocytes?|chimeric|lympho?deplet\w+|(?:cell|cellular|immune) (?:therap\w+|immuno\w+)|leuka?emia\w*|"
    r"lymphomas?|myeloma|cytokine release|immunotherap\w+|cd ?\d\d|[a-z]+cel)\b"
)
_SENTENCE = re.compile(r"[.;:!?。；]\s")
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where a construct or a product stands."""

    passage: Passage
    start: int
    end: int
    product: Product | None = None
    is_context: bool = False
    """Whether it is told as what patients had, will have or suffer from, not as what is tried."""

    @property
    def quote(self) -> str:
        """The words as the record has them."""
        return self.passage.folded.quote(self.start, self.end)

    @property
    def sentence(self) -> str:
        """The folded sentence that it stands in."""
        text = self.passage.folded.text
        start = max(text.rfind(". ", 0, self.start), text.rfind("\n", 0, self.start)) + 1
        end = text.find(". ", self.end)
        return text[start : end if end > 0 else len(text)]


@dataclass(frozen=True, slots=True)
class Mentions:
    """All places of a record, in its order."""

    all: tuple[Mention, ...] = field(default=())

    def told(self, *parts: Part) -> list[Mention]:
        """Those as of a treatment that is tried, in these parts."""
        return [each for each in self.all if each.passage.part in parts and not each.is_context]

    def context(self, *parts: Part) -> list[Mention]:
        """Those as of what is given anyway."""
        return [each for each in self.all if each.passage.part in parts and each.is_context]


def mentions(passages: Passages, words: Iterable[bytes]) -> Mentions:
    """Every construct and product that the passages name; `words`: of theirs, those that products have."""
    is_car, products = may_name_a_car(passages.text), terms().products.perhaps_in(passages.text, words)
    if not (is_car or products):
        return Mentions()  # as 19 in 20 records have it
    found = tuple(each for passage in passages for each in _in(passage, is_car, products))
    is_a_name = found and (all(map(_is_bare, found)) or any(map(_is_spelt_out, found)))
    if is_a_name and not (_name_an_antigen(found) or _are_of_cells(passages)):
        return Mentions()
    return Mentions(found)


def _is_bare(mention: Mention) -> bool:
    """Whether it is the short name alone."""
    after = mention.passage.folded.text[mention.end : mention.end + 3]
    return bool(_BARE.fullmatch(mention.quote)) and not re.match(r" ?\d\d", after)


def _is_spelt_out(mention: Mention) -> bool:
    """Whether it stands in brackets as the first letters of other words: "Carotid Artery Stenting (CAR-TS)"."""
    text = mention.passage.folded.text
    before = text[max(0, mention.start - NEAR) : mention.start]
    is_in_brackets = before.endswith("(") and text[mention.end : mention.end + 2].lstrip("s").startswith(")")
    return is_in_brackets and bool(_SPELT.search(before))


def _name_an_antigen(found: Iterable[Mention]) -> bool:
    """Whether an antigen stands in a passage of these: each passage is asked once, however often it has the name."""
    texts = {id(each.passage): each.passage.folded.text for each in found}
    return any(terms().antigen.search(text) for text in texts.values())


def _are_of_cells(places: Iterable[Passage]) -> bool:
    """Whether anything tells of cells or of blood: CART is the short name of a trial or of a procedure, too."""
    return any(_CELLS.search(each.folded.text) for each in places)


def _in(passage: Passage, is_car: bool, products: Iterable[Product]) -> Iterator[Mention]:
    text = passage.folded.text
    for match in terms().car.finditer(text) if is_car and may_name_a_car(text) else ():
        if not _is_no_car(passage.folded.quote(*match.span())) and not is_denied(text, *match.span()):
            yield _mention(passage, *match.span())
    for product in products:
        # In running text a short code may be anything; a study's own product is in its title or interventions.
        if passage.part in (Part.TEXT, Part.MEASURE, Part.WORD) and not product.is_marketed:
            continue
        for match in product.pattern.finditer(text):
            if not is_denied(text, *match.span()):
                yield _mention(passage, *match.span(), product)


def _is_no_car(quote: str) -> bool:
    """Combined antiretroviral therapy is written cART; a cart is a cart."""
    return quote.strip("s") in {"cART", "cart", "Cart"}


def _mention(passage: Passage, start: int, end: int, product: Product | None = None) -> Mention:
    text = passage.folded.text
    is_context = _is_past(text, start) or bool(terms().context_after.match(text[end : end + NEAR]))
    return Mention(passage, start, end, product, is_context)


def _is_past(text: str, start: int) -> bool:
    """Whether what stands before a construct says that it is over, to come, or given anyway."""
    return any(
        terms().context_before.search(" ".join(head))
        for head in heads(clause_before(text, start).split(), terms().passing)
    )


def is_told_as_given(mention: Mention) -> bool:
    """Whether its sentence says that the study gives it: "CAR-T is given on day 0", "a single infusion of CAR-T cells"."""
    text = mention.passage.folded.text
    before = clause_before(text, mention.start).split()
    return bool(_GIVEN_AFTER.match(text[mention.end : mention.end + NEAR])) or any(
        _GIVEN_BEFORE.search(" ".join(head)) for head in heads(before, terms().describing - {"of"})
    )


def is_linked(between: str) -> bool:
    """Whether nothing but words that describe a construct stands here, and no sentence ends."""
    if _SENTENCE.search(between) or ";" in between:
        return False
    words = _WORD.findall(terms().antigen.sub(" ", between))
    return len(words) <= 12 and all(word in terms().describing or word.isdigit() for word in words)


def _between(text: str, mention: Mention, match: re.Match[str]) -> str:
    return text[min(mention.end, match.end()) : max(mention.start, match.start())]


def modality_of(mention: Mention) -> tuple[Modality, str] | None:
    """Which cells a construct stands beside, with the words that say so; None where just T cells are meant."""
    text = mention.passage.folded.text
    lo, hi = max(0, mention.start - NEAR), min(len(text), mention.end + NEAR)
    for modality in terms().modalities:
        for match in modality.find_in(text, lo, hi):
            # Particles that make the cells inside the body are told of in the construct's sentence, not beside it.
            far = modality.name == "in vivo CAR" and not _SENTENCE.search(_between(text, mention, match))
            if far or (match.start() <= mention.end and mention.start <= match.end()):
                return modality, mention.passage.folded.quote(*match.span())
    return None
