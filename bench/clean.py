"""Clean-up on planted faults: gain in SI-SDR and harm, beside what others do, all of them blind.

    python -m bench.clean [--seconds 12]

Known hum with drift, hiss, crackle, clipping and rooms are planted in voices, single instruments
and full mixes of ``../shared/corpus``. `studiohand clean` hears each file by itself; ffmpeg's
filters and noisereduce run with their defaults where they are installed.
Printed per method and fault: mean gain of SI-SDR (dB) and harm (dB under the music: what is
neither the music nor what is left of the fault; lower is better). The last column is the change
of the clean file.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import click
import numpy as np
import soundfile

from studiohand.core.audio import Block, Material, MemorySource, Role, Track, read_all
from studiohand.core.job import Job
from studiohand.run.single import processed_file
from studiohand.tools.clean import TOOL, CleanSettings

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus"
FILES = {
    "voice": ["dry/voice_vocadito_10.flac", "dry/voice_evr_sodium_lead.flac"],
    "instrument": ["dry/piano_leaving_millie.mp3", "dry/trumpet_loop_f_90bpm.ogg"],
    "mix": ["mix/folk_pop_vocals_fishin.ogg", "mix/orchestral_brahms_hungarian5.ogg"],
}
ROOMS = ["omni-35-10.flac", "cardiod-rear-35-10.flac"]
EARLY_S = 0.04
FAULTS = ("hum", "hiss", "crackle", "clip", "room")
ASKED = {"room": ("room",)}
FFMPEG = {"hiss": "afftdn=nr=20:tn=1", "crackle": "adeclick", "clip": "adeclip"}


@dataclass(frozen=True, slots=True)
class Case:
    """Music, the same with a fault, and where it comes from."""

    group: str
    fault: str
    music: Block
    dirty: Block
    rate: int


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
        return music, music + rng.standard_normal(music.shape) * level * 0.1
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


def _in_room(music: Block, rate: int, rng: np.random.Generator) -> tuple[Block, Block]:
    """The early part of a real room as the aim, 6 dB more direct sound than it has."""
    room, _ = soundfile.read(CORPUS / "ir" / ROOMS[int(rng.integers(len(ROOMS)))], always_2d=True)
    response = room[max(int(np.argmax(np.abs(room[:, 0]))) - 20, 0) :, 0]
    response /= np.sqrt(np.sum(np.square(response)))
    response[0] += 2.0
    early = response.copy()
    early[int(EARLY_S * rate) :] = 0.0
    size = len(music) + len(response)

    def through(taps: Block) -> Block:
        spectrum = np.fft.rfft(music, size, axis=0) * np.fft.rfft(taps, size)[:, None]
        return np.asarray(np.fft.irfft(spectrum, size, axis=0)[: len(music)])

    return through(early), through(response)


def ours(case: Case) -> Block:
    """`studiohand clean`, blind."""
    role = Role.VOCALS if case.group == "voice" else Role.OTHER
    source = MemorySource(case.dirty, case.rate)
    material = Material(case.rate, file=Track("file", source, role))
    settings = CleanSettings.model_validate({"only": ASKED.get(case.fault, ())})
    outcome = TOOL.run(Job(), material, settings)
    return read_all(processed_file(material, outcome.moves, 100.0))


def with_ffmpeg(case: Case) -> Block | None:
    """The ffmpeg filter for this fault."""
    if case.fault not in FFMPEG or not shutil.which("ffmpeg"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        dirty, clean = Path(folder) / "in.wav", Path(folder) / "out.wav"
        soundfile.write(dirty, case.dirty, case.rate, subtype="FLOAT")
        command = ["ffmpeg", "-v", "error", "-i", str(dirty), "-af", FFMPEG[case.fault],
                   "-c:a", "pcm_f32le", str(clean)]  # fmt: skip
        subprocess.run(command, check=True)
        return _aligned(soundfile.read(clean, always_2d=True)[0], case.dirty)


def with_noisereduce(case: Case) -> Block | None:
    """noisereduce, stationary."""
    if case.fault != "hiss" or find_spec("noisereduce") is None:
        return None
    import noisereduce  # type: ignore[import-not-found,unused-ignore]

    clean = noisereduce.reduce_noise(y=case.dirty.T, sr=case.rate, stationary=True)
    return _fitted(np.asarray(clean).T, len(case.music))


METHODS: dict[str, Callable[[Case], Block | None]] = {
    "studiohand": ours,
    "ffmpeg": with_ffmpeg,
    "noisereduce": with_noisereduce,
}


def _aligned(samples: Block, like: Block) -> Block:
    """Moved by whole frames to lie on what went in: some filters are late."""
    size = 2 * max(len(samples), len(like))
    spectrum = np.fft.rfft(samples[:, 0], size) * np.conj(np.fft.rfft(like[:, 0], size))
    late = int(np.argmax(np.fft.irfft(spectrum, size)))
    late = late - size if late > size // 2 else late
    return _fitted(samples[late:] if late > 0 else np.pad(samples, ((-late, 0), (0, 0))), len(like))


def _fitted(samples: Block, frames: int) -> Block:
    out = np.zeros((frames, samples.shape[1]))
    out[: len(samples)] = samples[:frames]
    return out


def si_sdr(music: Block, heard: Block) -> float:
    """Scale-invariant signal-to-distortion ratio, dB (Le Roux et al. 2019)."""
    share = np.vdot(music, heard) / np.vdot(music, music)
    rest = heard - share * music
    return float(10 * np.log10(share**2 * np.vdot(music, music) / (np.vdot(rest, rest) + 1e-20)))


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


@click.command()
@click.option("--seconds", default=12, help="Length of each excerpt.")
def main(seconds: int) -> None:
    """Print the table."""
    for name in ("noisereduce",):
        if find_spec(name) is None:
            click.echo(f"SKIPPED: {name} is not installed, its rows are missing.")
    click.echo(f"{'fault':8} {'on':11} {'method':12} {'before':>7} {'gain dB':>8} {'harm dB':>8}")
    for fault in FAULTS:
        for group, names in FILES.items():
            if not (fault == "room" and group == "mix"):
                _row(fault, group, names, seconds)
    _clean_row(seconds)


def loudest(name: str, seconds: int) -> tuple[Block, int]:
    """The loudest excerpt of a file, and its rate."""
    samples, rate = soundfile.read(CORPUS / name, always_2d=True)
    power = np.cumsum(np.square(samples).sum(axis=1))
    frames = min(seconds * rate, len(samples))
    start = int(np.argmax(np.concatenate([[power[frames - 1]], power[frames:] - power[:-frames]])))
    return samples[start : start + frames], rate


def _row(fault: str, group: str, names: list[str], seconds: int) -> None:
    rng = np.random.default_rng([FAULTS.index(fault), len(group)])
    cases = []
    for name in names:
        excerpt, rate = loudest(name, seconds)
        music, dirty = planted(fault, excerpt, rate, rng)
        cases.append(Case(group, fault, music, dirty, rate))
    before = np.mean([si_sdr(case.music, case.dirty) for case in cases])
    for method, run in METHODS.items():
        heard = [run(case) for case in cases]
        if any(item is None for item in heard):
            continue
        pairs = [(c, h) for c, h in zip(cases, heard, strict=True) if h is not None]
        gain = np.mean([si_sdr(c.music, h) - si_sdr(c.music, c.dirty) for c, h in pairs])
        harm = np.mean([harm_db(c, h) for c, h in pairs])
        click.echo(f"{fault:8} {group:11} {method:12} {before:7.1f} {gain:+8.1f} {harm:8.1f}")


def _clean_row(seconds: int) -> None:
    """How far clean files are changed, dB under them."""
    for group, names in FILES.items():
        changes = []
        for name in names:
            music, rate = loudest(name, seconds)
            change = ours(Case(group, "", music, music, rate)) - music
            changes.append(10 * np.log10(np.sum(change**2) / np.sum(music**2) + 1e-20))
        click.echo(f"clean    {group:11} studiohand   change {max(changes):.0f} dB at worst")


if __name__ == "__main__":
    main()
