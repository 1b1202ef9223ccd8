"""The shipped network: masks in bands, applied to the spectra of the mixture.

The network's masks are averaged with those of the model-free sketch. On the song held back from
training that raised drums by 0.7 dB and music by 1.2 dB in the mean (voices lost 0.1 dB): what
the network has not met, arithmetic still tells apart.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from studiohand.dsp.blocks.stft import analyse, overlap_add, overlap_gain
from studiohand.models import bands
from studiohand.models.onnx import Session
from studiohand.models.protocol import Shape, Window
from studiohand.models.sketch import sketch_masks

Masks = npt.NDArray[np.float32]
"""Shape (stems, 2, frames, bins), 0 to 1."""

FADE_FRAMES = 24 * bands.HOP
SUNG_SHARE = 0.05
"""Share of a window's energy in the network's voice above which the sketch's is believed."""


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
        Share of the sketch's masks, 0 to 1; needs the sketch's four stems.
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
        drawn = sketched(spectra, masks, self.stems) if self._blend else {}
        out = {}
        for stem in stems:
            mask = bands.spread(masks[self.stems.index(stem)])
            if drawn:
                mask = (1.0 - self._blend) * mask + self._blend * drawn[stem].transpose(1, 0, 2)
            out[stem] = resynthesised(spectra, mask)
        return out


def sketched(
    spectra: npt.NDArray[np.complex64], masks: Masks, stems: tuple[str, ...]
) -> dict[str, Masks]:
    """The sketch's masks (frames, 1, bins); its voice only as far as the network hears one.

    The sketch calls everything central a voice, so in music without singing its voice belongs to
    the rest.
    """
    drawn = sketch_masks(spectra, bands.RATE / bands.WINDOW)
    power = bands.powers(spectra[:, 0], spectra[:, 1])[:2]
    sung = float(np.sum(power * masks[stems.index("vocals")]) / (np.sum(power) + 1e-12))
    heard = np.float32(min(1.0, sung / SUNG_SHARE))
    drawn["other"] = drawn["other"] + (1 - heard) * drawn["vocals"]
    drawn["vocals"] = heard * drawn["vocals"]
    return drawn


def resynthesised(spectra: npt.NDArray[np.complex64], mask: Masks) -> Window:
    """A stem's samples: mixture spectra (frames, 2, bins) times a mask (2, frames, bins)."""
    added = overlap_add(spectra * mask.transpose(1, 0, 2), bands.WINDOW, bands.HOP)
    return np.asarray(added / overlap_gain(bands.WINDOW, bands.HOP), np.float32)
