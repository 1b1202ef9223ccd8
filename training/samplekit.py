"""Drums from recorded free samples: kits and loops, each where its Debian package is installed.

Sonic Pi's samples (CC0-1.0, `sonic-pi-samples`) and two kits of `hydrogen-drumkits`: Audiophob
(CC0-1.0) and rumpf_kit (CC BY 3.0, Emanuel Rumpf). Left out: `loop_amen*`, cut from an old record
whatever the label says, the sounds that the project's own tests use (`loop_compus`,
`loop_tabla`), and the kits under the GPL.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from training import effects
from training.effects import RATE, Audio
from training.score import Hit

LOOP_PLACE = Path("/usr/share/sonic-pi/samples")
KITS = Path("/usr/share/hydrogen/data/drumkits")
PLACES = (LOOP_PLACE, KITS / "Audiophob", KITS / "rumpf_kit_z01_h2")
PIECES = {
    "kick": (
        *("bd_*", "drum_heavy_kick", "drum_bass_*", "elec_*_kick", "86335__*"),
        *("beats_06-38", "beats_06-46", "beats_07-18", "beats_07-20"),
    ),
    "snare": (
        *("sn_*", "drum_snare_*", "elec_*_snare", "124382__*", "25671__*"),
        *("beats_01-21", "beats_06-25"),
    ),
    "clap": ("perc_snap*", "sn_*", "29800__*", "beats_01-26"),
    "rim": ("elec_wood", "elec_tick", "perc_snap", "16336__*", "beats_09-12"),
    "hat": (
        *("drum_cymbal_closed", "drum_cymbal_pedal", "116973__*", "156272__*"),
        *("beats_09-10", "beats_06-28"),
    ),
    "open": ("drum_cymbal_open", "drum_cymbal_soft", "104227__*", "beats_08-31"),
    "crash": ("drum_splash_*", "drum_cymbal_hard", "124101__*", "beats_06-43", "beats_08-20"),
    "ride": (
        *("drum_cymbal_soft", "elec_cymbal", "elec_triangle", "15590__*"),
        *("beats_06-40", "beats_06-30"),
    ),
    "tom0": ("drum_tom_lo_*", "99930__*", "beats_08-17"),
    "tom1": ("drum_tom_mid_*", "99931__*", "beats_08-18"),
    "tom2": ("drum_tom_hi_*", "elec_fuzz_tom", "101450__*", "beats_08-19"),
    "perc0": ("glitch_perc*", "elec_flip", "elec_pop", "beats_01-*", "beats_02-*"),
    "perc1": ("tabla_*", "beats_05-*", "beats_08-3[3-7]"),
    "perc2": ("drum_cowbell", "elec_bong", "perc_bell*", "122557__*", "beats_08-32"),
}
LOOPS = (
    *("loop_breakbeat", "loop_electric", "loop_garzul", "loop_industrial", "loop_mehackit1"),
    *("loop_mehackit2", "loop_mika", "loop_perc1", "loop_perc2", "loop_safari", "loop_weirdo"),
)


def available() -> bool:
    """Whether Sonic Pi's samples are installed; the kits of Hydrogen are drawn from besides."""
    return LOOP_PLACE.is_dir()


def files(piece: str) -> list[Path]:
    """Every recording of a drum, by name."""
    names = (f"{pattern}{kind}" for pattern in PIECES[piece] for kind in (".flac", ".wav"))
    return sorted({file for name in names for place in PLACES for file in place.glob(name)})


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
    for piece in PIECES:
        choices = files(piece)
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
    sound = read(LOOP_PLACE / f"{rng.choice(LOOPS)}.flac", float(rng.uniform(0.8, 1.25)))
    return np.asarray(np.tile(sound, (-(-frames // len(sound)), 1))[:frames])
