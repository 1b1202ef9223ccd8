"""The trust line is fitted on what is known of held-back songs."""

from __future__ import annotations

import numpy as np
from training.calibrate import fitted, known_stems, told


def test_a_straight_line_is_found_again(rng: np.random.Generator) -> None:
    kinds = {}
    for kind, count in (("a", 400), ("b", 60)):
        seen = rng.uniform((-10.0, 0.2), (10.0, 0.9), (count, 2))
        kinds[kind] = np.column_stack([seen, 6.0 + 0.5 * seen[:, 0] - 4.0 * seen[:, 1]])
    line = fitted(kinds)
    assert np.allclose(line, (6.0, 0.5, -4.0), atol=1e-9)
    assert np.allclose(told(line, kinds["a"]), kinds["a"][:, 2])


def test_only_stems_that_are_what_their_name_says_are_fitted() -> None:
    assert known_stems("song-held-any") == [True, True, True, True]
    assert known_stems("whole-held-any") == [True, False, False, False]
    assert known_stems("tonal-held-any") == [True, True, False, False]
    assert known_stems("mixed-evr_rubidium") == [True, True, False, False]
