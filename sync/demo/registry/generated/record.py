"""A generated record, as the bytes that the registry would send: parts out of pools, put together and edited."""

import random
from functools import cache

from sync.demo.registry.generated.draft import (
    HEADING,
    TITLES,
    WITHOUT_RESULTS,
    Draft,
    Line,
    edit,
    first_draft,
)
from sync.demo.registry.generated.life import ENDED, Life
from sync.demo.registry.generated.numbers import mixed
from sync.demo.registry.generated.results import results
from sync.demo.registry.generated.words import TEMPLATES, THEMES, Theme, Words, encoded, filled, inner

_AS_TOLD = {"RECRUITING", "NOT_YET_RECRUITING"}
"""A study with such a status has one at each site too."""
_LATER_RESULTS = 20_000


def record(words: Words, life: Life, release: str, *, sponsor: str, former: str | None = None) -> bytes:
    """The record of a study on a release; `sponsor` is the name that its sponsor has by then, `former` a former id."""
    draft = first_draft(words, life)
    for what, word in life.edits:
        edit(words, draft, what, word)
    theme, kind = THEMES[life.theme], words.sponsors[life.sponsor][1]
    labels = _labels(theme, draft)
    name = inner(sponsor)
    sections = [
        b'{"protocolSection":{"identificationModule":', _identification(words, life, draft, name, kind, former),
        b',"statusModule":', _status(words, life),
        b',"sponsorCollaboratorsModule":{"responsibleParty":{"type":"SPONSOR"},"leadSponsor":{"name":"%b","class":"%b"}}'
        % (name, kind),
        b',"oversightModule":{"oversightHasDmc":%b,"isFdaRegulatedDrug":false,"isFdaRegulatedDevice":false}'
        % (b"true" if life.word & 1 else b"false"),
        b',"descriptionModule":{', _description(words, draft),
        b'},"conditionsModule":{', _conditions(theme, life),
        b'},"designModule":{', _design(life, draft),
        b'},"armsInterventionsModule":{', _arms(words, theme, draft, labels),
        b'},"outcomesModule":{', _outcomes(words, draft),
        b'},"eligibilityModule":{', _eligibility(words, life, draft),
        b'},"contactsLocationsModule":{', _places(words, life, draft, name),
        b"}", _references(words, draft), b"}",
        _results(words, life, labels),
        b',"derivedSection":{"miscInfoModule":{"versionHolder":"%b"},' % release.encode(),
        _browse(life.theme, life.derived % 4),
        b'},"hasResults":true}' if life.results else b'},"hasResults":false}',
    ]  # fmt: skip
    return b"".join(sections)


def _identification(
    words: Words, life: Life, draft: Draft, sponsor: bytes, kind: bytes, former: str | None
) -> bytes:
    brief, official = titles(words, life.theme)[draft.title]
    return (
        b'{"nctId":"NCT%08d"%b,"orgStudyIdInfo":{"id":"%d-%05d"},"organization":{"fullName":"%b","class":"%b"},'
        b'"briefTitle":"%b","officialTitle":"%b"}'
    ) % (
        life.number, b',"nctIdAliases":["%b"]' % former.encode() if former else b"", life.first_posted.year,
        life.word % 100_000, sponsor, kind, brief, official,
    )  # fmt: skip


