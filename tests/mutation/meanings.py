"""Edits of known meaning, a class each: what they do to who may enter, or that it cannot be known. Scored like the others.

A class is a list of sentences with what the edit does; drugs, diseases, numbers, places and layouts are drawn at
random. `x` grows from before to after, `X` shrinks.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from sync.changes.criteria.changes import criteria_changes
from tests.mutation import layouts
from tests.mutation.texts import Document, Node, copied

WAYS = frozenset(("wider", "narrower", "mixed"))


@dataclass(frozen=True)
class Edit:
    """The criterion before and after (None: not there), its section, the effects that are right; nested under `header`.

    With `whole` the header comes and goes with it.
    """

    section: str
    before: str | None
    after: str | None
    right: frozenset[str]
    header: str | None = None
    whole: bool = False


@dataclass
class Score:
    """Per class: right, withheld (unclear where a direction is true), wrong, missed (called the same, though it is not)."""

    found: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    failures: list[str] = field(default_factory=list)

    def total(self, verdict: str) -> int:
        return sum(counts[verdict] for counts in self.found.values())

    def report(self) -> str:
        return "\n".join(f"{name:12} {dict(counts)}" for name, counts in sorted(self.found.items()))


DRUGS = (
    "rituximab",
    "belimumab",
    "tacrolimus",
    "methotrexate",
    "cyclophosphamide",
    "anifrolumab",
    "azathioprine",
)
DISEASES = (
    "chronic hepatitis",
    "cerebral vasculitis",
    "heart failure",
    "epilepsy",
    "interstitial lung disease",
    "tuberculosis",
)

# before → after is `x → X`: the tighter number comes. Each line: section | sentence | what that does.
BOUNDS: dict[str, str] = {
    "denial": """
        inclusion | No {drug} within {x} weeks of screening | narrower
        inclusion | Has not received {drug} within {x} weeks | narrower
        inclusion | No {drug}, {drug2} or surgery within {x} weeks before infusion | narrower
        exclusion | Washout from {drug} of at least {x} weeks has not been completed | narrower
        exclusion | Failure to maintain platelets of at least {x} × 10^9/L | narrower
        exclusion | Refusal to use contraception for at least {x} months | narrower
        exclusion | Unable to swallow tablets, or {drug} within {x} weeks | narrower
        exclusion | Agents not approved for {disease} within {x} days | narrower
        exclusion | Patients must not have had {drug} within {x} weeks | narrower
        inclusion | Patients with neutrophils < {x} × 10^9/L cannot participate | narrower
        inclusion | {drug} within {x} weeks is disqualifying | narrower
    """,
    "permission": """
        exclusion | Prednisone ≤ {X} mg/day is allowed | narrower
        exclusion | Subjects on {drug} ≤ {X} mg/day can enroll | narrower
        exclusion | A dose of {drug} ≤ {X} mg/day does not exclude | narrower
        exclusion | {drug} ≤ {X} mg/day is exempt | narrower
        exclusion | Prior {drug} is permitted if > {x} weeks ago | narrower
        exclusion | {drug} (≤ {X} mg/day) does not count as immunosuppression | narrower
    """,
    "exception": """
        exclusion | Malignancy, unless in remission for ≥ {x} years | narrower
        exclusion | {disease} except after treatment for > {x} months | narrower
        exclusion | {drug} other than at a dose ≤ {X} mg/day | narrower
        inclusion | Bilirubin ≤ 1.5 × ULN, except in Gilbert's syndrome ≤ {X} × ULN | narrower
    """,
    "plain": """
        inclusion | Platelets ≥ {x} × 10^9/L and no {disease} | narrower
        inclusion | Creatinine ≤ {X} mg/dL | narrower
        exclusion | {drug} within {x} weeks before infusion | narrower
        exclusion | {drug} including but not limited to tablets within {x} weeks | narrower
    """,
}
HEADERS = """
    inclusion | None of the following: | Creatinine > {X} mg/dL | narrower
    inclusion | Any of the following rules out enrollment: | {drug} within {x} weeks | narrower
    exclusion | Failure of any of the following: | Platelets ≥ {x} × 10^9/L | narrower
    exclusion | The following are permitted: | {drug} ≤ {X} mg/day | narrower
    inclusion | Adequate organ function: | Platelets ≥ {x} × 10^9/L | narrower
