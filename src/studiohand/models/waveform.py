"""ONNX exports other people made: networks on samples, and MDX networks on spectra.

Waveform (HTDemucs and the like): input (1, 2, frames), output (1, stems, 2, frames).
MDX: input (1, 4, bins, frames) of real and imaginary parts of left and right, output the same of
one stem (the layout of the MDX-Net exports: left real, left imaginary, right real, right
imaginary).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from studiohand.core.errors import Corrupt
from studiohand.dsp.blocks.stft import analyse, overlap_add, overlap_gain
from studiohand.models.onnx import Session
from studiohand.models.protocol import Shape, Window


def _fixed(session: Session, axis: int, given: int) -> int:
    """The size of an axis of the only input: the network's own, or the card's where it is free."""
    (shape,) = session.inputs.values()
    if len(shape) <= axis:
        raise Corrupt("The network's input has too few axes for this loader.")
    size = shape[axis]
    return size if isinstance(size, int) else given


class WaveformNet:
    """A network from samples to samples.

    Parameters
    ----------
    name : str
    stems : tuple of str
        In the order of its outputs.
    session : Session
    rate : int
        Hz.
    window_frames : int
        Used where the network leaves the length free.
    memory_mb : int
    """

    def __init__(
        self,
        name: str,
        stems: tuple[str, ...],
        session: Session,
        rate: int,
        window_frames: int,
        memory_mb: int,
    ) -> None:
        self.name, self.stems = name, stems
        self._session = session
        (self._input,) = session.inputs
        frames = _fixed(session, 2, window_frames)
        self.shape = Shape(rate, frames, frames // 16, frames // 4, memory_mb)

    def separate(self, window: Window, stems: tuple[str, ...]) -> Mapping[str, Window]:
        answer = self._session.run({self._input: np.ascontiguousarray(window.T[None])})[-1]
        parts = np.asarray(answer, np.float32)
        if parts.shape != (1, len(self.stems), 2, len(window)):
            raise Corrupt(f"“{self.name}” answered in another shape than its card says.")
        return {stem: parts[0, self.stems.index(stem)].T for stem in stems}


class MdxNet:
    """A network from complex spectra to those of one stem; the rest is the other stem.

    Parameters
    ----------
    name : str
    stems : tuple of str
        What it gives, and what is left.
    session : Session
    rate, window, hop : int
        Sample rate in Hz, transform length, hop.
    gain : float
        Level factor the export asks for on its answer.
    memory_mb : int
    """

    def __init__(
        self,
        name: str,
        stems: tuple[str, ...],
        session: Session,
        rate: int,
        window: int,
        hop: int,
        gain: float,
        memory_mb: int,
    ) -> None:
        self.name, self.stems = name, stems
        self._session, self._window, self._hop, self._gain = session, window, hop, gain
        (self._input,) = session.inputs
        self._bins = _fixed(session, 2, window // 2)
        frames = _fixed(session, 3, 256)
        edge = -(-window // hop) * hop
        span = window + hop * (frames - 1)
        self.shape = Shape(rate, span, edge, span // 4, memory_mb)

    def separate(self, window: Window, stems: tuple[str, ...]) -> Mapping[str, Window]:
        spectra = analyse(window, self._window, self._hop)
        kept = spectra[..., : self._bins].transpose(1, 2, 0)
        planes = np.stack([kept[0].real, kept[0].imag, kept[1].real, kept[1].imag])
        given = {self._input: planes[None].astype(np.float32)}
        answer = np.asarray(self._session.run(given)[0], np.float32)
        real, imaginary = answer[0, [0, 2]], answer[0, [1, 3]]
        out = np.zeros_like(spectra)
        out[..., : self._bins] = (real + 1j * imaginary).transpose(2, 0, 1) * self._gain
        added = overlap_add(out, self._window, self._hop)
        found = np.asarray(added / overlap_gain(self._window, self._hop), np.float32)
        both = {self.stems[0]: found, self.stems[1]: window - found}
        return {stem: both[stem] for stem in stems}