def _status(words: Words, life: Life) -> bytes:
    submitted, posted, first = life.submitted, life.posted, life.first_posted
    known = b',"lastKnownStatus":"%b"' % life.last_known.encode() if life.last_known else b""
    why = b""
    if life.status in ("TERMINATED", "WITHDRAWN", "SUSPENDED"):
        why = b',"whyStopped":"%b"' % words.reasons[life.stopped % len(words.reasons)]
    with_results = b""
    if life.results:
        with_results = b',"resultsFirstSubmitDate":"%b","resultsFirstPostDateStruct":{"date":"%b","type":"ACTUAL"}' % (
            str(life.completion).encode(), str(max(life.completion, first)).encode(),
        )  # fmt: skip
    dates = b"".join(
        b',"%bDateStruct":{"date":"%b","type":"%b"}'
        % (name, str(day)[:length].encode(), b"ACTUAL" if day <= posted else b"ESTIMATED")
        for name, day, length in (
            (b"start", life.start, 10 if life.word & 2 else 7),
            (b"primaryCompletion", life.primary, 10 if life.by_day else 7),
            (b"completion", life.completion, 10 if life.by_day else 7),
        )
    )
    return (
        b'{"statusVerifiedDate":"%b","overallStatus":"%b"%b%b,"expandedAccessInfo":{"hasExpandedAccess":false}%b'
        b',"studyFirstSubmitDate":"%b","studyFirstPostDateStruct":{"date":"%b","type":"ACTUAL"}%b'
        b',"lastUpdateSubmitDate":"%b","lastUpdatePostDateStruct":{"date":"%b","type":"ACTUAL"}}'
    ) % (
        str(submitted)[:7].encode(), life.status.encode(), known, why, dates, str(first).encode(), str(first).encode(),
        with_results, str(submitted).encode(), str(posted).encode(),
    )  # fmt: skip


def _description(words: Words, draft: Draft) -> bytes:
    summary = b" ".join([words.sentences[place] for place in draft.summary])
    if not draft.detailed:
        return b'"briefSummary":"%b"' % summary
    detailed = b"\\n\\n".join([words.sentences[place] for place in draft.detailed])
    return b'"briefSummary":"%b","detailedDescription":"%b"' % (summary, detailed)


def _conditions(theme: Theme, life: Life) -> bytes:
    many = 1 + (life.word >> 5) % 2
    return encoded(
        {
            "conditions": _some(theme.conditions, life.word >> 7, many),
            "keywords": _some(theme.keywords, life.word >> 9, many + 1),
        }
    )[1:-1]


def _some(words: list[str], at: int, many: int) -> list[str]:
    return [words[(at + number) % len(words)] for number in range(min(many, len(words)))]


def _design(life: Life, draft: Draft) -> bytes:
    phase = (b"NA", b"PHASE1", b"PHASE2", b"PHASE3", b"PHASE4")[(life.word >> 13) % 5]
    alone = draft.arms == 1
    return (
        b'"studyType":"INTERVENTIONAL","phases":["%b"],"designInfo":{"allocation":"%b","interventionModel":"%b",'
        b'"primaryPurpose":"TREATMENT","maskingInfo":{"masking":"%b"}},"enrollmentInfo":{"count":%d,"type":"%b"}'
    ) % (
        phase, b"NA" if alone else b"RANDOMIZED", b"SINGLE_GROUP" if alone else b"PARALLEL",
        b"NONE" if alone or life.word & 8 else b"DOUBLE", life.enrolled,
        b"ACTUAL" if life.status in ENDED else b"ESTIMATED",
    )  # fmt: skip


