"""Memory that was freed is given back where the C library can, and nothing fails where it cannot."""

from __future__ import annotations

import ctypes
from types import SimpleNamespace

import pytest

from sync.cycle import freed


def resident_kb() -> int:
    with open("/proc/self/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


@pytest.fixture(autouse=True)
def _asked_anew() -> None:
    freed._trim.cache_clear()


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="not this C library")
def test_what_was_freed_between_what_is_still_used_is_given_back() -> None:
    pieces = [bytes(20_000) for _ in range(4_000)]
    kept = pieces[::400]
    held = resident_kb()
    del pieces
    freed.give_back()
    assert held - resident_kb() > 40_000
    assert len(kept) == 10


def test_a_library_without_it_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: SimpleNamespace())
    freed.give_back()
    freed._trim.cache_clear()
