"""What is kept in memory: bounded, the least recently asked for goes first, and nothing is made twice without need."""

from __future__ import annotations

from sync.web.views.cache import Cache


def test_the_value_that_nobody_asked_for_longest_makes_room():
    cache: Cache[str] = Cache(2)
    cache.keep("a", "1")
    cache.keep("b", "2")
    assert cache.known("a") == "1"
    cache.keep("c", "3")
    assert [cache.known(key) for key in "abc"] == ["1", None, "3"]


def test_a_value_is_made_once_and_an_empty_one_is_a_value_too():
    cache: Cache[tuple[str, ...]] = Cache(2)
    made: list[int] = []

    def make() -> tuple[str, ...]:
        made.append(1)
        return ()

    assert cache.get("a", make) == cache.get("a", make) == ()
    assert len(made) == 1


def test_a_value_that_could_not_be_made_is_tried_again():
    cache: Cache[float] = Cache(2)
    divisors = iter((0, 2))
    for expected in (None, 4.0):
        try:
            found = cache.get("a", lambda: 8 / next(divisors))
        except ZeroDivisionError:
            found = None
        assert found == expected
