"""Separation without a learned model: a sketch, always there, nobody's rights in it.

Drums: what is short and broad in the spectrum (median filters, Fitzgerald 2010, "Harmonic/
percussive separation using median filtering"). Vocals: what is steady, in the middle of the
stereo image and between 150 Hz and 9 kHz. Bass: what is steady below 180 Hz. Other: the rest.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from studiohand.dsp.blocks.stft import Spectra, analyse, overlap_add, overlap_gain
from studiohand.models.protocol import Shape, Window

RATE, WINDOW, HOP = 44100, 2048, 512
MEDIAN = 31
VOICE_HZ, BASS_HZ = (150.0, 9000.0), 180.0
CENTRE_POWER = 4.0
"""How strictly the middle is taken: the share of mid energy to this power."""

Mask = npt.NDArray[np.float32]


class Sketch:
    """Model-free separation of a window of about six seconds."""

    name = "sketch"
    stems = ("vocals", "drums", "bass", "other")
    shape = Shape(
        rate=RATE,
        window_frames=WINDOW + 511 * HOP,
        margin_frames=MEDIAN // 2 * HOP,
        fade_frames=16 * HOP,
        memory_mb=120,
    )

    def separate(self, window: Window, stems: tuple[str, ...]) -> Mapping[str, Window]:
        spectra = analyse(window, WINDOW, HOP)
        masks = sketch_masks(spectra, RATE / WINDOW)
        gain = overlap_gain(WINDOW, HOP)
        return {
            stem: np.asarray(overlap_add(spectra * masks[stem], WINDOW, HOP) / gain, np.float32)
            for stem in stems
        }


def percussive_share(level: Mask) -> Mask:
    """Power share of the broad and short in levels (frames, bins), 0 to 1."""
    from scipy.ndimage import median_filter

    steady = median_filter(level, (MEDIAN, 1)) ** 2
    broad = median_filter(level, (1, MEDIAN)) ** 2
    share: Mask = broad / (steady + broad + 1e-12)
    return share


def centre_share(left: Spectra, right: Spectra) -> Mask:
    """1 where both sides are the same, 0 where they differ (frames, bins)."""
    mid, side = np.abs(left + right) ** 2, np.abs(left - right) ** 2
    share: Mask = (mid / (mid + side + 1e-12)) ** CENTRE_POWER
    return share


def sketch_masks(spectra: Spectra, bin_hz: float) -> dict[str, Mask]:
    """A mask (frames, 1, bins) for each stem of spectra (frames, 2, bins); they add up to one."""
    left, right = spectra[:, 0], spectra[:, 1]
    level = np.sqrt((np.abs(left) ** 2 + np.abs(right) ** 2) / 2).astype(np.float32)
    drums = percussive_share(level)
    hz = np.arange(level.shape[1]) * bin_hz
    steady = 1.0 - drums
    bass = steady * (hz < BASS_HZ)
    voice = steady * centre_share(left, right) * ((hz >= VOICE_HZ[0]) & (hz <= VOICE_HZ[1]))
    voice = voice * (hz >= BASS_HZ)
    masks = {"vocals": voice, "drums": drums, "bass": bass, "other": steady - bass - voice}
    return {stem: mask[:, None].astype(np.float32) for stem, mask in masks.items()}
