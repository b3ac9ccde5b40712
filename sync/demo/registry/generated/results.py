"""Results of generated records: tables out of pools, as many as the size of a record leaves room for."""

import random
from functools import cache
from typing import Any

from sync.demo.registry.generated.words import GENERIC, Words, encoded, inner

FEWEST_BYTES = 9_000
"""Of the least that a record with results says of them."""
_MOST_GROUPS = 4


def results(words: Words, chance: random.Random, budget: float, labels: list[bytes]) -> bytes:
    """A results section of about so many bytes, about groups with these labels."""
    groups = min(max(len(labels), 1), _MOST_GROUPS)
    rooms = max(budget, FEWEST_BYTES) - FEWEST_BYTES / 2
    measured = _as_many(_measures(words, groups), chance, 0.6 * rooms)
    events = _as_many(_events(words, groups), chance, 0.4 * rooms)
    serious = len(events) // 3
    heads = [
        _groups(prefix, labels[:groups] or [b"All participants"], more)
        for prefix, more in ((b"FG", b""), (b"BG", b""), (b"EG", _affected(chance)))
    ]
    return b"".join(
        (
            b'{"participantFlowModule":{"groups":[', heads[0], b'],"periods":[', chance.choice(_flows(words, groups)),
            b']},"baselineCharacteristicsModule":{"groups":[', heads[1], b"],", chance.choice(_baselines(words, groups)),
            b'},"outcomeMeasuresModule":{"outcomeMeasures":[', b",".join(measured),
            b']},"adverseEventsModule":{"frequencyThreshold":"5","timeFrame":"From first dose to last visit",'
            b'"eventGroups":[', heads[2], b'],"seriousEvents":[', b",".join(events[:serious]),
            b'],"otherEvents":[', b",".join(events[serious:]),
            b']},"moreInfoModule":{"certainAgreement":{"piSponsorEmployee":false,"restrictiveAgreement":false}}}',
        )
    )  # fmt: skip


def _as_many(pool: list[bytes], chance: random.Random, budget: float) -> list[bytes]:
    found = [chance.choice(pool)]
    budget -= len(found[0])
    while budget > 0:
        found.append(chance.choice(pool))
        budget -= len(found[-1])
    return found


def _groups(prefix: bytes, labels: list[bytes], more: bytes) -> bytes:
    return b",".join(
        b'{"id":"%b%03d","title":"%b"%b}' % (prefix, number, label, more)
        for number, label in enumerate(labels)
    )


def _affected(chance: random.Random) -> bytes:
    return (
        b',"deathsNumAffected":%d,"deathsNumAtRisk":%d,"seriousNumAffected":%d,"seriousNumAtRisk":%d,'
        b'"otherNumAffected":%d,"otherNumAtRisk":%d'
    ) % (chance.randrange(4), 240, chance.randrange(30), 240, chance.randrange(200), 240)


def _counts(
    prefix: str, name: str, chance: random.Random, groups: int, most: int = 200
) -> list[dict[str, Any]]:
    return [
        {"groupId": f"{prefix}{number:03}", name: str(chance.randrange(most))} for number in range(groups)
    ]


@cache
def _flows(words: Words, groups: int) -> list[bytes]:
    def flow(chance: random.Random) -> bytes:
        started, completed, dropped = (_counts("FG", "numSubjects", chance, groups) for _ in range(3))
        return encoded(
            {
                "title": "Overall Study",
                "milestones": [
                    {"type": "STARTED", "achievements": started},
                    {"type": "COMPLETED", "achievements": completed},
                ],
                "dropWithdraws": [{"type": "Withdrawal by Subject", "reasons": dropped}],
            }
        )

    return words.pool(f"flows {groups}", 60, flow)


@cache
def _baselines(words: Words, groups: int) -> list[bytes]:
    def baseline(chance: random.Random) -> bytes:
        measures = [
            {
                "title": title,
                "paramType": "COUNT_OF_PARTICIPANTS",
                "unitOfMeasure": "Participants",
                "classes": [
                    {
                        "categories": [
                            {"title": category, "measurements": _counts("BG", "value", chance, groups)}
                            for category in categories
                        ]
                    }
                ],
            }
            for title, categories in (
                ("Age, Categorical", ("<=18 years", "Between 18 and 65 years", ">=65 years")),
                ("Sex: Female, Male", ("Female", "Male")),
                ("Region of Enrollment", tuple(chance.sample(GENERIC["countries"], chance.randrange(1, 5)))),
            )
        ]
        counts = _counts("BG", "value", chance, groups)
        return encoded({"denoms": [{"units": "Participants", "counts": counts}], "measures": measures})[1:-1]

    return words.pool(f"baselines {groups}", 60, baseline)


@cache
def _measures(words: Words, groups: int) -> list[bytes]:
    def measure(chance: random.Random) -> bytes:
        said = chance.choice(words.outcomes)[1:-1].replace(b'"measure":', b'"title":')
        categories = [
            {
                "title": f"Week {week}",
                "categories": [{"measurements": _counts("OG", "value", chance, groups)}],
            }
            for week in range(4, 4 + 4 * chance.randrange(1, 9), 4)
        ]
        table = {
            "reportingStatus": "POSTED",
            "paramType": "MEAN",
            "dispersionType": "Standard Deviation",
            "unitOfMeasure": "score on a scale",
            "groups": [{"id": f"OG{number:03}", "title": f"Group {number + 1}"} for number in range(groups)],
            "denoms": [{"units": "Participants", "counts": _counts("OG", "value", chance, groups)}],
            "classes": categories,
        }
        return b'{"type":"SECONDARY",' + said + b"," + encoded(table)[1:]

    return words.pool(f"measures {groups}", 300, measure)


@cache
def _events(words: Words, groups: int) -> list[bytes]:
    def event(chance: random.Random) -> bytes:
        term = f"{chance.choice(GENERIC['sites_of_events']).capitalize()} {chance.choice(GENERIC['events']).lower()}"
        head = b'{"term":"%b","organSystem":"%b","assessmentType":"SYSTEMATIC_ASSESSMENT","stats":['
        stats = b",".join(
            b'{"groupId":"EG%03d","numEvents":%d,"numAffected":%d,"numAtRisk":240}'
            % (number, chance.randrange(60), chance.randrange(40))
            for number in range(groups)
        )
        return head % (inner(term), inner(chance.choice(GENERIC["organs"]))) + stats + b"]}"

    return words.pool(f"events {groups}", 1_000, event)
