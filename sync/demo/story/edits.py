"""Small edits of a record, from which the scenes of the story are made."""

import copy
from collections.abc import Callable, Iterable
from typing import Any

from sync.demo.story.cast import Record

Edit = Callable[[Record], None]

STATUS = "statusModule.overallStatus"
WHY_STOPPED = "statusModule.whyStopped"
SITES = "contactsLocationsModule.locations"
OUTCOMES = "outcomesModule"


def at(record: Record, path: str) -> Any:
    """The value at a dotted path, which begins in the protocol section unless it names another."""
    node: Any = record if path.partition(".")[0] in record else record["protocolSection"]
    for name in path.split("."):
        node = node[int(name)] if isinstance(node, list) else node[name]
    return node


def put(path: str, value: Any) -> Edit:
    """Sets the value at a path."""
    parent, _, name = path.rpartition(".")

    def edit(record: Record) -> None:
        holder = at(record, parent) if parent else record["protocolSection"]
        holder[int(name) if isinstance(holder, list) else name] = copy.deepcopy(value)

    return edit


def drop(path: str) -> Edit:
    """Takes the value at a path out."""
    parent, _, name = path.rpartition(".")

    def edit(record: Record) -> None:
        holder = at(record, parent)
        holder.pop(int(name) if isinstance(holder, list) else name)

    return edit


def add(path: str, item: Any) -> Edit:
    """Puts an item at the end of a list."""
    return lambda record: at(record, path).append(copy.deepcopy(item))


def turn_round(path: str) -> Edit:
    """Reverses a list."""
    return lambda record: at(record, path).reverse()


def section(name: str, value: Any) -> Edit:
    """Sets a section beside the protocol."""
    return lambda record: record.update({name: copy.deepcopy(value)})


def rewrite(path: str, old: str, new: str) -> Edit:
    """Replaces a passage, which must stand in the text once."""

    def edit(record: Record) -> None:
        text = at(record, path)
        # An edit that found nothing would leave a scene in which nothing happens, and its test would expect silence.
        if text.count(old) != 1:
            raise ValueError(f"{old!r} stands {text.count(old)} times in {path}")
        put(path, text.replace(old, new))(record)

    return edit


def each_site(change: Callable[[Record], object]) -> Edit:
    """Does the same to every site."""

    def edit(record: Record) -> None:
        for place in at(record, SITES):
            change(place)

    return edit


no_site_status = each_site(lambda place: place.pop("status", None))
open_sites = each_site(lambda place: place.update(status="RECRUITING"))


def enrolled(count: int, kind: str = "ESTIMATED") -> Edit:
    """Sets the enrollment."""
    return put("designModule.enrollmentInfo", {"count": count, "type": kind})


def criteria_with(old: str, new: str) -> Edit:
    """Replaces a passage of the eligibility text."""
    return rewrite("eligibilityModule.eligibilityCriteria", old, new)


def submitted(day: str) -> Edit:
    """The traces that a sponsor's update leaves."""

    def edit(record: Record) -> None:
        status = at(record, "statusModule")
        status["statusVerifiedDate"] = day[:7]
        status["lastUpdateSubmitDate"] = day
        status["lastUpdatePostDateStruct"] = {"date": day, "type": "ACTUAL"}

    return edit


def withheld(record: Record) -> None:
    """The stub that is left of a study whose record may not be shown."""
    nct_id = at(record, "identificationModule.nctId")
    record["protocolSection"] = {
        "identificationModule": {"nctId": nct_id, "briefTitle": "[Withheld]"},
        "statusModule": {"overallStatus": "WITHHELD"},
    }


def laid_out_anew(record: Record) -> None:
    """The eligibility text with numbers for bullets and other line breaks; not a word of it differs."""
    module = at(record, "eligibilityModule")
    module["eligibilityCriteria"] = "\n".join(_renumbered(module["eligibilityCriteria"].splitlines()))


def _renumbered(lines: Iterable[str]) -> Iterable[str]:
    number = 0
    for line in lines:
        if line.startswith("* "):
            number += 1
            first, _, rest = line[2:].partition(" ")
            yield f"{number}. {first}\n   {rest}"
        else:
            number = 0 if line.endswith("Criteria:") else number
            yield f" {line}" if line.startswith(" ") else line
