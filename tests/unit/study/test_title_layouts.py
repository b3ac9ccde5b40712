"""Where the exclusions begin, in every layout that people type; and one insertion is one change, whatever the labels."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sync.changes.criteria.changes import criteria_changes
from sync.study.criteria import parse

INCLUSIONS = ["Age 18 years or older", "Confirmed lupus nephritis", "Able to give consent"]
EXCLUSIONS = ["Active hepatitis B", "Prior stroke within {n} months", "Pregnancy"]

Layout = Callable[[list[str], list[str]], str]


def bullets(items: list[str], sign: str = "* ") -> str:
    return "\n".join(sign + item for item in items)


def numbered(items: list[str], gap: str = "\n") -> str:
    return gap.join(f"{at}. {item}" for at, item in enumerate(items, 1))


LAYOUTS: dict[str, Layout] = {
    "glued to a bullet": lambda i, e: (
        f"Inclusion Criteria:\n\n{bullets(i)} Exclusion Criteria:\n\n{bullets(e)}"
    ),
    "glued, no colon": lambda i, e: f"Inclusion Criteria:\n\n{bullets(i)} Exclusion Criteria\n\n{bullets(e)}",
    "after a full stop": lambda i, e: (
        f"Inclusion Criteria:\n\n{bullets(i)}. Exclusion Criteria\n\n{bullets(e)}"
    ),
    "no blank line": lambda i, e: f"Inclusion Criteria:\n{bullets(i)}\nExclusion Criteria:\n{bullets(e)}",
    "no blank, no colon": lambda i, e: f"Inclusion Criteria\n{bullets(i)}\nExclusion Criteria\n{bullets(e)}",
    "small letters": lambda i, e: f"inclusion criteria:\n{bullets(i)}\nexclusion criteria:\n{bullets(e)}",
    "capitals": lambda i, e: f"INCLUSION CRITERIA\n\n{numbered(i)}\n\nEXCLUSION CRITERIA\n\n{numbered(e)}",
    "one paragraph": lambda i, e: (
        f"Inclusion Criteria: {numbered(i, '; ')}. Exclusion Criteria: {numbered(e, '; ')}."
    ),
    "one paragraph of HTML": lambda i, e: (
        f"<p>Inclusion Criteria: {numbered(i, '; ')}. Exclusion Criteria: {numbered(e, '; ')}.</p>"
    ),
    "HTML lines": lambda i, e: (
        f"<p>Inclusion Criteria:<br>{bullets(i, '<br>- ')}<br>Exclusion Criteria:<br>{bullets(e, '<br>- ')}</p>"
    ),
    "titles as bullets": lambda i, e: (
        f"* Inclusion Criteria:\n{bullets(i, '  * ')}\n* Exclusion Criteria:\n{bullets(e, '  * ')}"
    ),
    "titles as numbers": lambda i, e: (
        f"1. Inclusion Criteria\n{bullets(i, '   * ')}\n2. Exclusion Criteria\n{bullets(e, '   * ')}"
    ),
    "bold": lambda i, e: f"**Inclusion Criteria**\n\n{bullets(i)}\n\n**Exclusion Criteria**\n\n{bullets(e)}",
    "headings": lambda i, e: f"## Inclusion\n\n{bullets(i)}\n\n## Exclusion\n\n{bullets(e)}",
}
TITLES = """
Exclusion: ; Exclusions: ; Key Exclusion Criteria: ; Main exclusion criteria: ; Exclusion Criterion:
Non-inclusion criteria: ; Criteria for exclusion: ; Exclusion Criteria (all patients): ; General Exclusion Criteria
Exlusion Criteria: ; Exclusion Critera: ; Exclusion criteria include: ; Exclusion Criteria are as follows:
Ineligibility criteria: ; Non-eligibility criteria: ; Elimination criteria: ; Contraindications: ; Rejection criteria:
Participants must not: ; Patients must NOT have: ; Subjects must not meet any of the following:
Patients will be excluded if: ; Patients with any of the following will be excluded: ; Subject Exclusion Criteria:
Subjects are ineligible if any of these apply: ; The following patients are not eligible: ; Reasons for exclusion:
Who cannot take part: ; Excluded: ; Not eligible: ; You may not join if you: ; Exclusion criteria (healthy volunteers)
Exclusion Criteria for Cohort A and B: ; Criteria for Non-inclusion: ; Exclusion Criteria - ; Exclusion Criteria：
Criterios de exclusión: ; Critères d'exclusion : ; Critères de non-inclusion : ; Ausschlusskriterien:
Kriterien für den Ausschluss: ; Criteri di esclusione: ; Critérios de exclusão: ; Exclusiecriteria: ; 排除标准：
Критерии исключения: ; 除外基準 ; 제외 기준: ; Eksklusionskriterier: ; Exklusionskriterier: ; Kryteria wykluczenia:
"""
LAYOUTS |= {
    title: lambda i, e, title=title: f"Inclusion Criteria:\n\n{bullets(i)}\n\n{title}\n\n{bullets(e)}"  # type: ignore[misc]
    for line in TITLES.strip().splitlines()
    for title in line.split(" ; ")
}

# Right under the list above, without a blank line: what is no plain title then is one by its place above a list.
TIGHT = """
Key Exclusion Criteria ; Main exclusion criteria ; Exclusion criteria for recipients: ; Patient exclusion criteria
Exclusion Criteria Part B ; Exclusion criteria for patients ; Exclusion Criteria (controls) ; EXCLUSION CRITERIA FOR CASES
Study exclusion criteria include: ; Contraindications: ; Exclusion Criteria for all cohorts ; Subject Exclusion Criteria
Exculsion Criteira: ; Exlcusion critera ; Excluson Critiera: ; Ineligibility criteria: ; Non-inclusion criteria
"""
LAYOUTS |= {
    f"tight: {title}": lambda i, e, title=title: f"Inclusion Criteria\n{bullets(i)}\n{title}\n{bullets(e)}"  # type: ignore[misc]
    for line in TIGHT.strip().splitlines()
    for title in line.split(" ; ")
}
LAYOUTS |= {
    "slips of the pen": lambda i, e: (
        f"Inclusoin Critreia:\n\n{bullets(i)}\n\nExculsion Criteira:\n\n{bullets(e)}"
    ),
    "glued, small letters": lambda i, e: (
        f"Inclusion Criteria:\n\n{bullets(i)} Exclusion criteria\n{bullets(e)}"
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_exclusions_begin_at_their_title_and_longer_look_backs_bar_more(name: str) -> None:
    before, after = (
        LAYOUTS[name](INCLUSIONS, [item.format(n=months) for item in EXCLUSIONS]) for months in (6, 12)
    )
    read = [(item.section, item.text.rstrip(";. ")) for item in parse(before).items]
    assert read == [
        *(("inclusion", item) for item in INCLUSIONS),
        *(("exclusion", item.format(n=6)) for item in EXCLUSIONS),
    ]
    found = criteria_changes(before, after)
    assert [(change.op, change.detail.section, change.detail.effect) for change in found] == [
        ("changed", "exclusion", "narrower")
    ]


LABELS: dict[str, Callable[[int], str]] = {
    "I1.": lambda n: f"I{n}.",
    "E01": lambda n: f"E{n:02d}",
    "E01)": lambda n: f"E{n:02d})",
    "EC-01:": lambda n: f"EC-{n:02d}:",
    "Excl. 1:": lambda n: f"Excl. {n}:",
    "INC01": lambda n: f"INC{n:02d}",
    "Q1.": lambda n: f"Q{n}.",
    "#1": lambda n: f"#{n}",
    "No. 1:": lambda n: f"No. {n}:",
    "Criterion 1:": lambda n: f"Criterion {n}:",
    "Item 1.": lambda n: f"Item {n}.",
    "1 -": lambda n: f"{n} -",
    "1–": lambda n: f"{n}–",
    "1.-": lambda n: f"{n}.-",
    "1/": lambda n: f"{n}/",
    "1°": lambda n: f"{n}°",
    "1、": lambda n: f"{n}、",
    "①": lambda n: "①②③④⑤⑥"[n - 1],
    "<1>": lambda n: f"<{n}>",
    "【1】": lambda n: f"【{n}】",
    "[1]": lambda n: f"[{n}]",
    "4.2.1": lambda n: f"4.2.{n}",
    "a)": lambda n: "abcdef"[n - 1] + ")",
    "IC-1": lambda n: f"IC-{n}",
    "I-1": lambda n: f"I-{n}",
    "1;": lambda n: f"{n};",
    "(1.)": lambda n: f"({n}.)",
    "❑": lambda n: "❑",
}


@pytest.mark.parametrize(
    "title", ["3. Exclusion criteria (any of):", "Exclusion criteria (one or more of the following):"]
)
def test_a_title_that_says_how_many_in_brackets_opens_its_section(title: str) -> None:
    text = f"1. Inclusion criteria (all of):\n\n* Gout\n* Age over 40 years\n\n{title}\n\n* Dialysis\n* Heart failure\n"
    sections = [item.section for item in parse(text).items if not item.is_title]
    assert sections == ["inclusion", "inclusion", "exclusion", "exclusion"]


@pytest.mark.parametrize("outer", ["", "* "], ids=["plain", "bulleted"])
@pytest.mark.parametrize("gap", ["\n", "\n\n"], ids=["lines", "paragraphs"])
@pytest.mark.parametrize("label", LABELS)
def test_one_insertion_among_labelled_criteria_is_one_change(label: str, gap: str, outer: str) -> None:
    def text(items: list[str]) -> str:
        rows = gap.join(f"{outer}{LABELS[label](at)} {item}" for at, item in enumerate(items, 1))
        return f"Inclusion Criteria:\n\n* Age 18 years or older\n\nExclusion Criteria:\n\n{rows}"

    items = ["Active hepatitis B", "Prior stroke", "Pregnancy", "Untreated glaucoma"]
    found = criteria_changes(text(items), text([items[0], "Severe asthma", *items[1:]]))
    assert [(change.op, change.old, change.new) for change in found] == [("added", None, "Severe asthma")]


@pytest.mark.parametrize(
    "text",
    ["N1. disease is allowed", "T1: tumour of less than 2 cm", "B12 deficiency", "CD4 count below 200"],
)
def test_a_name_that_looks_like_a_label_is_text_where_no_second_one_follows(text: str) -> None:
    assert parse(f"Exclusion Criteria:\n\n* Stroke\n* {text}").items[1].text == text


@pytest.mark.parametrize(
    "line",
    [
        "Infusion criteria:",
        "Exclusion of pregnancy",
        "exclusion criteria",
        "Inclusion body myositis",
        "Does not meet the exclusion criteria",
        "Inclusive criteria",
    ],
)
def test_a_line_that_only_sounds_like_a_title_opens_no_section(line: str) -> None:
    wrapped = f"Inclusion Criteria:\n\n* Age 18 years or older\n* Meets none of the\n  {line}\n* Able to give consent"
    assert {item.section for item in parse(wrapped).items} == {"inclusion"}


def test_a_sentence_in_a_paragraph_tells_the_exclusions() -> None:
    found = parse(
        "Adults with lupus nephritis. Exclusion criteria include stroke within 6 months and pregnancy."
    )
    assert [(item.section, item.text) for item in found.items] == [
        ("inclusion", "Adults with lupus nephritis."),
        ("exclusion", "stroke within 6 months and pregnancy."),
    ]
