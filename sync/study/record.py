"""Reading a record: from bytes to a checked mapping, and a typed view that tolerates anything missing or odd."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, NoReturn

import msgspec

from sync.errors import UnreadableRecord
from sync.study.dates import PartialDate
from sync.study.plain import PLAIN, plain
from sync.study.spans import NO_JSON

Record = dict[str, Any]

MAX_DEPTH = 50
"""Levels of nesting that a record may have; real ones have 11."""
MAX_LISTS = 10
"""Lists within lists that a record may have; real ones have 4."""

_DIGITS = re.compile(r"\d{1,15}", re.ASCII)
NCT_ID = re.compile(r"NCT\d{8}", re.ASCII)


def is_nct_id(value: object) -> bool:
    """Whether `value` is the text of an NCT ID: NCT and eight digits."""
    return isinstance(value, str) and NCT_ID.fullmatch(value) is not None


def no_id(value: object) -> UnreadableRecord:
    """What is wrong with a record that has this instead of its NCT ID."""
    return UnreadableRecord("it has no NCT ID" if value is None else f"it has no NCT ID but {value!r:.60}")


def read_record(raw: bytes) -> Record:
    """The study in `raw`; raises UnreadableRecord with the reason when it cannot be kept and compared."""
    record = read_object(raw)
    if not is_nct_id(Study(record).nct_id):
        raise no_id(Study(record).nct_id)
    return record


def read_object(raw: bytes) -> Record:
    """The JSON object in `raw`, read more strictly than `json` does.

    Repeated keys, NaN, numbers beyond a double, lone surrogates and nesting deeper than MAX_DEPTH are refused, because
    two readers would not agree on what such a record says. Raises UnreadableRecord.
    """
    value = _read_quickly(raw)
    return _read_strictly(raw) if value is None else value


_Leaf = str | int | float | bool | None
_SHALLOW = 12
"""Levels of objects and lists in which all real records have room: they have eleven, no list directly in another.

