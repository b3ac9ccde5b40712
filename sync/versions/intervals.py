"""How far a counted share or rate may be from the true one: 95 % intervals (pure).

Shares: Wilson's score interval (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927, 209-212), which stays within 0 and 1 and is
right for few and for none. Rates: Garwood's exact interval of a Poisson count (F. Garwood, Biometrika 28, 1936, 437-442).
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, lgamma, log, sqrt
from typing import NamedTuple

Z = 1.959964
"""The normal distribution's 97.5th percentile."""
TAIL = 0.025
LARGE = 300
"""From this count on Garwood's limits are taken from Byar's approximation, which is within 0.01 % of them there."""


class Interval(NamedTuple):
    """The limits between which the true value lies, in 95 of 100 such counts."""

    low: float
    high: float


def share_interval(part: int, whole: int) -> Interval:
    """Wilson's interval of `part` of `whole`; the whole range where there is nothing to count in."""
    if whole == 0:
        return Interval(0.0, 1.0)
    share, z2 = part / whole, Z * Z / whole
    middle, reach = share + z2 / 2, Z * sqrt(share * (1 - share) / whole + z2 / whole / 4)
    low = 0.0 if part == 0 else (middle - reach) / (1 + z2)
    high = 1.0 if part == whole else (middle + reach) / (1 + z2)
    return Interval(low, high)


def count_interval(count: int) -> Interval:
    """Garwood's interval of the mean of a Poisson count. Divided by the time of observation: that of the rate."""
    if count >= LARGE:
        return Interval(_byar(count, -Z), _byar(count + 1, Z))
    low = 0.0 if count == 0 else _solve(lambda mean: 1 - _at_most(count - 1, mean), TAIL, count, rising=True)
    return Interval(low, _solve(lambda mean: _at_most(count, mean), TAIL, count, rising=False))


def _byar(count: int, z: float) -> float:
    return count * (1 - 1 / (9 * count) + z / (3 * sqrt(count))) ** 3


def _at_most(count: int, mean: float) -> float:
    """The probability of at most `count` where `mean` are expected."""
    if mean == 0:
        return 1.0
    return sum(exp(number * log(mean) - mean - lgamma(number + 1)) for number in range(count + 1))


def _solve(probability: Callable[[float], float], target: float, count: int, *, rising: bool) -> float:
    """The mean at which a probability that rises or falls with it meets its target, halved down to a millionth."""
    low, high = 0.0, 4.0 * count + 20.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        if (probability(middle) < target) is rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2