"""
LISTS = """
    inclusion | Any of the following: | wider
    inclusion | All of the following: | narrower
    inclusion | At least 2 of the following: | wider
    inclusion | None of the following: | narrower
    inclusion | The following are permitted: | wider
    exclusion | Any of the following: | narrower
    exclusion | All of the following: | wider
    exclusion | The following do not exclude: | wider
    exclusion | Not meeting all of the following: | narrower
    exclusion | {disease}, for example: | unclear
"""
CAME = """
    inclusion | Written agreement to be followed for {disease} must be given | narrower
    exclusion | Known {disease} that needs {drug} | narrower
    exclusion | Patients with controlled {disease} may be enrolled | wider
    exclusion | Prior {drug} is no reason for exclusion | wider
    inclusion | Male or female | none
    inclusion | Bridging with {drug} is at the discretion of the investigator | none
    exclusion | Patients will be followed for {x} years | none
    inclusion | {disease} is defined as a score of {x} or more | unclear
    inclusion | or a history of {disease} | unclear
"""
COHORTS = """
    inclusion | Cohort B: | Confirmed {disease}
    inclusion | Patients of part 2: | Failed {drug}
    inclusion | Group 3: | Age ≥ {x} years
"""
WORDS = """
    antonym    | exclusion | Hypophosphatemia after {drug} | Hyperphosphatemia after {drug} | unclear
    antonym    | exclusion | {drug} within {x} weeks before infusion | {drug} within {x} weeks after infusion | unclear
    antonym    | exclusion | {disease} at screening | {disease} at randomization | unclear
    antonym    | exclusion | Severe {disease} | Clinically significant {disease} | unclear
    quantifier | inclusion | {disease}, shown by any of these tests | {disease}, shown by all of these tests | narrower
    quantifier | inclusion | Meets any criterion for {disease} | Meets every criterion for {disease} | narrower
    quantifier | exclusion | Both {disease} and {disease2} | {disease} or {disease2} | narrower
    swap       | inclusion | ALT ≤ {x} × ULN and AST ≤ {X} × ULN | ALT ≤ {X} × ULN and AST ≤ {x} × ULN | mixed
    restriction | exclusion | {disease} | Active {disease} | wider
    restriction | inclusion | Confirmed {disease} | {disease} | wider
