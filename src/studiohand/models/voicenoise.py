"""Steady noise under a voice: the model-free denoiser with a learned second opinion.

DeepFilterNet3 by itself cuts into singing (on a clean sung take it leaves 24 to 28 dB). Here it
never makes a sound: what it takes for the voice only joins the model-free estimate of the voice's
power, as the mean of both amplitudes, and the gain that follows knows the noise and takes no more
than that. So it helps where the noise is loud and can do little harm where it is not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block
from studiohand.core.effect import Processor, StepKind, step
from studiohand.core.units import power_to_db
from studiohand.dsp.blocks.hops import Hopped
from studiohand.dsp.cleaning.denoise import Denoise, Denoising
from studiohand.dsp.cleaning.subtract import Nothing
from studiohand.models.deepfilter import (
    AHEAD,
    BANDS,
    BINS,
    FILTERED,
    HIGHEST_HZ,
    DeepFilter,
    Features,
    analyse,
    hop_frames,
    synthesise,
)
from studiohand.models.store import card, require_allowed, verified

Floats = npt.NDArray[np.float64]

MODEL = "deepfilternet3"
_NEW_FRAMES = 400  # the networks hear four seconds at a time,
_BEFORE_FRAMES = 150  # after a second and a half that their memory runs in on
_HEARD_FRAMES = _NEW_FRAMES + _BEFORE_FRAMES + 2 * AHEAD
_LATE_FRAMES = _NEW_FRAMES + AHEAD + 2
_KEPT_DB = -2.0
_TINY = 1e-20


@step
@dataclass(frozen=True, slots=True)
class DenoiseVoice:
    """Take a steady noise down under a voice, with a speech network's second opinion.

    Parameters
    ----------
    noise : Denoise
        The noise, and how far it is taken down.
    """

    do: ClassVar[str] = "denoise_voice"
    kind: ClassVar[StepKind] = "process"
    runs_model: ClassVar[str] = MODEL
    noise: Denoise

    def start(self, rate: int, channels: int) -> Processor:
        """Build the running processor.

        Raises
        ------
        NotAllowed, MissingPart, Corrupt
            The network may not run, is not here, or is not the one on its card.
        """
        if self.noise.strength_percent == 0.0 or self.noise.most_db == 0.0:
            return Nothing(channels)
        running = Denoising(self.noise, rate, channels, VoiceOpinion(open_network(), rate))
        return Hopped(running.work, channels, running.hop_frames, running.latency)

    def scaled(self, amount: float) -> Self:
        return replace(self, noise=self.noise.scaled(amount))


def open_network() -> DeepFilter:
    """The network, if it may run and its file is the one on its card.

    Raises
    ------
    NotAllowed, MissingPart, Corrupt
    """
    chosen = card(MODEL)
    require_allowed(chosen)
    (archive,) = verified(chosen).values()
    return DeepFilter(archive)


def is_voice(network: DeepFilter, samples: Block, rate: int, noise: Denoise) -> bool:
    """Whether the network leaves the sound as it is, but for the noise.

    It leaves -0.1 to -1 dB of a voice and -10 to -50 dB of instruments and bands (measured on the
    loudest ten seconds of 18 recordings, clean and with noise 10 and 20 dB below).

    Parameters
    ----------
    samples : ndarray, shape (frames, channels)
        A loud excerpt of some seconds.
    noise : Denoise
        What is known of the noise in it.
    """
    opinion = VoiceOpinion(network, rate)
    silence = np.zeros((opinion.latency, samples.shape[1]))
    kept = opinion.process(np.concatenate([samples, silence]))[opinion.latency :]
    sound = float(np.mean(np.square(samples.mean(axis=1)))) - noise.mean_power(rate)
    return power_to_db(float(np.mean(np.square(kept))) / max(sound, _TINY)) > _KEPT_DB


class VoiceOpinion:
    """What the network takes for the voice, mono, late by `latency` frames.

    The same samples however the input is cut: the network hears fixed spans counted from frame 0.
    """

    highest_hz = HIGHEST_HZ

    def __init__(self, network: DeepFilter, rate: int) -> None:
        self._network, self._rate, self._hop = network, rate, hop_frames(rate)
        self.latency = _LATE_FRAMES * self._hop
        self._features = Features()
        self._samples = np.zeros(self._hop)
        before = _HEARD_FRAMES - _NEW_FRAMES
        self._spectra = np.zeros((before, BINS), np.complex128)
        self._levels = np.zeros((before, BANDS))
        self._shapes = np.zeros((before, FILTERED), np.complex128)
        self._tail = np.zeros(self._hop)
        self._ready: Floats = np.zeros(self.latency - (AHEAD + 1) * self._hop)

    def process(self, block: Block) -> Block:
        """As many frames as came in, shape (frames, 1), of what the network hears in them."""
        self._samples = np.concatenate([self._samples, block.mean(axis=1)])
        while len(self._samples) >= (_NEW_FRAMES + 1) * self._hop:
            used = self._samples[: (_NEW_FRAMES + 1) * self._hop]
            self._samples = self._samples[_NEW_FRAMES * self._hop :]
            self._ready = np.concatenate([self._ready, self._voice(used)])
        out, self._ready = self._ready[: len(block)], self._ready[len(block) :]
        return out[:, None]

    def _voice(self, samples: Floats) -> Floats:
        spectra = analyse(samples, self._rate)
        levels, shapes = self._features.of(spectra)
        self._spectra = np.concatenate([self._spectra, spectra])[-_HEARD_FRAMES:]
        self._levels = np.concatenate([self._levels, levels])[-_HEARD_FRAMES:]
        self._shapes = np.concatenate([self._shapes, shapes])[-_HEARD_FRAMES:]
        voice = self._network.voice(self._spectra, self._levels, self._shapes)[-_NEW_FRAMES:]
        frames = synthesise(voice, self._rate)
        starts, ends = frames[:, : self._hop], frames[:, self._hop :]
        out = starts.copy()
        out[0] += self._tail
        out[1:] += ends[:-1]
        self._tail = ends[-1]
        return out.reshape(-1)