Each level is described by the two below it, so that a decoder of sixteen takes five times as long to make.
"""


def _shallow(levels: int) -> Any:
    """JSON of so few levels, as a type of msgspec: so it is the decoder that counts them."""
    if levels < 2:
        return _Leaf
    within, below = _shallow(levels - 1), _shallow(levels - 2)
    return _Leaf | dict[str, within] | list[_Leaf | dict[str, below]]  # type: ignore[valid-type]


@cache
def _decoder() -> msgspec.json.Decoder[Any]:
    # Made when it is first needed: it takes 3 ms, which no command should pay that reads no record.
    return msgspec.json.Decoder(_shallow(_SHALLOW))


_written = msgspec.json.Encoder().encode


def _read_quickly(raw: bytes) -> Record | None:
    """The object, where it is sure that reading it strictly comes to the same, in a fifth of the time; else None.

    What is written anew to the very bytes that were read had no key twice, and nothing that readers differ about.
    """
    try:
        value = _decoder().decode(raw)
        return value if isinstance(value, dict) and _written(value) == raw else None
    except NO_JSON:
        return None


def _read_strictly(raw: bytes) -> Record:
    try:
        value = json.loads(
            # By ourselves: `json` would guess another encoding from the first bytes, and take a record in UTF-16.
            raw.decode("utf-8"),
            object_pairs_hook=_without_repeats,
            parse_constant=_refuse_constant,
            # `json` makes infinity of 1e400, where the fast readers refuse the whole page.
            parse_float=_finite,
        )
        _check_tree(value)
    except UnicodeDecodeError as error:
        raise UnreadableRecord(f"it is not UTF-8 (byte {error.start})") from error
    except RecursionError as error:
        raise UnreadableRecord(f"it is nested deeper than {MAX_DEPTH} levels") from error
    except ValueError as error:
        raise UnreadableRecord(f"it is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise UnreadableRecord(f"it is {json_type(value)}, not an object")
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for key, value in pairs:
        if key in members:
            raise UnreadableRecord(f"it has the key {key!r:.60} twice in one object")
        members[key] = value
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise UnreadableRecord(f"it holds {name}, which is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise UnreadableRecord(f"it holds a number beyond any measure: {text:.40}")
    return number


def _check_tree(root: Any) -> None:
    """Refuse what is nested too deeply or holds half a character, level by level (no recursion on hostile input)."""
    level = [(root, 0)]
    for _ in range(MAX_DEPTH + 1):
        if not level:
            return
        # The parser has bounded the depth by its own recursion already, but at a limit that differs from one Python to
        # the next.
        level = [child for node, lists in level for child in _children(node, lists)]
    raise UnreadableRecord(f"it is nested deeper than {MAX_DEPTH} levels")


def _children(node: Any, lists: int) -> Iterator[tuple[Any, int]]:
    """What stands in a node, and in how many lists."""
    if isinstance(node, dict):
        for key, value in node.items():
            _check_text(key)
            yield value, lists
    elif isinstance(node, list):
        if lists == MAX_LISTS:
            raise UnreadableRecord(f"it has lists nested deeper than {MAX_LISTS} levels")
        yield from ((value, lists + 1) for value in node)
    elif isinstance(node, str):
        _check_text(node)


def _check_text(text: str) -> None:
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise UnreadableRecord(
                f"it holds half a character (a lone surrogate) in {text[:40]!r}"
            ) from error


def json_type(value: Any) -> str:
    """What a JSON value is, in words."""
    names = {
        dict: "an object",
        list: "a list",
        str: "a string",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    return names.get(type(value), "null")


@dataclass(frozen=True, slots=True)
class Enrollment:
    """Number of participants, and whether it is ESTIMATED (planned; old records say ANTICIPATED) or ACTUAL."""

    count: int | None
    type: str | None


@dataclass(frozen=True, slots=True)
class DateStruct:
    """A date of the study with its type, ESTIMATED or ACTUAL (None where the record does not say)."""

    date: PartialDate
    type: str | None


def at(tree: Any, *path: str) -> Any:
    """What stands in `tree` at `path`, or None where the path ends early or runs into something that is not a mapping."""
    for name in path:
        if not isinstance(tree, dict):
            return None
        tree = tree.get(name)
    return tree


def _whole_number(value: Any) -> int | None:
    """The number, also where it is given as text; None where it is not a number."""
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        return int(value)
    is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return int(value) if is_whole and not isinstance(value, bool) else None


def estimated(kind: str | None) -> str | None:
    """The type of a date or an enrolment in today's words: versions from before 2024 say ANTICIPATED for ESTIMATED."""
    return "ESTIMATED" if kind == "ANTICIPATED" else kind


