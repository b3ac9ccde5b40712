"""A local registry server with the manners of ClinicalTrials.gov, and an invented story for it to tell."""
