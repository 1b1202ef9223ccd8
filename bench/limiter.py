"""Our limiter beside others at equal loudness: overs, distortion, transients, speed.

Run it with ``python -m bench.limiter [tuning|report] [DB...]``: every other record. The limiter's
constants were chosen on the tuning half; the report half is what is published. It needs
``../shared/corpus``; ffmpeg is used where it is installed; matchering and pedalboard (GPL) run in
a Python of their own, named by the environment variable ``STUDIOHAND_PEERS``. What is absent is
said and left out.

Each record (its 10 loudest seconds) is brought to a true peak of -1 dBTP and driven by 3, 6 and
9 dB into our limiter with a ceiling of -1 dBTP. Each other limiter is driven until its output has
the same loudness. "Cannot" counts the records on which it does not get there. Figures are means
over the records that all limiters reach, of those that reach two thirds of them; of the others,
over what they reach of these:

overs        points above the ceiling per second, at 8 times the rate (soxr)
highest      true peak against the ceiling, dB, the worst record
noise/mask   what is not the record times a slow gain, against what the record masks, dB
change       mean difference of level in 34 ear-wide bands, moment by moment, level-matched, dB
transients   how much less the hits stand out of what follows them, dB
x real time  seconds of sound per second of processor

Below each table: twelve tones from 60 Hz to 12 kHz at the same loudness, everything else against
them, dB.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from studiohand.core.audio import Block
from studiohand.dsp.effects.limiter import Limiter
from studiohand.dsp.meters.loudness import LoudnessMeter

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus"
CEILING_DB = -1.0
SECONDS = 10
DRIVES_DB = (3.0, 6.0, 9.0)
TOLERANCE_LU = 0.05
MASK_DB = -13.0
"""Noise in a band is masked by the sound there when it lies this far below."""

Limit = Callable[[Block, int, float], Block]
"""Samples, rate, gain in dB before a ceiling of `CEILING_DB`."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one limiter did to one record."""

    overs: float
    highest_db: float
    noise_db: float
    change_db: float
    transients_db: float
    speed: float


def main() -> None:
    """Print one table a drive."""
    limiters: dict[str, Limit] = {"studiohand": ours}
    with tempfile.TemporaryDirectory() as folder:
        limiters |= _ffmpeg() | _peers(Path(folder))
        half = 0 if "tuning" in sys.argv else 1
        paths = sorted((CORPUS / "mix").iterdir())[half::2]
        records = {path.stem[:20]: excerpt(path) for path in paths}
        ours(next(iter(records.values()))[0], 44100, 6.0)  # compiled before the clock runs
        asked = [float(word) for word in sys.argv[1:] if word.isdecimal()]
        for drive_db in asked or DRIVES_DB:
            _table(drive_db, records, limiters)
            _tones(drive_db, limiters)


def _table(
    drive_db: float, records: dict[str, tuple[Block, int]], limiters: dict[str, Limit]
) -> None:
    found: dict[str, dict[str, Figures | None]] = {name: {} for name in limiters}
    for record, (sound, rate) in records.items():
        wanted = lufs(ours(sound, rate, drive_db), rate)
        for name, limit in limiters.items():
            found[name][record] = figures(sound, rate, limit, drive_db, wanted)
    able = [e for e in found.values() if sum(row is None for row in e.values()) <= len(records) / 3]
    common = [r for r in records if all(each[r] is not None for each in able)]
    print(f"\n+{drive_db:g} dB into {CEILING_DB:g} dBTP, {len(common)} of {len(records)} records")
    print(f"{'':26}{'cannot':>7}{'overs':>8}{'highest':>9}{'noise/mask':>12}{'change':>8}{'transients':>12}"
          f"{'x real time':>13}")  # fmt: skip
    for name, each in found.items():
        rows = [row for record in common if (row := each[record]) is not None]
        reached = [row for row in each.values() if row is not None]
        missed = len(records) - len(reached)
        if not rows:
            print(f"{name:26}{missed:7d}")
            continue
        print(
            f"{name:26}{missed:7d}{np.mean([r.overs for r in rows]):8.1f}"
            f"{max(r.highest_db for r in reached):+9.2f}{np.mean([r.noise_db for r in rows]):12.2f}"
            f"{np.mean([r.change_db for r in rows]):8.2f}"
            f"{np.mean([r.transients_db for r in rows]):12.2f}"
            f"{np.median([r.speed for r in rows]):13.0f}"
        )