class Study:
    """A typed view of the fields we read. What is missing, unknown or of a wrong type is None or empty, never an error."""

    def __init__(self, record: Record) -> None:
        self.record = record
        protocol = record.get("protocolSection")
        self._protocol: Record = protocol if isinstance(protocol, dict) else {}

    @classmethod
    def of_status(
        cls, module: Mapping[str, Any], nct_id: str | None = None, title: str | None = None
    ) -> Study:
        """A study of which no more is known than its status module: enough for its status and its dates."""
        identification = {"nctId": nct_id, "briefTitle": title}
        return cls({"protocolSection": {"identificationModule": identification, "statusModule": module}})

    def _text(self, *path: str) -> str | None:
        value = at(self._protocol, *path)
        return PLAIN[value] or None if isinstance(value, str) else None

    def _texts(self, *path: str) -> tuple[str, ...]:
        values = at(self._protocol, *path)
        return (
            tuple([PLAIN[value] for value in values if isinstance(value, str)])
            if isinstance(values, list)
            else ()
        )

    def _objects(self, *path: str) -> tuple[Record, ...]:
        values = at(self._protocol, *path)
        return (
            tuple([value for value in values if isinstance(value, dict)]) if isinstance(values, list) else ()
        )

    def _date(self, name: str) -> DateStruct | None:
        struct = at(self._protocol, "statusModule", name)
        found = PartialDate.parse(struct.get("date")) if isinstance(struct, dict) else None
        return DateStruct(found, estimated(self._text("statusModule", name, "type"))) if found else None

    @property
    def nct_id(self) -> str | None:
        """The id as it stands in the record, unchecked."""
        value = at(self._protocol, "identificationModule", "nctId")
        return value if isinstance(value, str) else None

    @property
    def aliases(self) -> tuple[str, ...]:
        """Obsolete ids that now lead to this study."""
        return self._texts("identificationModule", "nctIdAliases")

    @cached_property
    def title(self) -> str:
        """The brief title, else the official one, else nothing."""
        return (
            self._text("identificationModule", "briefTitle")
            or self._text("identificationModule", "officialTitle")
            or ""
        )

    @cached_property
    def status(self) -> str | None:
        """The overall status: RECRUITING, COMPLETED, UNKNOWN … or a word that is new."""
        return self._text("statusModule", "overallStatus")

    @property
    def why_stopped(self) -> str | None:
        """The sponsor's reason for SUSPENDED, TERMINATED or WITHDRAWN."""
        return self._text("statusModule", "whyStopped")

    @cached_property
    def start(self) -> DateStruct | None:
        """Start of the study."""
        return self._date("startDateStruct")

    @cached_property
    def primary_completion(self) -> DateStruct | None:
        """Last data for the primary outcome."""
        return self._date("primaryCompletionDateStruct")

    @cached_property
    def completion(self) -> DateStruct | None:
        """Last data of the study."""
        return self._date("completionDateStruct")

    @cached_property
    def verified(self) -> PartialDate | None:
        """Month in which the sponsor last said that the record is right."""
        return PartialDate.parse(at(self._protocol, "statusModule", "statusVerifiedDate"))

    @property
    def submitted(self) -> PartialDate | None:
        """Day on which the sponsor last sent the record."""
        return PartialDate.parse(at(self._protocol, "statusModule", "lastUpdateSubmitDate"))

    @property
    def posted(self) -> PartialDate | None:
        """Day on which the sponsor's last update was published. Registry-made changes do not move it."""
        return PartialDate.parse(at(self._protocol, "statusModule", "lastUpdatePostDateStruct", "date"))

    @cached_property
    def sponsor(self) -> str | None:
        """Name of the lead sponsor."""
        return self._text("sponsorCollaboratorsModule", "leadSponsor", "name")

    @cached_property
    def sponsor_class(self) -> str | None:
        """Class of the lead sponsor: INDUSTRY, NIH, OTHER …"""
        return self._text("sponsorCollaboratorsModule", "leadSponsor", "class")

    @cached_property
    def phases(self) -> tuple[str, ...]:
        """PHASE1, PHASE2 … as listed."""
        return self._texts("designModule", "phases")

    @cached_property
    def enrollment(self) -> Enrollment:
        """Participants, planned or actual."""
        count = _whole_number(at(self._protocol, "designModule", "enrollmentInfo", "count"))
        return Enrollment(count, estimated(self._text("designModule", "enrollmentInfo", "type")))

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """Conditions studied."""
        return self._texts("conditionsModule", "conditions")

    @property
    def keywords(self) -> tuple[str, ...]:
        """The sponsor's keywords."""
        return self._texts("conditionsModule", "keywords")

    @cached_property
    def interventions(self) -> tuple[Record, ...]:
        """Interventions with type, name, description and other names."""
        return self._objects("armsInterventionsModule", "interventions")

    @cached_property
    def locations(self) -> tuple[Record, ...]:
        """Sites with facility, status, city, state, zip, country and contacts."""
        return self._objects("contactsLocationsModule", "locations")

    @cached_property
    def countries(self) -> frozenset[str]:
        """The countries that the sites are in, as plain text."""
        named = {name for site in self.locations if isinstance(name := site.get("country"), str)}
        return frozenset(country for country in map(plain, named) if country)

    @property
    def eligibility_text(self) -> str:
        """The eligibility criteria, verbatim."""
        value = at(self._protocol, "eligibilityModule", "eligibilityCriteria")
        return value if isinstance(value, str) else ""

    @property
    def has_results(self) -> bool:
        """Whether results are posted."""
        return self.record.get("hasResults") is True or "resultsSection" in self.record

    @property
    def withheld(self) -> bool:
        """Whether the record is the stub that the registry shows for a withheld study."""
        return self.status == "WITHHELD"
