"""Fixtures that every kind of test shares."""

from pathlib import Path

import pytest

REGISTRY_MATERIAL = Path(__file__).resolve().parents[1] / ".." / "shared" / "registry"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder with the registry's real records; the test is skipped where it is missing."""
    if not REGISTRY_MATERIAL.is_dir():
        pytest.skip("the registry material (../shared/registry) is not here")
    return REGISTRY_MATERIAL
