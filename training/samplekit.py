"""Drums from Sonic Pi's samples (CC0-1.0, Debian `sonic-pi-samples`): kits and loops.

Left out: `loop_amen*`, cut from an old record whatever the label says, and the sounds that the
project's own tests use (`loop_compus`, `loop_tabla`).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from training import effects
from training.effects import RATE, Audio
from training.score import Hit

PLACE = Path("/usr/share/sonic-pi/samples")
PIECES = {
    "kick": ("bd_*", "drum_heavy_kick", "drum_bass_*", "elec_*_kick"),
    "snare": ("sn_*", "drum_snare_*", "elec_*_snare"),
    "clap": ("perc_snap*", "sn_*"),
    "rim": ("elec_wood", "elec_tick", "perc_snap"),
    "hat": ("drum_cymbal_closed", "drum_cymbal_pedal"),
    "open": ("drum_cymbal_open", "drum_cymbal_soft"),
    "crash": ("drum_splash_*", "drum_cymbal_hard"),
    "ride": ("drum_cymbal_soft", "elec_cymbal", "elec_triangle"),
    "tom0": ("drum_tom_lo_*",),
    "tom1": ("drum_tom_mid_*",),
    "tom2": ("drum_tom_hi_*", "elec_fuzz_tom"),
    "perc0": ("glitch_perc*", "elec_flip", "elec_pop"),
    "perc1": ("tabla_*",),
    "perc2": ("drum_cowbell", "elec_bong", "perc_bell*"),
}
LOOPS = (
    *("loop_breakbeat", "loop_electric", "loop_garzul", "loop_industrial", "loop_mehackit1"),
    *("loop_mehackit2", "loop_mika", "loop_perc1", "loop_perc2", "loop_safari", "loop_weirdo"),
)


def available() -> bool:
    """Whether the samples are installed."""
    return PLACE.is_dir()


def read(place: Path, speed: float) -> Audio:
    """A sample as stereo at `RATE`, played at `speed`."""
    import soundfile
    import soxr

    x, rate = soundfile.read(place, dtype="float32", always_2d=True)
    x = np.repeat(x, 2, axis=1)[:, :2] if x.shape[1] == 1 else x[:, :2]
    return np.asarray(soxr.resample(x, rate * speed, RATE), np.float32)


def play(hits: list[Hit], frames: int, rng: np.random.Generator) -> Audio:
    """A drum part with a kit drawn at random."""
    kit = {}
    for piece, patterns in PIECES.items():
        choices = sorted(place for pattern in patterns for place in PLACE.glob(f"{pattern}.flac"))
        sound = read(choices[int(rng.integers(len(choices)))], float(rng.uniform(0.8, 1.25)))
        top = float(np.abs(sound).max()) + 1e-9
        kit[piece] = effects.pan(sound / top, float(rng.uniform(-0.4, 0.4)))
    out = np.zeros((frames, 2), np.float32)
    for hit in hits:
        start = int(hit.start_s * RATE)
        sound = kit[hit.piece][: max(0, frames - start)]
        level = 1.0 if hit.piece in ("kick", "snare", "clap") else 0.5
        out[start : start + len(sound)] += sound * hit.velocity * level
    return out


def loop(frames: int, rng: np.random.Generator) -> Audio:
    """A loop repeated over the whole length at a random speed."""
    sound = read(PLACE / f"{rng.choice(LOOPS)}.flac", float(rng.uniform(0.8, 1.25)))
    return np.asarray(np.tile(sound, (-(-frames // len(sound)), 1))[:frames])
