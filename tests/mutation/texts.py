"""Eligibility texts to mutate: the corpus' where it is present, and invented ones, as trees of criteria."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CORPUS = Path(__file__).parents[2] / "../shared/registry/studies.jsonl.gz"

_LINE = re.compile(r"( *)(?:\*|\d+\.) (.*)")
_TYPED = re.compile(r"\W*(?:\d{1,2}|[a-zA-Z]|[ivx]+) ?\\?[.):,]|\\?[-•·–*]|\d+ ")
_TITLE = re.compile(r"(Inclusion|Exclusion) Criteria:")


@dataclass
class Node:
    """One criterion and those nested under it. `text` is in Markdown's escapes, as the registry writes it."""

    text: str
    children: list[Node] = field(default_factory=list)

    def copy(self) -> Node:
        return Node(self.text, [child.copy() for child in self.children])


Document = dict[str, list[Node]]
"""The criteria of the two sections, "inclusion" and "exclusion"."""


def leaves(document: Document) -> list[tuple[str, list[Node], Node]]:
    """Every criterion without nested ones: its section, the list it stands in, itself."""

    def below(section: str, nodes: list[Node]) -> Iterator[tuple[str, list[Node], Node]]:
        for node in nodes:
            if node.children:
                yield from below(section, node.children)
            else:
                yield section, nodes, node

    return [entry for section, nodes in document.items() for entry in below(section, nodes)]


def copied(document: Document) -> Document:
    return {section: [node.copy() for node in nodes] for section, nodes in document.items()}


def from_corpus(limit: int | None = None) -> list[Document]:
    """The texts of the corpus that are nothing but two plain lists, read line by line."""
    if not CORPUS.exists():
        return []
    found: list[Document] = []
    with gzip.open(CORPUS, "rt", encoding="utf-8") as records:
        for line in records:
            module = json.loads(line)["protocolSection"].get("eligibilityModule", {})
            document = _read(module.get("eligibilityCriteria", ""))
            if document:
                found.append(document)
            if limit and len(found) >= limit:
                break
    return found


def _read(text: str) -> Document | None:
    document: Document = {}
    stack: list[tuple[int, list[Node]]] = []
    for line in text.split("\n"):
        if title := _TITLE.fullmatch(line):
            if title[1].lower() in document:
                return None
            stack = [(-1, document.setdefault(title[1].lower(), []))]
        elif item := _LINE.fullmatch(line):
            if not stack:
                return None
            indent = len(item[1])
            while stack[-1][0] >= indent:
                stack.pop()
            if _TYPED.match(item[2]):
                return None
            node = Node(item[2])
            stack[-1][1].append(node)
            stack.append((indent, node.children))
        elif line.strip():
            return None
    whole = set(document) == {"inclusion", "exclusion"} and all(document.values())
    return document if whole and len(leaves(document)) >= 4 else None


_PEOPLE = ("Patients", "Participants", "Subjects", "Individuals")
_DRUGS = [
    "rituximab",
    "belimumab",
    "tacrolimus",
    "cyclophosphamide",
    "methotrexate",
    "azathioprine",
    "obinutuzumab",
    "anifrolumab",
    "sirolimus",
]
_ILLNESSES = [
    "interstitial lung disease",
    "uncontrolled epilepsy",
    "active tuberculosis",
    "chronic hepatitis B infection",
    "renal failure",
    "psoriatic arthritis",
    "primary immunodeficiency",
    "a second malignancy",
    "decompensated cirrhosis",
    "thyroid storm",
    "symptomatic arrhythmia",
    "cerebral vasculitis",
    "portal vein thrombosis",
    "severe asthma",
    "autoimmune hepatitis",
]
_MEASURES = (
    ("Platelet count", "×10^9/L", (30, 50, 75, 100)),
    ("Absolute neutrophil count", "×10^9/L", (0.5, 1.0, 1.5)),
    ("Hemoglobin", "g/dL", (7, 8, 9, 10)),
    ("LVEF", "%", (40, 45, 50, 55)),
    ("eGFR", "mL/min/1.73 m2", (30, 45, 60)),
    ("Total bilirubin", "× ULN", (1.5, 2, 3)),
    ("ALT and AST", "× ULN", (2.5, 3, 5)),
    ("SLEDAI-2K score", "", (6, 8, 10)),
    ("Body mass index", "kg/m2", (18, 30, 35)),
    ("Serum creatinine", "mg/dL", (1.5, 2.0)),
    ("ECOG performance status", "", (1, 2)),
    ("Life expectancy", "weeks", (12, 24)),
    ("Oxygen saturation", "%", (90, 92, 94)),
    ("QTc interval", "ms", (450, 470)),
)
_COMPARATORS = (
    "≥",
    ">=",
    "at least",
    "no less than",
    "greater than or equal to",
    "≤",
    "not exceeding",
    "less than",
    ">",
    "<",
    "no more than",
)


def invented(seed: int, count: int) -> list[Document]:
    """Texts made up from templates: short and long criteria, twins and neighbours that differ in a word or a number."""
    rng = random.Random(seed)
    return [_invent(rng) for _ in range(count)]


def _invent(rng: random.Random) -> Document:
    document: Document = {}
    for section in ("inclusion", "exclusion"):
        texts = list(dict.fromkeys(criterion(rng, section) for _ in range(rng.randint(5, 14))))
        nodes = [Node(text) for text in texts]
        if len(nodes) > 6 and rng.random() < 0.6:
            at = rng.randrange(2, len(nodes) - 3)
            header = Node(
                "Adequate organ function:" if section == "inclusion" else "Any of these conditions:"
            )
            header.children, nodes[at : at + 3] = nodes[at : at + 3], []
            nodes.insert(at, header)
        document[section] = nodes
    return document


def criterion(rng: random.Random, section: str) -> str:
    """One made-up criterion."""
    kind = rng.randrange(8)
    people, drug, other, illness = rng.choice(_PEOPLE), *rng.sample(_DRUGS, 2), rng.choice(_ILLNESSES)
    number, unit = rng.choice((2, 3, 4, 6, 8, 12)), rng.choice(("weeks", "months"))
    if kind < 3:
        name, measure, values = rng.choice(_MEASURES)
        return f"{name} {rng.choice(_COMPARATORS)} {rng.choice(values)} {measure}".strip()
    if kind == 3:
        return f"Treatment with {drug} within {number} {unit} before screening"
    if kind == 4:
        return f"History of {illness}"
    if kind == 5:
        return f"{people} with {illness} that was diagnosed at least {number} {unit} before the infusion of the study cells"
    if kind == 6:
        return f"{people} who received {drug} and did not respond to it; prior {other} is not counted here"
    if section == "inclusion":
        return rng.choice(
            (
                f"Age {rng.choice((18, 21))} to {rng.choice((65, 70, 75))} years",
                f"Willing to stop {drug} for the whole study",
            )
        )
    return rng.choice(
        (f"Known allergy to {drug} or {other}", "Pregnant or breastfeeding women", f"Current use of {other}")
    )
