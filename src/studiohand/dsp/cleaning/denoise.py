"""Steady noise taken down in two steps, so that no musical noise is left.

First a long window (93 ms, which separates notes) makes a pilot by a Wiener gain. How far a bin
stands above the noise is read off its neighbourhood, never off the bin alone: along time (a held
note), along frequency (a stroke) and all around, whichever is clearest (after block thresholding:
G. Yu, S. Mallat, E. Bacry 2008). Then a window half as long, which separates strokes, takes the
pilot's power as the music's (an empirical Wiener filter in another basis). Two windows err in
different places, so single bins do not flicker. Beside a decision-directed gain (Y. Ephraim,
D. Malah 1984) this harms the music 2 dB less at the same SI-SDR, white noise 20 dB under voices,
instruments and mixes. All channels share one gain.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol, Self

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block
from studiohand.core.effect import Processor, StepKind, step
from studiohand.core.errors import BadSetting
from studiohand.dsp.blocks.hops import Delay, Hopped
from studiohand.dsp.blocks.overlap import HOPS as _OVERLAP
from studiohand.dsp.blocks.overlap import Overlap
from studiohand.dsp.blocks.stft import Spectra, hann
from studiohand.dsp.cleaning.subtract import Nothing
from studiohand.dsp.effects.checks import within

Floats = npt.NDArray[np.float64]

MOST_DB = 24.0
_PILOT_S = 0.0929
_NEIGHBOURS = ((9, 1), (3, 3), (1, 9))  # hops by bins
_CLEAR = 1.5  # times the noise: what the clearest of three neighbourhoods of pure noise reads
_REACH = 4  # hops to either side
_PILOT_FLOOR = 0.03
_TINY = 1e-30
_HOPS_AT_ONCE = 8
_LOWEST_DENSITY_DB = -180.0
_STEPS = 4096


@step
@dataclass(frozen=True, slots=True)
class Denoise:
    """Take a steady noise down whose spectrum is known.

    Parameters
    ----------
    profile_hz, profile_db : tuple of float
        The noise: dBFS in a band of 1 Hz (mean of the channels) at rising frequencies.
    tones_hz, tones_db : tuple of float
        Steady whistles on top of it: frequency and RMS level in dBFS.
    most_db : float
        0 to 60: how far it is taken down at most; some of it left sounds more natural than none.
    strength_percent : float
        0 to 150: scales the reduction in dB.
    """

    do: ClassVar[str] = "denoise"
    kind: ClassVar[StepKind] = "process"
    profile_hz: tuple[float, ...]
    profile_db: tuple[float, ...]
    tones_hz: tuple[float, ...] = ()
    tones_db: tuple[float, ...] = ()
    most_db: float = MOST_DB
    strength_percent: float = 100.0

    def __post_init__(self) -> None:
        within(self.do, "most_db", self.most_db, 0.0, 60.0)
        within(self.do, "strength_percent", self.strength_percent, 0.0, 150.0)
        if (
            len(self.profile_hz) != len(self.profile_db)
            or len(self.tones_hz) != len(self.tones_db)
            or len(self.profile_hz) < 2
            or any(b <= a for a, b in zip(self.profile_hz[:-1], self.profile_hz[1:], strict=True))
        ):
            raise BadSetting(
                "The noise profile does not fit together.",
                todo="Give as many levels as frequencies, the frequencies rising.",
            )

    def start(self, rate: int, channels: int) -> Processor:
        if self.strength_percent == 0.0 or self.most_db == 0.0:
            return Nothing(channels)
        running = Denoising(self, rate, channels)
        return Hopped(running.work, channels, running.hop_frames, running.latency)

    def scaled(self, amount: float) -> Self:
        return replace(self, strength_percent=min(self.strength_percent * amount, 150.0))

    def power(self, window_frames: int, rate: int) -> Floats:
        """Expected power of the noise in each bin of a Hann-windowed transform, shape (bins,)."""
        density = self._density(np.arange(window_frames // 2 + 1) * (rate / window_frames))
        power: Floats = density * (rate / 2.0) * float(np.sum(np.square(hann(window_frames))))
        for tone_hz, tone_db in zip(self.tones_hz, self.tones_db, strict=True):
            peak = 10.0 ** (tone_db / 10.0) * window_frames**2 / 8.0
            middle = round(tone_hz * window_frames / rate)
            for beside, share in ((0, 1.0), (1, 0.7), (2, 0.25)):
                for bin_ in {middle - beside, middle + beside}:
                    if 0 <= bin_ < len(power):
                        power[bin_] = max(power[bin_], peak * share)
        return power

    def mean_power(self, rate: int) -> float:
        """Mean square of the noise at a sample rate."""
        density = self._density(np.arange(_STEPS) * (rate / 2.0 / _STEPS))
        tones = np.power(10.0, np.asarray(self.tones_db) / 10.0)
        return float(density.mean()) * rate / 2.0 + float(tones.sum())

    def _density(self, hz: npt.NDArray[np.floating]) -> Floats:
        """Power in a band of 1 Hz."""
        at = np.log(np.maximum(hz, 1.0))
        db = np.interp(at, np.log(np.maximum(self.profile_hz, 1.0)), self.profile_db)
        density: Floats = np.power(10.0, np.maximum(db, _LOWEST_DENSITY_DB) / 10.0)
        return density


class Opinion(Protocol):
    """Somebody else's guess at the music alone."""

    @property
    def latency(self) -> int:
        """Frames by which it is late; more than `Denoising` looks ahead."""

    @property
    def highest_hz(self) -> float:
        """Above this it has nothing to say."""

    def process(self, block: Block) -> Block:
        """As many frames as came in, of one channel, from `latency` earlier."""


