"""What a generated record is put together from, before it is bytes, and what edits do to it."""

import random
from dataclasses import dataclass, field

from sync.demo.registry.generated.life import Life
from sync.demo.registry.generated.numbers import mixed, quantile
from sync.demo.registry.generated.words import Words

SITES = (
    (0, 0), (0.1, 0.99), (0.12, 1), (0.55, 1.99), (0.75, 3), (0.9, 11), (0.95, 38), (0.99, 95), (0.999, 260), (1, 461),
)  # fmt: skip
"""How many sites a study has, by its place among all."""
_BYTES_OF_SITE = 215
_STRIDE = 1_231
"""From one site to the next; it has no divisor in common with the number of places, so that none comes twice."""
_REST = 3_000
"""Bytes of what every record has: titles, dates, sponsor, design."""
WITHOUT_RESULTS = 8_000
TITLES = 400
"""About each theme."""
_OTHER_STATUSES = (b"COMPLETED", b"WITHDRAWN", b"NOT_YET_RECRUITING", b"ACTIVE_NOT_RECRUITING")

HEADING = b"+ "
Line = tuple[bytes, int]
"""A criterion, or the heading of nested ones: what stands before it, and its place in the pool."""


@dataclass
class Draft:
    """What a record is put together from: places in the pools, which edits change."""

    sites: list[int]
    contact: int
    title: int
    inclusions: list[Line]
    exclusions: list[Line]
    primary: list[int]
    secondary: list[int]
    summary: list[int]
    detailed: list[int]
    references: list[int]
    arms: int
    about_arms: list[int]
    site_statuses: dict[int, bytes] = field(default_factory=dict)


def first_draft(words: Words, life: Life) -> Draft:
    """The record as it is first."""
    chance = random.Random(mixed(life.word, 6))  # noqa: S311 - nobody has to guess them
    # Large records have many sites as a rule; of one study in five the one says nothing of the other.
    place = life.place if chance.random() < 0.8 else chance.random()
    sites = int(quantile(SITES, place))
    room = (WITHOUT_RESULTS * (0.6 + chance.random()) if life.had_results else life.size) - _REST
    if not life.had_results:
        sites = min(sites, max(1, int(0.75 * room / _BYTES_OF_SITE)))
        room -= sites * _BYTES_OF_SITE
    first_site = chance.randrange(len(words.sites))
    return Draft(
        sites=[(first_site + _STRIDE * number) % len(words.sites) for number in range(sites)],
        contact=chance.randrange(len(words.contacts)),
        title=2 * chance.randrange(TITLES // 2),
        inclusions=_lines(words, words.inclusions, chance, 0.16 * room),
        exclusions=_lines(words, words.exclusions, chance, 0.13 * room),
        primary=_as_many(words.outcomes, chance, min(400, 0.1 * room)),
        secondary=_as_many(words.outcomes, chance, 0.25 * room),
        summary=_as_many(words.sentences, chance, min(900, 0.12 * room)),
        detailed=_as_many(words.sentences, chance, 0.15 * room) if room > 3_000 else [],
        references=_as_many(words.references, chance, 0.12 * room)
        if room > 4_000 and chance.random() < 0.6
        else [],
        arms=1 + (chance.random() < 0.7) + (chance.random() < 0.15),
        about_arms=[chance.randrange(len(words.sentences)) for _ in range(3)],
    )


def _as_many(pool: list[bytes], chance: random.Random, budget: float) -> list[int]:
    """Places in a pool, of things that have about so many bytes together; one at least."""
    size, draw = len(pool), chance.random
    found = [int(draw() * size)]
    budget -= len(pool[found[0]])
    while budget > 0:
        found.append(place := int(draw() * size))
        budget -= len(pool[place]) + 4
    return found


def _lines(words: Words, pool: list[bytes], chance: random.Random, budget: float) -> list[Line]:
    """Criteria, some of them under a heading."""
    lines: list[Line] = []
    for place in _as_many(pool, chance, budget):
        nested = bool(lines) and lines[-1][0] != b"* " and chance.random() < 0.7
        if not nested and chance.random() < 0.06:
            lines.append((HEADING, chance.randrange(len(words.headings))))
            nested = True
        lines.append((b"  * " if nested else b"* ", place))
    return lines


def edit(words: Words, draft: Draft, kind: str, word: int) -> None:
    """Changes of the draft what an update of that kind changes."""
    at = word >> 16
    match kind:
        case "sites_added" | "sites_removed" | "site_status":
            _edit_sites(words, draft, kind, word)
        case "contacts":
            draft.contact = at % len(words.contacts)
        case "criteria":
            _turn_line(draft.inclusions if word % 2 else draft.exclusions, at)
        case "outcomes":
            _turn(draft.secondary if word % 4 else draft.primary, at)
        case "arms":
            _turn(draft.about_arms, at % draft.arms)
        case "references":
            draft.references.append(at % len(words.references))
        case "title":
            draft.title ^= 1
        case "description":
            _turn(draft.summary, at)


def _edit_sites(words: Words, draft: Draft, kind: str, word: int) -> None:
    sites, at = draft.sites, word >> 16
    if kind == "sites_added":
        last = sites[-1] if sites else at
        sites += [(last + _STRIDE * more) % len(words.sites) for more in range(1, 2 + word % 2)]
    elif kind == "sites_removed" and len(sites) > 1:
        sites.pop(at % len(sites))
    elif kind == "site_status" and sites:
        draft.site_statuses[sites[at % len(sites)]] = _OTHER_STATUSES[word % len(_OTHER_STATUSES)]


def _turn(places: list[int], at: int) -> None:
    """Puts the same thing with another number in its place."""
    if places:
        places[at % len(places)] ^= 1


def _turn_line(lines: list[Line], at: int) -> None:
    before, place = lines[at % len(lines)]
    lines[at % len(lines)] = before, place ^ 1
