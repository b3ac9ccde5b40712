"""The table that decides what a trial has to do with CAR-T cells, from top to bottom (pure)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from sync.cohort.facts import Facts
from sync.cohort.vocabulary import TrialClass

Confidence = Literal["certain", "likely", "uncertain"]
"""`uncertain` asks for a person's look."""
RULES_VERSION = 10
"""Raised with every change of the rules or the terms: a test holds it against their fingerprint."""


class Rule(NamedTuple):
    """One line of the table: when it holds, what the study is then, and how sure that is."""

    name: str
    holds: Callable[[Facts], bool]
    class_: Callable[[Facts], TrialClass]
    confidence: Confidence
    needs_a_car: bool = True
    """Whether it holds of no record in which no construct is mentioned."""


def _is(name: TrialClass) -> Callable[[Facts], TrialClass]:
    return lambda _: name


RULES = (
    # A stub says nothing of what the trial is: that is not known, which is another thing than none.
    Rule(
        "the registry withholds its record",
        lambda f: f.study.withheld,
        _is("not_related"),
        "uncertain",
        needs_a_car=False,
    ),
    Rule(
        "it only follows up those who had a CAR",
        lambda f: bool(f.follow_up and f.found.all),
        _is("follow_up"),
        "certain",
    ),
    Rule(
        "it observes, and a CAR is in its title, its groups or its summary",
        lambda f: f.is_observational and bool(f.given or f.titled or f.beside or f.told),
        _is("around_car_t"),
        "certain",
    ),
    Rule(
        "its title is of something else, given before or after a CAR",
        lambda f: f.title_is_of_a_companion,
        _is("around_car_t"),
        "likely",
    ),
    Rule(
        "its title is of what a CAR leads to in those who had it",
        lambda f: f.title_examines,
        _is("around_car_t"),
        "likely",
    ),
    Rule(
        "its title is of other drugs, and any CAR-T is listed beside them",
        lambda f: bool(f.given) and f.is_of_other_drugs,
        _is("around_car_t"),
        "uncertain",
    ),
    Rule("a CAR is one of its interventions", lambda f: bool(f.given), lambda f: f.product_class, "certain"),
    Rule(
        "a CAR is in its title, and what it gives is something else",
        lambda f: bool(f.titled) and f.gives_no_cells,
        _is("around_car_t"),
        "uncertain",
    ),
    Rule(
        "a CAR is in its title, and nothing else is given",
        lambda f: bool(f.titled) and not f.main_drugs,
        lambda f: f.product_class,
        "certain",
    ),
    Rule("a CAR is in its title", lambda f: bool(f.titled), lambda f: f.product_class, "uncertain"),
    Rule(
        "other cells are given, and its title has no CAR",
        lambda f: bool(f.other_cells) and not f.beside,
        _is("tcr_til_other_cells"),
        "certain",
        needs_a_car=False,
    ),
    Rule(
        "its texts tell a CAR as given, and what it gives is cells or a code that nothing explains",
        lambda f: bool(f.beside) and f.gives_what_a_text_gives,
        lambda f: f.product_class,
        "uncertain",
    ),
    Rule(
        "it gives something before, with or after a CAR",
        lambda f: bool(f.beside),
        _is("around_car_t"),
        "likely",
    ),
    Rule(
        "its texts call one of its interventions a CAR",
        lambda f: bool(f.explained),
        lambda f: f.product_class,
        "likely",
    ),
    Rule(
        "its texts tell a CAR as what is given",
        lambda f: bool(f.told and f.names) and not f.main_drugs and not f.gives_no_cells,
        lambda f: f.product_class,
        "likely",
    ),
    Rule(
        "its summary tells a CAR, and what it gives has a maker's code alone",
        lambda f: f.gives_what_is_summed_up,
        lambda f: f.product_class,
        "uncertain",
    ),
    Rule(
        "its T cells are gene-modified",
        lambda f: bool(f.gene_modified),
        _is("car_t_product"),
        "uncertain",
        needs_a_car=False,
    ),
    Rule("its texts mention a CAR", lambda f: bool(f.told), _is("not_related"), "uncertain"),
    Rule(
        "cells are given of which it does not say what they are",
        lambda f: f.unknown_cells,
        _is("not_related"),
        "uncertain",
        needs_a_car=False,
    ),
    Rule("nothing of it is of a CAR", lambda _: True, _is("not_related"), "certain", needs_a_car=False),
)
"""From top to bottom: the first that holds decides."""
_WITHOUT_A_CAR = tuple(each for each in RULES if not each.needs_a_car)


def rule_for(facts: Facts) -> Rule:
    """The rule that decides; where no construct is mentioned, as in 19 of 20 records, the others are not asked."""
    return next(each for each in (RULES if facts.found.all else _WITHOUT_A_CAR) if each.holds(facts))
