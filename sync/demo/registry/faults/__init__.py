"""Faults that the local registry can be told to have."""

from sync.demo.registry.faults import identity, pages, poison, refusals, views, wire
from sync.demo.registry.faults.plan import Fault, Faults, Kind, Moment, read_fault

KINDS: dict[str, Kind] = {
    kind.name: kind for module in (refusals, views, identity, pages, poison, wire) for kind in module.KINDS
}

__all__ = ["KINDS", "Fault", "Faults", "Kind", "Moment", "read_fault"]
