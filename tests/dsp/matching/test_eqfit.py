from __future__ import annotations

import numpy as np
import pytest

from studiohand.dsp.effects.eq import Band, analogue_db
from studiohand.dsp.matching.eqfit import FitLimits, curve_db, fit_bands
from studiohand.dsp.matching.profile import GRID_HZ

EXACT = FitLimits(highest_q=5.0, good_db=0.1, pays=0.1, least_db=0.15)
EVEN = np.ones(len(GRID_HZ))
HEARD = (GRID_HZ >= 63) & (GRID_HZ <= 12500)


def planted(rng: np.random.Generator) -> tuple[Band, ...]:
    bands = []
    for _ in range(int(rng.integers(3, 7))):
        db = float(rng.choice([-1, 1]) * rng.uniform(1, 6))
        hz = float(np.exp(rng.uniform(np.log(60), np.log(12000))))
        kind = int(rng.integers(5))
        if kind < 3:
            bands.append(Band("bell", hz, db, float(rng.uniform(0.5, 2.5))))
        else:
            bands.append(Band("low_shelf" if kind == 3 else "high_shelf", hz, db))
    return tuple(bands)


def test_the_curves_are_those_of_the_equaliser() -> None:
    for kind, name in enumerate(("bell", "low_shelf", "high_shelf")):
        band = Band(name, 700.0, -4.0, 0.9)  # type: ignore[arg-type]
        settings = np.array([np.log(700.0), -4.0, np.log(0.9)])
        ours = curve_db(GRID_HZ, np.array([kind]), settings)
        assert ours == pytest.approx(analogue_db((band,), GRID_HZ), abs=1e-9)


def test_random_equalisers_are_found_again_to_a_quarter_of_a_db(rng: np.random.Generator) -> None:
    for _ in range(12):
        bands = planted(rng)
        goal = analogue_db(bands, GRID_HZ) + rng.normal(0, 0.05, len(GRID_HZ))
        fit = fit_bands(GRID_HZ, goal, EVEN, EXACT, offset=False)
        assert np.abs(fit.rest_db[HEARD]).mean() < 0.25
        assert len(fit.bands) <= 8


def test_a_flat_curve_needs_no_band() -> None:
    assert fit_bands(GRID_HZ, np.zeros(len(GRID_HZ)), EVEN, EXACT, offset=False).bands == ()
    level = fit_bands(GRID_HZ, np.full(len(GRID_HZ), 3.0), EVEN, EXACT)
    assert level.bands == ()
    assert level.offset_db == pytest.approx(3.0)


def test_one_bell_is_one_bell_at_its_settings() -> None:
    goal = analogue_db((Band("bell", 1200.0, 4.0, 1.3),), GRID_HZ)
    (band,) = fit_bands(GRID_HZ, goal, EVEN, EXACT, offset=False).bands
    assert band.type == "bell"
    assert band.hz == pytest.approx(1200.0, rel=0.01)
    assert band.db == pytest.approx(4.0, abs=0.05)
    assert band.q == pytest.approx(1.3, abs=0.05)


def test_limits_are_kept_and_points_without_weight_do_not_count(rng: np.random.Generator) -> None:
    limits = FitLimits(most_bands=3, most_db=4.0, highest_q=1.0, good_db=0.01, pays=0.0)
    goal = np.cumsum(rng.normal(0, 1, len(GRID_HZ)))
    weight = np.where(GRID_HZ < 10000, 1.0, 0.0)
    fit = fit_bands(GRID_HZ, goal, weight, limits)
    assert len(fit.bands) <= 3
    assert all(abs(band.db) <= 4.0 and 0.29 < band.q <= 1.01 for band in fit.bands)
    wild = np.where(weight > 0, goal, 60.0)
    assert fit_bands(GRID_HZ, wild, weight, limits).bands == fit.bands
