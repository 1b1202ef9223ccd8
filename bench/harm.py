"""Is the harm meter right: its reading beside the true share of music in what was removed.

    python -m bench.harm

White noise 30 dB under the music is taken away with profiles that are right or 4 to 20 dB too
high, so that more and more music goes with it. The true share is known, for the music and the
noise are: in patches of a sixth of a second and 170 Hz the removed sound is split into a part
proportional to the music and one proportional to the noise.
"""

from __future__ import annotations

import click
import numpy as np

from bench.clean_cases import loudest
from studiohand.core.audio import Block, MemorySource, read_all
from studiohand.dsp.blocks.stft import analyse
from studiohand.dsp.cleaning.denoise import Denoise
from studiohand.dsp.cleaning.harm import HarmMeter
from studiohand.dsp.effects.chain import ProcessedSource

FILES = (
    "dry/voice_evr_sodium_lead.flac", "dry/trumpet_loop_f_90bpm.ogg", "mix/jazz_vibe_ace.ogg",
    "mix/metal_vocals_farewell.ogg", "mix/folk_world_tavern.ogg", "dry/loop_compus.flac",
    "dry/piano_leaving_millie.mp3", "mix/folk_pop_vocals_fishin.ogg",
)  # fmt: skip
TOO_HIGH_DB = (0, 4, 8, 14, 20)


def main() -> None:
    """Print the table."""
    rng = np.random.default_rng(1)
    true, read = [], []
    for name in FILES:
        music, rate = loudest(name, 10)
        level = float(np.sqrt(np.mean(music**2))) * 10 ** (-30 / 20)
        noise = rng.standard_normal(music.shape) * level
        density = 20 * np.log10(level) - 10 * np.log10(rate / 2)
        for up in TOO_HIGH_DB:
            step = Denoise((20.0, 24000.0), (density + up, density + up), most_db=40.0)
            left = read_all(ProcessedSource(MemorySource(music + noise, rate), (step,)))
            removed = music + noise - left
            meter = HarmMeter()
            meter.update(removed, left)
            true.append(_true_share(removed, music, noise))
            read.append(meter.share())
            click.echo(f"{name:34} profile +{up:2} dB   true {true[-1]:.2f}   read {read[-1]:.2f}")
    error = np.mean(np.abs(np.array(true) - read))
    click.echo(f"correlation {np.corrcoef(true, read)[0, 1]:.2f}, mean error {error:.2f}")


def _true_share(removed: Block, music: Block, noise: Block) -> float:
    def patches(samples: Block) -> np.ndarray:
        spectra = analyse(samples, 2048, 512)[:, :, 1:].transpose(1, 0, 2)
        whole = spectra.shape[1] // 8 * 8
        cut = spectra[:, :whole].reshape(len(spectra), whole // 8, 8, 128, 8)
        return np.asarray(cut.transpose(0, 1, 3, 2, 4).reshape(-1, 64))

    parts = np.stack([patches(music), patches(noise)], axis=2)
    gone = patches(removed)
    left = np.einsum("pki,pkj->pij", parts.conj(), parts) + 1e-12 * np.eye(2)
    right = np.einsum("pki,pk->pi", parts.conj(), gone)[:, :, None]
    share = np.linalg.solve(left, right)[:, :1, 0]
    return float(np.sum(np.abs(share * parts[:, :, 0]) ** 2) / np.sum(np.abs(gone) ** 2))


if __name__ == "__main__":
    main()
