"""Drawings: pure functions from values to SVG, in which classes stand for colours."""
