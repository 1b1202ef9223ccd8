"""The shipped network: masks in bands, applied to the spectra of the mixture."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from studiohand.dsp.stft import analyse, overlap_add, overlap_gain
from studiohand.models import bands
from studiohand.models.onnx import Session
from studiohand.models.protocol import Shape, Window

Masks = npt.NDArray[np.float32]
"""Shape (stems, 2, frames, bins), 0 to 1."""

FADE_FRAMES = 24 * bands.HOP


class BandMasks:
    """Separates with a network that answers in bands (`studiohand.models.bands`).

    Parameters
    ----------
    name : str
    stems : tuple of str
        In the order of the network's outputs.
    session : Session
        Input ``power`` (1, 3, 128, 512), output (1, stems, 2, 128, 512).
    """

    def __init__(self, name: str, stems: tuple[str, ...], session: Session) -> None:
        self.name, self.stems = name, stems
        self._session = session
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
        return {
            stem: resynthesised(spectra, bands.spread(masks[self.stems.index(stem)]))
            for stem in stems
        }


def resynthesised(spectra: npt.NDArray[np.complex64], mask: Masks) -> Window:
    """A stem's samples: mixture spectra (frames, 2, bins) times a mask (2, frames, bins)."""
    added = overlap_add(spectra * mask.transpose(1, 0, 2), bands.WINDOW, bands.HOP)
    return np.asarray(added / overlap_gain(bands.WINDOW, bands.HOP), np.float32)
