"""Training of the network that hears resonances, on seconds of sound."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from studiohand.dsp.filters.biquad import bell, matched, response
from studiohand.dsp.meters.tonecurves import BANDS, CENTRES_HZ
from studiohand.models.onnx import Session
from studiohand.models.resonances import CHANNELS, WIDTHS


def test_planted_curves_are_those_of_the_equaliser() -> None:
    pytest.importorskip("torch", reason="LOUD: torch is not here, so training did not run")
    from training.resonances import bells

    (curve,) = bells(np.array([800.0]), np.array([12.0]), np.array([7.0]))
    sound = response([matched(bell(800.0, 12.0, 7.0), 96000)], CENTRES_HZ, 96000)
    assert curve == pytest.approx(20.0 * np.log10(np.abs(sound)), abs=0.05)


def test_pieces_in_a_wad_are_read_by_name() -> None:
    from training.midifile import lumps

    piece = b"MThd and the rest"
    table = struct.pack("<ii8s", 12, len(piece), b"D_E1M1") + struct.pack("<ii8s", 12, 3, b"MAP")
    content = b"IWAD" + struct.pack("<ii", 2, 12 + len(piece)) + piece + table
    assert list(lumps(content)) == [("D_E1M1", piece)]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_short_training_learns_and_its_network_runs(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="LOUD: torch is not here, so training did not run")
    pytest.importorskip("onnxscript", reason="LOUD: onnxscript is not here, training did not run")
    from training.resonances import collected, export, train

    curves = collected(tmp_path, None, None, songs=1)
    ear, before, after = train(curves, steps=40, ears=2)
    assert after < before
    export(ear, tmp_path / "ear.onnx")
    given = {
        "features": np.zeros((1, CHANNELS, BANDS), np.float32),
        "usable": np.ones((1, BANDS), np.bool_),
    }
    places, none, gains = Session(tmp_path / "ear.onnx").run(given)
    assert places.shape == gains.shape == (1, len(WIDTHS), BANDS)
    assert none.shape == (1, 1)
