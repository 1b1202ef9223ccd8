"""Freed memory is kept for the next block."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import resource
import numpy as np
from studiohand.run.jobs.allocator import keep_freed_memory
def faults():
    for _ in range(300):
        held = [np.ones(40000) for _ in range(4)]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
{}
faults()
before = faults()
print(faults() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc only")
def test_arrays_that_come_and_go_are_not_asked_from_the_system_again() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE.format("keep_freed_memory()")],
        capture_output=True, text=True, check=True, env={"PYTHONPATH": "src"},
    )  # fmt: skip
    assert int(done.stdout) < 1000
