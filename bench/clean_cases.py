"""Clean music with planted faults, and the two scores of a cleaning.

Nothing is tuned on the report half.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from studiohand.core.audio import Block

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus"
HALVES = {
    "tuning": {
        "voice": ["dry/voice_evr_sodium_lead.flac", "multitrack/evr_lithium/vocals_lead.flac"],
        "instrument": [
            "dry/piano_leaving_millie.mp3", "dry/guit_em9.flac", "dry/loop_tabla.flac",
        ],
        "mix": [
            "mix/folk_pop_vocals_fishin.ogg", "mix/hiphop_ripper.mp3", "mix/jazz_vibe_ace.ogg",
            "mix/lossless_48k_d.flac",
        ],
    },
    "report": {
        "voice": ["dry/voice_vocadito_10.flac", "multitrack/evr_rubidium/vocals_lead.flac"],
        "instrument": [
            "dry/trumpet_loop_f_90bpm.ogg", "multitrack/fof_armygeddon/guitar.flac",
            "dry/loop_compus.flac",
        ],
        "mix": [
            "mix/orchestral_brahms_hungarian5.ogg", "mix/metal_vocals_farewell.ogg",
            "mix/folk_world_tavern.ogg", "mix/lossless_cd_a.flac",
        ],
    },
}  # fmt: skip
FAULTS = ("hum", "hiss", "crackle", "clip", "room")
_ROOMS = ("omni-35-10.flac", "cardiod-rear-35-10.flac")
_EARLY_S = 0.04


@dataclass(frozen=True, slots=True)
class Case:
    """Music, the same with a fault, and where it comes from."""

    group: str
    fault: str
    music: Block
    dirty: Block
    rate: int


def cases(half: str, group: str, fault: str, seconds: int) -> list[Case]:
    """The fault planted in the loudest excerpt of each file of a group."""
    made = []
    for number, name in enumerate(HALVES[half][group]):
        rng = np.random.default_rng([FAULTS.index(fault), len(group), number])
        excerpt, rate = loudest(name, seconds)
        music, dirty = planted(fault, excerpt, rate, rng)
        made.append(Case(group, fault, music, dirty, rate))
    return made


def loudest(name: str, seconds: int) -> tuple[Block, int]:
    """The loudest excerpt of a file, and its rate."""
    samples, rate = soundfile.read(CORPUS / name, always_2d=True)
    power = np.cumsum(np.square(samples).sum(axis=1))
    frames = min(seconds * rate, len(samples))
    start = int(np.argmax(np.concatenate([[power[frames - 1]], power[frames:] - power[:-frames]])))
    return samples[start : start + frames], rate


def planted(fault: str, music: Block, rate: int, rng: np.random.Generator) -> tuple[Block, Block]:
    """What a perfect cleaning gives, and the file with the fault."""
    level = float(np.sqrt(np.mean(np.square(music))))
    t = np.arange(len(music)) / rate
    if fault == "hum":
        hz = rng.choice([50.0, 60.0]) + rng.uniform(-0.1, 0.1) + 0.05 * np.sin(2 * np.pi * t / 25)
        phase = 2 * np.pi * np.cumsum(hz) / rate
        hum = np.sum([np.sin(k * phase + k) / k for k in range(1, 13)], axis=0)
        return music, music + (hum * level / np.std(hum) * 10 ** (-15 / 20))[:, None]
    if fault == "hiss":
        return music, music + _hiss(music.shape, rate, rng) * level * 0.1
    if fault == "crackle":
        dirty = music.copy()
        for at in rng.integers(100, len(music) - 100, int(20 * t[-1])):
            long = int(rng.integers(1, 5))
            shape = rng.exponential(1.5) * level * np.exp(-np.arange(long) / 2.0)
            dirty[at : at + long] += (rng.choice([-1.0, 1.0]) * shape)[:, None]
        return music, dirty
    if fault == "clip":
        top = float(np.percentile(np.abs(music), 98.5))
        return music, np.clip(music, -top, top)
    return _in_room(music, rate, rng)


def _hiss(shape: tuple[int, ...], rate: int, rng: np.random.Generator) -> Block:
    """Noise that falls or rises by up to 3 dB an octave above 100 Hz, of power one."""
    spectrum = np.fft.rfft(rng.standard_normal(shape), axis=0)
    hz = np.maximum(np.arange(len(spectrum)) * rate / shape[0], 100.0)
    spectrum *= (hz / 1000.0)[:, None] ** rng.uniform(-0.5, 0.5)
    noise = np.fft.irfft(spectrum, shape[0], axis=0)
    return np.asarray(noise / np.std(noise))


def _in_room(music: Block, rate: int, rng: np.random.Generator) -> tuple[Block, Block]:
    """The early part of a real room as the aim, 6 dB more direct sound than it has."""
    room, _ = soundfile.read(CORPUS / "ir" / _ROOMS[int(rng.integers(len(_ROOMS)))], always_2d=True)
    response = room[max(int(np.argmax(np.abs(room[:, 0]))) - 20, 0) :, 0]
    response /= np.sqrt(np.sum(np.square(response)))
    response[0] += 2.0
    early = response.copy()
    early[int(_EARLY_S * rate) :] = 0.0
    size = len(music) + len(response)

    def through(taps: Block) -> Block:
        spectrum = np.fft.rfft(music, size, axis=0) * np.fft.rfft(taps, size)[:, None]
        return np.asarray(np.fft.irfft(spectrum, size, axis=0)[: len(music)])

    return through(early), through(response)


def si_sdr(music: Block, heard: Block) -> float:
    """Scale-invariant signal-to-distortion ratio, dB (Le Roux et al. 2019)."""
    share = np.vdot(music, heard) / np.vdot(music, music)
    rest = heard - share * music
    return float(10 * np.log10(share**2 * np.vdot(music, music) / (np.vdot(rest, rest) + 1e-20)))


def gain_db(case: Case, heard: Block) -> float:
    """By how much the SI-SDR rose."""
    return si_sdr(case.music, heard) - si_sdr(case.music, case.dirty)


def harm_db(case: Case, heard: Block) -> float:
    """What is neither the music nor a share of the fault, against the music; local shares."""
    from studiohand.dsp.blocks.stft import analyse

    def patches(samples: Block) -> np.ndarray:
        spectra = analyse(samples, 2048, 512).reshape(-1, samples.shape[1], 1025)
        frames = len(spectra) // 16 * 16
        cut = spectra[:frames, :, 1:].reshape(frames // 16, 16, samples.shape[1], 128, 8)
        return np.asarray(cut.transpose(0, 2, 3, 1, 4).reshape(-1, 128))

    music, fault, rest = (
        patches(item) for item in (case.music, case.dirty - case.music, heard - case.music)
    )
    power = np.sum(np.abs(fault) ** 2, axis=1) + 1e-12
    left = np.clip(np.sum((fault.conj() * rest).real, axis=1) / power, 0.0, 1.0)
    harm = np.sum(np.abs(rest - left[:, None] * fault) ** 2)
    return float(10 * np.log10(harm / np.sum(np.abs(music) ** 2) + 1e-20))


def at_harm(case: Case, heard: Block, most_db: float) -> Block:
    """The cleaning at the amount at which it harms as much as `most_db`, at most all of it."""
    low, high = 0.0, 1.0
    if harm_db(case, heard) <= most_db:
        return heard
    for _ in range(8):
        middle = (low + high) / 2.0
        harm = harm_db(case, case.dirty + middle * (heard - case.dirty))
        low, high = (middle, high) if harm <= most_db else (low, middle)
    return case.dirty + low * (heard - case.dirty)
