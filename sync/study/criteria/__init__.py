"""Eligibility texts as criteria: `parse` reads Markdown or HTML into a tree of items, each at its place."""

from sync.study.criteria.model import Criteria, Criterion
from sync.study.criteria.parser import parse, too_long

__all__ = ["Criteria", "Criterion", "parse", "too_long"]