def _tones(drive_db: float, limiters: dict[str, Limit]) -> None:
    hz = 60.0 * (12000.0 / 60.0) ** (np.arange(12) / 11.0)
    time_s = np.arange(4 * 44100) / 44100
    phases = np.random.default_rng(1).uniform(0.0, 2.0 * np.pi, len(hz))
    levels = 10.0 ** (-3.0 * np.log2(hz / 60.0) / 20.0)
    line = (levels * np.sin(2.0 * np.pi * hz * time_s[:, None] + phases)).sum(axis=1)
    sound = np.repeat(line[:, None], 2, axis=1)
    sound *= 10 ** (CEILING_DB / 20) / np.abs(_oversampled(sound, 44100)).max()
    wanted = lufs(ours(sound, 44100, drive_db), 44100)
    for name, limit in limiters.items():
        out = _as_loud(sound, 44100, limit, drive_db, wanted)
        print(f"{name:26} twelve tones "
              + ("cannot" if out is None else f"{_beside_tones_db(out, hz):.1f} dB"))  # fmt: skip


def _beside_tones_db(out: Block, hz: Block) -> float:
    middle = out[44100 : 3 * 44100, 0]
    power = np.abs(np.fft.rfft(middle * np.blackman(len(middle)))) ** 2
    found = np.fft.rfftfreq(len(middle), 1 / 44100)
    tone = (np.abs(found[:, None] - hz) < 4.0).any(axis=1)
    return float(10 * np.log10(power[~tone].sum() / power[tone].sum()))


def figures(
    sound: Block, rate: int, limit: Limit, drive_db: float, wanted: float
) -> Figures | None:
    """One limiter on one record at a loudness; None where it does not get there."""
    start, wall = time.process_time(), time.perf_counter()
    limit(sound, rate, drive_db)
    spent = time.process_time() - start if limit is ours else time.perf_counter() - wall
    out = _as_loud(sound, rate, limit, drive_db, wanted)
    if out is None:
        return None
    raised = np.abs(_oversampled(out, rate)) / 10 ** (CEILING_DB / 20)
    return Figures(
        overs=float(np.count_nonzero(raised > 1.0)) / (len(sound) / rate),
        highest_db=float(20 * np.log10(raised.max())),
        noise_db=noise_to_mask_db(sound, out, rate),
        change_db=change_db(sound, out, rate),
        transients_db=_standing_out(sound, rate, sound) - _standing_out(out, rate, sound),
        speed=len(sound) / rate / max(spent, 1e-6),
    )


def _as_loud(sound: Block, rate: int, limit: Limit, drive_db: float, wanted: float) -> Block | None:
    """The limiter's output at a loudness; None where it does not get there."""
    if limit is ours:
        return ours(sound, rate, drive_db)
    low, high = drive_db - 6.0, drive_db + 12.0
    if lufs(limit(sound, rate, high), rate) < wanted - TOLERANCE_LU:
        return None
    for _ in range(12):
        middle = 0.5 * (low + high)
        out = limit(sound, rate, middle)
        error = lufs(out, rate) - wanted
        if abs(error) <= TOLERANCE_LU:
            break
        low, high = (low, middle) if error > 0.0 else (middle, high)
    return out


