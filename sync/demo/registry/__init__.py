"""A local registry server: corpora over HTTP with the manners of ClinicalTrials.gov, and faults on request."""

from sync.demo.registry.process import RunningRegistry, serve

__all__ = ["RunningRegistry", "serve"]