def _labels(theme: Theme, draft: Draft) -> list[bytes]:
    """The arms: the treatment under study, what it is compared with, and where there is a third, another dose."""
    product = inner(theme.products[draft.title // 2 % len(theme.products)])
    beside = inner(theme.besides[draft.title // 2 % len(theme.besides)])
    return [product, beside, product + b", high dose"][: draft.arms]


def _arms(words: Words, theme: Theme, draft: Draft, labels: list[bytes]) -> bytes:
    kind, names = theme.kind.encode(), labels[:2]
    arms = [
        b'{"label":"%b","type":"%b","description":"%b","interventionNames":["%b: %b"]}'
        % (
            label, b"ACTIVE_COMPARATOR" if number == 1 else b"EXPERIMENTAL", words.sentences[about],
            kind.capitalize(), names[number % 2],
        )
        for number, (label, about) in enumerate(zip(labels, draft.about_arms, strict=False))
    ]  # fmt: skip
    given = [b'{"type":"%b","name":"%b","armGroupLabels":["%b"]}' % (kind, name, name) for name in names]
    return b'"armGroups":[%b],"interventions":[%b]' % (b",".join(arms), b",".join(given))


def _outcomes(words: Words, draft: Draft) -> bytes:
    return b'"primaryOutcomes":[%b],"secondaryOutcomes":[%b]' % (
        b",".join([words.outcomes[place] for place in draft.primary]),
        b",".join([words.outcomes[place] for place in draft.secondary]),
    )


def _eligibility(words: Words, life: Life, draft: Draft) -> bytes:
    return (
        b'"eligibilityCriteria":"Inclusion Criteria:\\n\\n%b\\n\\nExclusion Criteria:\\n\\n%b","healthyVolunteers":false,'
        b'"sex":"%b","minimumAge":"18 Years","stdAges":["ADULT","OLDER_ADULT"]'
    ) % (
        _criteria(words, words.inclusions, draft.inclusions),
        _criteria(words, words.exclusions, draft.exclusions),
        b"FEMALE" if (life.word >> 17) % 10 == 0 else b"ALL",
    )


def _criteria(words: Words, pool: list[bytes], lines: list[Line]) -> bytes:
    return b"\\n".join(
        [
            b"* " + words.headings[place] + b"\\n" if before is HEADING else before + pool[place]
            for before, place in lines
        ]
    )


def _places(words: Words, life: Life, draft: Draft, sponsor: bytes) -> bytes:
    status = life.status.encode() if life.status in _AS_TOLD else b""
    sites = []
    for place in draft.sites:
        head, tail = words.sites[place]
        told = b',"status":"%b"' % draft.site_statuses.get(place, status) if status else b""
        sites.append(head + told + tail)
    central = b'"centralContacts":[%b],' % words.contacts[draft.contact] if status else b""
    official = words.contacts[life.word % len(words.contacts)].partition(b',"role"')[0]
    return b'%b"overallOfficials":[%b,"affiliation":"%b","role":"PRINCIPAL_INVESTIGATOR"}]%b' % (
        central, official, sponsor, b',"locations":[%b]' % b",".join(sites) if sites else b"",
    )  # fmt: skip


def _references(words: Words, draft: Draft) -> bytes:
    if not draft.references:
        return b""
    return b',"referencesModule":{"references":[%b]}' % b",".join(
        [words.references[place] for place in draft.references]
    )


def _results(words: Words, life: Life, labels: list[bytes]) -> bytes:
    if not life.results:
        return b""
    budget = life.size - WITHOUT_RESULTS if life.had_results else _LATER_RESULTS
    chance = random.Random(mixed(life.word, 7))  # noqa: S311
    return b',"resultsSection":' + results(words, chance, budget, labels)


@cache
def titles(words: Words, number: int) -> list[tuple[bytes, bytes]]:
    """Short and official titles about a theme; neighbours differ in the short one alone."""
    theme, chance = THEMES[number], words.chance(f"titles {number}")
    found: list[tuple[bytes, bytes]] = []
    for _ in range(TITLES // 2):
        product = theme.products[len(found) // 2 % len(theme.products)]
        other = theme.besides[len(found) // 2 % len(theme.besides)]
        condition = chance.choice(theme.conditions)

        slots = {"product": product, "other": other, "condition": condition}
        official = _titled("official", slots, chance)
        found += [(_titled("titles", slots, chance), official), (_titled("titles", slots, chance), official)]
    return found


def _titled(templates: str, slots: dict[str, str], chance: random.Random) -> bytes:
    text = chance.choice(TEMPLATES[templates])
    for slot, word in slots.items():
        text = text.replace(f"{{{slot}}}", word)
    text = filled(text, chance)
    return inner(text[0].upper() + text[1:])


@cache
def _browse(number: int, variant: int) -> bytes:
    """What the registry computes of a theme; with each variant one ancestor less or more."""
    theme = THEMES[number]
    ancestors = theme.ancestors[: len(theme.ancestors) - variant % 2]
    meshes = theme.mesh[: len(theme.mesh) - variant // 2]
    return encoded(
        {"conditionBrowseModule": {"meshes": [*map(_term, meshes)], "ancestors": [*map(_term, ancestors)]}}
    )[1:-1]


def _term(term: str) -> dict[str, str]:
    return {"id": f"D9{mixed(*term.encode()) % 10**5:05}", "term": term}
