"""What every test may ask for: seeded noise, the corpus, signals."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("dev", max_examples=25, deadline=None)
settings.register_profile("ci", max_examples=60, deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus"


@pytest.fixture
def rng() -> np.random.Generator:
    """The one source of randomness of a test."""
    return np.random.default_rng(440)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Real music beside the project; tests that need it are skipped where it is absent."""
    if not CORPUS.is_dir():
        pytest.skip("LOUD: ../shared/corpus is not here, so a test on real music did not run")
    return CORPUS