def change_db(sound: Block, out: Block, rate: int) -> float:
    """Mean difference of level, bands as wide as the ear's (Glasberg and Moore 1990), 23 ms apart.

    Louder bands and moments count more (power to the fourth root); the mean level is taken out.
    """
    size = 1024
    band = (21.4 * np.log10(1.0 + 0.00437 * np.fft.rfftfreq(size, 1 / rate))).astype(int)
    powers = []
    for each in (sound, out):
        windows = np.lib.stride_tricks.sliding_window_view(each.mean(axis=1), size)[:: size // 2]
        power = np.abs(np.fft.rfft(windows * np.hanning(size))) ** 2
        powers.append(
            np.stack([power[:, band == b].sum(axis=1) for b in range(2, 36) if (band == b).any()])
        )
    weight = np.where(powers[0] > 1e-5 * powers[0].max(), powers[0] ** 0.25, 0.0)
    difference = 10 * np.log10((powers[1] + 1e-6) / (powers[0] + 1e-6))
    difference -= np.average(difference, weights=weight)
    return float(np.average(np.abs(difference), weights=weight))


def noise_to_mask_db(sound: Block, out: Block, rate: int) -> float:
    """Mean over third octaves and fifths of a second of what no gain explains.

    In each band and span the output is the input times one gain, as well as least squares can;
    the rest is distortion. It is held against the output's own power in the band less 13 dB.
    """
    size = 2048
    mono = [np.mean(each, axis=1) for each in (sound, out)]
    window = np.hanning(size)
    spectra = [
        np.fft.rfft(np.lib.stride_tricks.sliding_window_view(m, size)[:: size // 2] * window)
        for m in mono
    ]
    hz = np.fft.rfftfreq(size, 1 / rate)
    edges = np.concatenate([[0.0], 100.0 * 2 ** (np.arange(23) / 3)])
    spans = max(len(spectra[0]) // 8, 1)
    ratios = []
    for span in np.array_split(np.arange(len(spectra[0])), spans):
        for low, high in itertools.pairwise(edges):
            chosen = (hz >= low) & (hz < high)
            if not chosen.any():
                continue
            a, b = (s[span][:, chosen].ravel() for s in spectra)
            power = float(np.vdot(b, b).real)
            gain = np.vdot(a, b) / max(float(np.vdot(a, a).real), 1e-20)
            rest = float(np.sum(np.abs(b - gain * a) ** 2))
            if power > 1e-6:
                ratios.append(rest / (power * 10 ** (MASK_DB / 10)))
    return float(10 * np.log10(np.mean(ratios)))


def _standing_out(sound: Block, rate: int, original: Block) -> float:
    """Level of the hits over the tenth of a second after them, mean over the 40 sharpest, dB."""
    hop = rate // 200
    power = [
        np.mean(each[: len(each) // hop * hop].reshape(-1, hop, each.shape[1]) ** 2, axis=(1, 2))
        for each in (original, sound)
    ]
    rise = np.diff(10 * np.log10(power[0] + 1e-9), prepend=-90.0)
    rise[power[0] < 0.1 * power[0].max()] = 0.0
    hits = np.argsort(-rise)[:40]
    hits = hits[hits + 24 < len(rise)]
    after = np.array([np.mean(power[1][h + 4 : h + 24]) for h in hits])
    peak = np.array([np.max(power[1][h : h + 2]) for h in hits])
    return float(np.mean(10 * np.log10((peak + 1e-9) / (after + 1e-9))))


def _oversampled(sound: Block, rate: int) -> Block:
    import soxr

    padded = np.pad(sound, ((1000, 1000), (0, 0)))
    return np.asarray(soxr.resample(padded, rate, 8 * rate, quality="VHQ"))


def lufs(sound: Block, rate: int) -> float:
    """Integrated loudness."""
    meter = LoudnessMeter(rate, sound.shape[1])
    meter.update(sound)
    level = meter.integrated_lufs()
    return -200.0 if level is None else level


def excerpt(path: Path) -> tuple[Block, int]:
    """The loudest seconds of a record, at a true peak of the ceiling."""
    import soundfile

    sound, rate = soundfile.read(path, always_2d=True)
    frames = SECONDS * rate
    if len(sound) > frames:
        sums = np.concatenate([[0.0], np.cumsum(np.sum(sound**2, axis=1))])
        start = int(np.argmax(sums[frames:] - sums[:-frames]))
        sound = sound[start : start + frames]
    return sound * 10 ** (CEILING_DB / 20) / np.abs(_oversampled(sound, rate)).max(), rate


def ours(sound: Block, rate: int, gain_db: float) -> Block:
    """The limiter of this project."""
    processor = Limiter(CEILING_DB, gain_db).start(rate, sound.shape[1])
    return np.concatenate([processor.process(sound), processor.flush()])


def _ffmpeg() -> dict[str, Limit]:
    if shutil.which("ffmpeg") is None:
        print("LOUD: ffmpeg is not installed, its alimiter is left out")
        return {}

    def limit(sound: Block, rate: int, gain_db: float) -> Block:
        kind = ["-f", "f64le", "-ar", str(rate), "-ac", str(sound.shape[1])]
        ceiling = 10 ** (CEILING_DB / 20)
        words = f"alimiter=limit={ceiling}:level=false:attack=5:release=50:latency=1"
        raised = sound * 10 ** (gain_db / 20)
        done = subprocess.run(
            ["ffmpeg", "-v", "error", *kind, "-i", "-", "-af", words, *kind, "-"],
            input=raised.tobytes(), capture_output=True, check=True,
        )  # fmt: skip
        out = np.frombuffer(done.stdout).reshape(-1, sound.shape[1])
        return np.pad(out, ((0, max(len(sound) - len(out), 0)), (0, 0)))[: len(sound)]

    return {"ffmpeg alimiter": limit}


_PEER = """
import json, sys
import numpy as np
import matchering.limiter, matchering.defaults, pedalboard
config = matchering.defaults.Config()
kinds = [k for k in ("BrickwallLimiter", "Limiter") if hasattr(pedalboard, k)]
print(json.dumps(["matchering"] + ["pedalboard " + k for k in kinds]), flush=True)
for line in sys.stdin:
    name, file, rate, ceiling_db = json.loads(line)
    sound = np.load(file)
    if name == "matchering":
        ceiling = 10 ** (ceiling_db / 20) / config.threshold
        config.internal_sample_rate = rate
        out = matchering.limiter.limit(sound / ceiling, config) * ceiling
    else:
        kind = getattr(pedalboard, name.split()[1])
        brick = name.endswith("BrickwallLimiter")
        plug = kind(ceiling_db=ceiling_db, true_peak=True) if brick else kind(ceiling_db)
        out = pedalboard.Pedalboard([plug])(sound.T.astype(np.float32), rate).T
    np.save(file, np.asarray(out, np.float64))
    print("done", flush=True)
"""


def _peers(folder: Path) -> dict[str, Limit]:
    python = os.environ.get("STUDIOHAND_PEERS", "")
    if not python:
        print("LOUD: STUDIOHAND_PEERS is not set, matchering and pedalboard are left out")
        return {}
    worker: subprocess.Popen[str] = subprocess.Popen(
        [python, "-c", _PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    if worker.stdin is None or worker.stdout is None:
        raise RuntimeError("the peers cannot be talked to")
    line = worker.stdout.readline()
    if not line:
        print("LOUD: matchering and pedalboard do not start, they are left out")
        return {}
    file = folder / "sound.npy"

    def make(name: str) -> Limit:
        def limit(sound: Block, rate: int, gain_db: float) -> Block:
            np.save(file, sound * 10 ** (gain_db / 20))
            _ask(worker, [name, str(file), rate, CEILING_DB])
            return np.asarray(np.load(file))[: len(sound)]

        return limit

    return {name: make(name) for name in json.loads(line)}


def _ask(worker: subprocess.Popen[str], words: list[Any]) -> None:
    if worker.stdin is None or worker.stdout is None:
        raise RuntimeError("the peers cannot be talked to")
    worker.stdin.write(json.dumps(words) + "\n")
    worker.stdin.flush()
    if worker.stdout.readline().strip() != "done":
        sys.exit("a peer stopped")


if __name__ == "__main__":
    main()