"""


def cases(rng: random.Random) -> Iterator[tuple[str, Edit]]:
    """One edit of every line of every class."""
    for name, table in BOUNDS.items():
        for section, sentence, way in _rows(table):
            yield name, _bound(rng, section, sentence, way)
    for section, header, sentence, way in _rows(HEADERS):
        yield "header", _bound(rng, section, sentence, way, header)
    for section, header, way in _rows(LISTS):
        yield "list item", _presence(rng, section, _filled(rng, "Known {disease}"), way, _filled(rng, header))
    for section, sentence, way in _rows(CAME):
        name = "added note" if way in ("none", "unclear") else "added"
        yield name, _presence(rng, section, _filled(rng, sentence), way)
    for section, header, sentence in _rows(COHORTS):
        edit = _presence(rng, section, _filled(rng, sentence), "unclear", header)
        yield "cohort", replace(edit, whole=True)
    for name, section, before, after, way in _rows(WORDS):
        filled = _fill(rng)
        yield name, Edit(section, before.format(**filled), after.format(**filled), frozenset({way}))


def _rows(table: str) -> Iterator[list[str]]:
    for line in table.strip().splitlines():
        yield [cell.strip() for cell in line.split("|")]


def _fill(rng: random.Random) -> dict[str, str]:
    low = rng.choice((2, 3, 4, 5, 6, 8))
    drug, drug2 = rng.sample(DRUGS, 2)
    disease, disease2 = rng.sample(DISEASES, 2)
    return {
        "drug": drug,
        "drug2": drug2,
        "disease": disease,
        "disease2": disease2,
        "x": str(low),
        "X": str(low * rng.choice((2, 3))),
    }


def _filled(rng: random.Random, sentence: str) -> str:
    return sentence.format(**_fill(rng))


def _bound(rng: random.Random, section: str, sentence: str, way: str, header: str | None = None) -> Edit:
    """`{x}` grows and `{X}` shrinks; half of the cases go the other way."""
    filled = _fill(rng)
    other = {**filled, "x": filled["X"], "X": filled["x"]}
    before, after = sentence.format(**filled), sentence.format(**other)
    if rng.random() < 0.5:
        before, after, way = after, before, _opposite(way)
    return Edit(section, before, after, frozenset({way}), header)


def _presence(rng: random.Random, section: str, text: str, way: str, header: str | None = None) -> Edit:
    if rng.random() < 0.5:
        return Edit(section, None, text, frozenset({way}), header)
    return Edit(section, text, None, frozenset({_opposite(way)}), header)


def _opposite(way: str) -> str:
    return {"wider": "narrower", "narrower": "wider"}.get(way, way)


def run(rounds: int, seed: int) -> Score:
    """Every line of every class, as often as `rounds`, each in a text and a layout of its own."""
    rng, score = random.Random(seed), Score()
    for _ in range(rounds):
        for name, edit in cases(rng):
            old, new = _texts(rng, edit)
            _judge(score, name, edit, old, new)
        for label in LABELS:
            _judge(score, "labels", *_labelled(rng, label))
    return score


LABELS = ("I{n}.", "E{n:02d}", "#{n}", "No. {n}:", "Criterion {n}:", "{n} -", "{n}/", "[{n}]", "4.2.{n}")


def _labelled(rng: random.Random, label: str) -> tuple[Edit, str, str]:
    """An insertion among labelled exclusions, which counts all behind it anew: it bars, and nothing else changed."""
    came = _filled(rng, "Known {disease} that needs {drug}")
    items = ["Pregnant or breastfeeding", "Allergy to albumin", "Raised liver enzymes"]
    at = rng.randint(0, len(items))
    old, new = (
        "Exclusion Criteria:\n\n"
        + "\n".join(f"{label.format(n=n)} {item}" for n, item in enumerate(found, 1))
        for found in (items, [*items[:at], came, *items[at:]])
    )
    return Edit("exclusion", None, came, frozenset({"narrower"})), old, new


def _texts(rng: random.Random, edit: Edit) -> tuple[str, str]:
    around: Document = {
        "inclusion": [Node("Informed consent was given"), Node("Able to travel to the centre")],
        "exclusion": [Node("Pregnant or breastfeeding"), Node("Allergy to albumin")],
    }
    before, after = copied(around), copied(around)
    at = rng.randint(0, 2)
    layout = layouts.some(rng)
    for document, text in ((before, edit.before), (after, edit.after)):
        nodes = [Node(text)] if text is not None else []
        if edit.header is not None:
            beside = [Node("Untreated sarcoidosis"), *nodes, Node("Raised liver enzymes")]
            nodes = [Node(edit.header, beside)] if nodes or not edit.whole else []
        document[edit.section][at:at] = nodes
    return layout.render(before), layout.render(after)


def _judge(score: Score, name: str, edit: Edit, old: str, new: str) -> None:
    changes = criteria_changes(old, new)
    effects = {change.detail.effect for change in changes if change.op != "reordered"} or {"none"}
    told = effects.pop() if len(effects) == 1 else "several"
    verdict = _verdict(told, edit)
    score.found[name][verdict] += 1
    if verdict in ("wrong", "missed"):
        score.failures.append(f"{name} {verdict}: {edit} told {told}\n<<<{old}\n>>>{new}")


def _verdict(told: str, edit: Edit) -> str:
    if told in edit.right:
        return "right"
    if told == "unclear":
        return "withheld"
    return "missed" if told == "none" else "wrong"


def main(seeds: Sequence[int] = (1, 2, 3)) -> None:
    for seed in seeds:
        print(run(10, seed).report())  # noqa: T201


if __name__ == "__main__":
    main()
