"""The shipped network: masks in bands, applied to the spectra of the mixture.

The voice is the network's alone. What is not voice is shared out by the network and, to a part,
by the model-free sketch: what the network has not met, arithmetic still tells apart. On songs held
back (`training/held.py`) voices over records gain 1.3 dB against averaging all four masks.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from studiohand.dsp.blocks.stft import analyse, overlap_add, overlap_gain
from studiohand.models import bands
from studiohand.models.onnx import Session
from studiohand.models.protocol import Shape, Window
from studiohand.models.sketch import BASS_HZ, percussive_share

Masks = npt.NDArray[np.float32]
"""Shape (stems, 2, frames, bins), 0 to 1."""

FADE_FRAMES = 24 * bands.HOP
VOICE_POWER = 4 / 3
"""How far a leaning towards or away from the voice is taken; 1 leaves it as the network said."""


class BandMasks:
    """Separates with a network that answers in bands (`studiohand.models.bands`).

    Parameters
    ----------
    name : str
    stems : tuple of str
        In the order of the network's outputs.
    session : Session
        Input ``power`` (1, 3, 128, 512), output (1, stems, 2, 128, 512).
    blend : float
        Part of the sketch in what is not voice, 0 to 1; above 0 it needs the sketch's four stems.
    """

    def __init__(
        self, name: str, stems: tuple[str, ...], session: Session, blend: float = 0.0
    ) -> None:
        self.name, self.stems = name, stems
        self._session, self._blend = session, blend
        self.shape = Shape(
            rate=bands.RATE,
            window_frames=bands.SPAN,
            margin_frames=bands.WINDOW - bands.HOP,
            fade_frames=FADE_FRAMES,
            memory_mb=220,
        )

    def masks(self, spectra: npt.NDArray[np.complex64]) -> Masks:
        """Masks in bands, (stems, 2, frames, 512), of spectra (frames, 2, bins)."""
        power = bands.powers(spectra[:, 0], spectra[:, 1])
        answer: Masks = np.asarray(self._session.run({"power": power[None]})[0], np.float32)[0]
        return answer

    def separate(self, window: Window, stems: tuple[str, ...]) -> Mapping[str, Window]:
        spectra = analyse(window, bands.WINDOW, bands.HOP)
        masks = self.masks(spectra)
        if self._blend:
            masks = refined(masks, self.stems, spectra, self._blend)
        return {
            stem: resynthesised(spectra, bands.spread(masks[self.stems.index(stem)]))
            for stem in stems
        }


def refined(
    masks: Masks, stems: tuple[str, ...], spectra: npt.NDArray[np.complex64], blend: float
) -> Masks:
    """Masks in bands with a more definite voice, and the rest shared out with the sketch's help."""
    voice = masks[stems.index("vocals")]
    voice = voice**VOICE_POWER / (voice**VOICE_POWER + (1 - voice) ** VOICE_POWER)
    sketched = sketched_rest(spectra)
    rest = 1 - masks[stems.index("vocals")] + np.float32(1e-9)
    out = np.empty_like(masks)
    for index, stem in enumerate(stems):
        if stem == "vocals":
            out[index] = voice
        else:
            share = (1 - blend) * masks[index] / rest + blend * sketched[stem]
            out[index] = (1 - voice) * share
    return out


def sketched_rest(spectra: npt.NDArray[np.complex64]) -> dict[str, Masks]:
    """How the sketch shares out what is not voice, masks (frames, bands) that add up to one."""
    width = np.diff(bands.EDGES).astype(np.float32)
    power = bands.powers(spectra[:, 0], spectra[:, 1])[:2].sum(axis=0) / width
    drums = percussive_share(np.sqrt(power))
    steady = 1 - drums
    low = bands.EDGES[:-1] * bands.RATE / bands.WINDOW < BASS_HZ
    return {"drums": drums, "bass": steady * low, "other": steady * ~low}


def resynthesised(spectra: npt.NDArray[np.complex64], mask: Masks) -> Window:
    """A stem's samples: mixture spectra (frames, 2, bins) times a mask (2, frames, bins)."""
    added = overlap_add(spectra * mask.transpose(1, 0, 2), bands.WINDOW, bands.HOP)
    return np.asarray(added / overlap_gain(bands.WINDOW, bands.HOP), np.float32)
