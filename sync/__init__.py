"""trialdelta: watches clinical trials on ClinicalTrials.gov and tells what changed."""

__version__ = "0.1.0"
