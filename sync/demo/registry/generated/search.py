"""Which studies a search can find at all, told without making their records: a sweep by date, a search for a disease."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from sync.demo.registry.corpus import Version, words
from sync.demo.registry.generated import calendar
from sync.demo.registry.generated.calendar import BLOCK, FIRST, Calendar
from sync.demo.registry.generated.life import life_on, numbers_about, posted, theme_of
from sync.demo.registry.generated.record import titles
from sync.demo.registry.generated.words import THEMES, Words
from sync.demo.registry.query import Test
from sync.demo.registry.search import Search

ABOUT_THEME = ("query.cond", "query.intr", "query.titles")
"""The queries whose words come from a study's theme, or from sentences that all themes share."""
_NOT_ONLY_WORDS = re.compile(r"\b(?:NOT|MISSING|AREA|RANGE)\b")
_RANGE = re.compile(
    r"\s*AREA\[LastUpdatePostDate\]\s*RANGE\[\s*(\d{4}-\d\d-\d\d|MIN)\s*,\s*(\d{4}-\d\d-\d\d|MAX)\s*\]\s*"
)
_EVER = ("0000-00-00", "9999-99-99")


def candidates(of: Calendar, with_words: Words, search: Search, release: int) -> Iterator[int]:
    """The studies that a search may find: all others it does not. Dates and statuses are settled with that."""
    low, high = days = _days(search) or _EVER
    numbers = _numbers(of, with_words, search, release, low, high)
    if days != _EVER:
        numbers = (number for number in numbers if low <= str(posted(of, number, release)) <= high)
    if statuses := search.given.get("filter.overallStatus"):
        wanted = set(re.split(r"[|,]", statuses))
        numbers = (number for number in numbers if life_on(of, number, release).status in wanted)
    yield from numbers


def remaining_test(search: Search, version: Callable[[int], Version]) -> Callable[[int], bool]:
    """Tests a candidate by what its number alone does not settle; its record is made only where there is anything left."""
    tests = [*search.texts.values()]
    if "filter.advanced" in search.filters and _days(search) is None:
        tests.append(search.filters["filter.advanced"])
    if not tests:
        return lambda _: True

    def test(number: int) -> bool:
        candidate = version(number)
        return all(each(candidate) for each in tests)

    return test


def _days(search: Search) -> tuple[str, str] | None:
    """From when to when the last update is to have been posted, where that is all that `filter.advanced` says; else None."""
    match = _RANGE.fullmatch(search.given.get("filter.advanced", ""))
    if match is None:
        return None
    return match[1].replace("MIN", _EVER[0]), match[2].replace("MAX", _EVER[1])


def _numbers(
    of: Calendar, with_words: Words, search: Search, release: int, low: str, high: str
) -> Iterable[int]:
    if low > str(calendar.EPOCH):
        last = release if high == _EVER[1] else min(release, calendar.until(high))
        days = range(calendar.until(low), last + 1)
        return sorted({number for day in days for number in of.edited_on(day)})
    themes = _themes(search, with_words)
    if themes is None:
        return of.numbers(release)
    return _about(of, themes, release)


def _about(of: Calendar, themes: set[int], release: int) -> Iterator[int]:
    last = FIRST + of.studies
    for block in range(FIRST // BLOCK, -(-last // BLOCK)):
        for theme in themes:
            yield from (number for number in numbers_about(of.seed, theme, block) if number < last)
    yield from (number for number in of.registered(1, release) if theme_of(of.seed, number) in themes)


def _themes(search: Search, with_words: Words) -> set[int] | None:
    """The themes that have the words of a search; None where it does not ask for words that only some of them have."""
    tests = [
        test
        for name, test in search.texts.items()
        if name in ABOUT_THEME and not _NOT_ONLY_WORDS.search(search.given[name])
    ]
    if not tests:
        return None
    return {theme for theme in range(len(THEMES)) if _may_find(tests, _specimen(with_words, theme))}


def _may_find(tests: Iterable[Test], specimen: Version) -> bool:
    return all(test(specimen) for test in tests)


class _Specimen(Version):
    """A record with all that a study about a theme can say."""

    def __init__(self, study: dict[str, object], shared: str) -> None:
        super().__init__("", study)
        self._shared = shared

    def words(self, area: str) -> str:
        """The words of an area; any of the shared sentences may stand in it."""
        return super().words(area) + self._shared


@cache
def _specimen(with_words: Words, number: int) -> Version:
    theme = THEMES[number]
    brief, official = zip(
        *((one.decode(), two.decode()) for one, two in titles(with_words, number)), strict=True
    )
    meshes = [{"term": term} for term in (*theme.mesh, *theme.ancestors)]
    names = [*theme.products, *theme.besides, *(f"{product}, high dose" for product in theme.products)]
    study: dict[str, object] = {
        "protocolSection": {
            "identificationModule": {"briefTitle": list(brief), "officialTitle": list(official)},
            "conditionsModule": {"conditions": theme.conditions, "keywords": theme.keywords},
            "armsInterventionsModule": {"interventions": [{"name": name} for name in names]},
        },
        "derivedSection": {"conditionBrowseModule": {"meshes": meshes}},
    }
    return _Specimen(study, _shared(with_words))


@cache
def _shared(with_words: Words) -> str:
    return " | ".join(words(sentence.decode()) for sentence in with_words.sentences) + " | "
