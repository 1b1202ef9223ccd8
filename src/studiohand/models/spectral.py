"""ONNX exports whose transform stays outside: Open-Unmix on magnitudes, RoFormers on spectra.

Magnitudes (Open-Unmix): input and output (1, 2, bins, frames), one network a stem; the mixture's
phase is kept. Spectra (BS- and Mel-Band RoFormer), in one of two layouts: four planes, left real,
left imaginary, right real, right imaginary, in one input (1, 4, bins, frames) and as many for
each stem in one output; or real and imaginary parts apart, two inputs (1, 2, bins, frames) and
two outputs (1, stems, 2, bins, frames).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from studiohand.core.errors import Corrupt
from studiohand.dsp.blocks.stft import analyse, hann, overlap_add
from studiohand.models.onnx import Session
from studiohand.models.protocol import Shape, Window

Spectra = npt.NDArray[np.complex64]
"""Shape (frames, 2, bins)."""

MARGIN_SHARE, FADE_SHARE = 16, 8
"""What part of a window is thrown away at each end, and crossfaded."""


class Transform:
    """The transform of a fixed number of frames, and its exact inverse at any hop.

    Parameters
    ----------
    window, hop, frames : int
    """

    def __init__(self, window: int, hop: int, frames: int) -> None:
        self.window, self.hop, self.frames = window, hop, frames
        self.span = window + hop * (frames - 1)
        weight = np.zeros(self.span)
        for at in range(0, hop * frames, hop):
            weight[at : at + window] += hann(window) ** 2
        self._weight = np.maximum(weight, 1e-3)[:, None]

    def spectra(self, window: Window) -> Spectra:
        return np.asarray(analyse(window, self.window, self.hop), np.complex64)

    def samples(self, spectra: Spectra) -> Window:
        added = overlap_add(spectra, self.window, self.hop)
        return np.asarray(added / self._weight, np.float32)

    def shape(self, rate: int, memory_mb: int) -> Shape:
        """How a network of this transform wants its sound cut."""
        margin = max(self.window, self.span // MARGIN_SHARE)
        return Shape(rate, self.span, margin, self.span // FADE_SHARE, memory_mb)


class MagnitudeNets:
    """Open-Unmix: for each stem a network from the mixture's magnitudes to the stem's.

    Parameters
    ----------
    name : str
    stems : tuple of str
        In the order of `sessions`; one more than those is what they leave.
    sessions : sequence of Session
    transform : Transform
    rate, memory_mb : int
    """

    def __init__(
        self,
        name: str,
        stems: tuple[str, ...],
        sessions: Sequence[Session],
        transform: Transform,
        rate: int,
        memory_mb: int,
    ) -> None:
        self.name, self.stems = name, stems
        self._sessions, self._transform = dict(zip(stems, sessions, strict=False)), transform
        self.shape = transform.shape(rate, memory_mb)

    def separate(self, window: Window, stems: tuple[str, ...]) -> Mapping[str, Window]:
        spectra = self._transform.spectra(window)
        loud = np.abs(spectra)
        rest_asked = any(stem not in self._sessions for stem in stems)
        found = {
            stem: self._one(session, spectra, loud)
            for stem, session in self._sessions.items()
            if rest_asked or stem in stems
        }
        return with_rest(window, found, stems)

    def _one(
        self, session: Session, spectra: Spectra, loud: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float32]:
        (given,) = session.inputs
        answer = session.run({given: np.ascontiguousarray(loud.transpose(1, 2, 0)[None])})[0]
        if answer.shape != (1, *loud.transpose(1, 2, 0).shape):
            raise Corrupt(f"“{self.name}” answered in another shape than its card says.")
        wanted = np.asarray(answer[0], np.float32).transpose(2, 0, 1)
        return self._transform.samples(spectra * (wanted / np.maximum(loud, 1e-9)))


class SpectralNet:
    """RoFormers: from the mixture's spectra to those of every stem.

    Parameters
    ----------
    name : str
    stems : tuple of str
        In the order of the outputs; one more than those is what they leave.
    session : Session
        With one input of four planes, or two of real and imaginary parts.
    transform : Transform
    rate, memory_mb : int
    """

    def __init__(
        self,
        name: str,
        stems: tuple[str, ...],
        session: Session,
        transform: Transform,
        rate: int,
        memory_mb: int,
    ) -> None:
        self.name, self.stems = name, stems
        self._session, self._transform = session, transform
        self.shape = transform.shape(rate, memory_mb)

    def separate(self, window: Window, stems: tuple[str, ...]) -> Mapping[str, Window]:
        spectra = self._transform.spectra(window).transpose(1, 2, 0)
        parts = self._planes(spectra) if len(self._session.inputs) == 1 else self._pair(spectra)
        if parts.shape[1:] != spectra.shape or not 0 <= len(self.stems) - len(parts) <= 1:
            raise Corrupt(f"“{self.name}” answered in another shape than its card says.")
        found = {
            stem: self._transform.samples(part.transpose(2, 0, 1))
            for stem, part in zip(self.stems, parts, strict=False)
        }
        return with_rest(window, found, stems)

    def _planes(self, spectra: Spectra) -> Spectra:
        left, right = spectra
        planes = np.stack([left.real, left.imag, right.real, right.imag])[None]
        (given,) = self._session.inputs
        answer = np.asarray(self._session.run({given: planes})[0], np.float32)
        four = answer.reshape(-1, 2, 2, *answer.shape[-2:])
        return np.asarray(four[:, :, 0] + 1j * four[:, :, 1], np.complex64)

    def _pair(self, spectra: Spectra) -> Spectra:
        real, imaginary = self._session.inputs
        both = [np.ascontiguousarray(part)[None] for part in (spectra.real, spectra.imag)]
        answer = self._session.run(dict(zip((real, imaginary), both, strict=True)))
        parts = [np.asarray(part[0], np.float32) for part in answer[:2]]
        return np.asarray(parts[0] + 1j * parts[1], np.complex64)


def with_rest(
    window: Window, found: Mapping[str, Window], stems: tuple[str, ...]
) -> dict[str, Window]:
    """The asked stems; one that no network gives is what the others leave."""
    out = {}
    for stem in stems:
        out[stem] = found[stem] if stem in found else window - sum(found.values())
    return out
