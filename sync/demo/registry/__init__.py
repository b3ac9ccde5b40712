"""A local registry server: corpora over HTTP, the manners of ClinicalTrials.gov, its faults on request."""

from sync.demo.registry.process import RunningRegistry, serve

__all__ = ["RunningRegistry", "serve"]