class Denoising:
    """Both steps, a few hops at a time, for `Hopped`.

    Parameters
    ----------
    settings : Denoise
    rate, channels : int
    opinion : Opinion or None
        Joins the pilot.
    """

    def __init__(
        self, settings: Denoise, rate: int, channels: int, opinion: Opinion | None = None
    ) -> None:
        long = 1 << round(math.log2(_PILOT_S * rate))
        short = long // 2
        self.hop_frames = _HOPS_AT_ONCE * long // _OVERLAP
        self._pilot = Overlap(long, channels)
        self._pair = Overlap(short, 2 * channels + (opinion is not None))
        self._out = Overlap(short, channels)
        late = self._pilot.latency + _REACH * long // _OVERLAP
        self._opinion = opinion
        self._wait = Delay(0 if opinion is None else opinion.latency - late, channels)
        self.latency = late + self._pair.latency
        self._late = Delay(late, channels)
        self._dry = Delay(self.latency, channels)
        self.latency += 0 if opinion is None else opinion.latency - late
        self._long_noise = settings.power(long, rate)
        self._short_noise = settings.power(short, rate)
        broadband = replace(settings, tones_hz=(), tones_db=())
        self._whistles = self._long_noise > broadband.power(long, rate)
        highest_hz = 0.0 if opinion is None else opinion.highest_hz
        self._asked = np.arange(short // 2 + 1) * (rate / short) < highest_hz
        self._strength = settings.strength_percent / 100.0
        self._floor = 10.0 ** (-settings.most_db / 20.0)
        self._around: Spectra = np.zeros((2 * _REACH, channels, long // 2 + 1), np.complex128)
        self._channels = channels

    def work(self, hop: Block, key: Block | None) -> Block:
        """As many frames as came in, from `latency` earlier."""
        said = [] if self._opinion is None else [self._opinion.process(hop)]
        hop = self._wait.process(hop)
        together = np.concatenate([self._late.process(hop), self._piloted(hop), *said], axis=1)
        spectra = self._pair.take(together)
        mixed = spectra[:, : self._channels]
        gain = self._gain(mixed, spectra[:, self._channels :])
        return self._dry.process(hop) - self._out.give(mixed * (1.0 - gain)[:, None, :])

    def _piloted(self, hop: Block) -> Block:
        """The first guess at the music."""
        spectra = np.concatenate([self._around, self._pilot.take(hop)])
        self._around = spectra[-2 * _REACH :]
        ratio = _power(spectra) / self._long_noise
        gain = np.maximum(_standing_out(ratio, self._whistles), _PILOT_FLOOR)
        return self._pilot.give(spectra[_REACH:-_REACH] * gain[_REACH:-_REACH, None, :])

    def _gain(self, mixed: Spectra, guessed: Spectra) -> Floats:
        """Gain of each bin from the pilot's power, and the opinion's where there is one."""
        music = _power(guessed[:, : self._channels])
        if self._opinion is not None:
            heard = _power(mixed.mean(axis=1, keepdims=True))
            share = np.minimum(_power(guessed[:, self._channels :]) / (heard + _TINY), 1.0)
            both = np.square(np.sqrt(music) + np.sqrt(share * _power(mixed))) / 4.0
            music = np.where(self._asked, both, music)
        gain: Floats = np.maximum(music / (music + self._short_noise), self._floor)
        return gain if self._strength == 1.0 else np.power(gain, self._strength)


def _standing_out(ratio: Floats, whistles: npt.NDArray[np.bool_]) -> Floats:
    """Wiener gain from each bin's power over the noise, shape (spectra, bins) both.

    A whistle's neighbours in frequency say nothing about it: there only time counts.
    """
    from scipy.ndimage import uniform_filter

    means = [uniform_filter(ratio, size) for size in _NEIGHBOURS]
    clearest = np.where(whistles, means[0], np.max(means, axis=0))
    prior = np.maximum(clearest - _CLEAR, 0.0)
    gain: Floats = prior / (1.0 + prior)
    return gain


def _power(spectra: Spectra) -> Floats:
    """Mean power of the channels, shape (spectra, bins)."""
    power: Floats = (np.square(spectra.real) + np.square(spectra.imag)).mean(axis=1)
    return power
