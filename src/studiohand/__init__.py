"""studiohand: the assistant engineer for music producers."""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    # Cores are used by processes; idle threads of small matrix products would only steal time,
    # and sums would depend on how many there are. Read once, when numpy is first imported.
    os.environ.setdefault(_name, "1")

__version__ = "0.1.0"
