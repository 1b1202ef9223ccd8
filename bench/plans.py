"""One planted fault of each kind, its size drawn at random, on a stem that can carry it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from bench.sessions import TRUE_OF_CORPUS, Session, stereo
from studiohand.compose import faults
from studiohand.compose.faults import Samples
from studiohand.compose.verdict import Planted


@dataclass(slots=True)
class Scene:
    """A session about to be listened to: some stems spoiled, the truth kept.

    Parameters
    ----------
    session : Session
    stems : dict of str to ndarray
    rates : dict of str to int
        Of stems whose file has another rate than the session.
    planted : list of Planted
    taken : set of str
        Stems that carry a fault already.
    """

    session: Session
    stems: dict[str, Samples]
    rates: dict[str, int] = field(default_factory=dict)
    planted: list[Planted] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def spoil(
        self,
        name: str,
        samples: Samples,
        kind: str,
        value: float | None = None,
        unit: str = "",
        *,
        stems: tuple[str, ...] = (),
        times_s: tuple[float, ...] = (),
    ) -> None:
        """Put a spoiled stem in place and write down what is wrong with it."""
        self.stems[name] = samples
        self.taken |= {name, *stems}
        self.planted.append(
            Planted(
                kind, stems or (name,), value=value, unit=unit, times_s=times_s,
                end_s=len(self.session.mix) / self.session.rate,
            )
        )  # fmt: skip


Plan = Callable[[Scene, str, np.random.Generator], None]


def rms_dbfs(samples: Samples) -> float:
    """Level of the sounding part: the loudest half of 50 ms frames."""
    power = (samples**2).mean(axis=1)
    frames = power[: len(power) // 2400 * 2400].reshape(-1, 2400).mean(axis=1)
    return float(10 * np.log10(np.mean(np.sort(frames)[len(frames) // 2 :]) + 1e-12))


def late(scene: Scene, name: str, rng: np.random.Generator) -> None:
    frames = int(rng.choice([-1, 1]) * rng.integers(30, 6000))
    scene.spoil(name, faults.late(scene.stems[name], frames), "late", float(frames), "frames")


def polarity(scene: Scene, name: str, rng: np.random.Generator) -> None:
    scene.spoil(name, faults.inverted(scene.stems[name]), "polarity")


def duplicate(scene: Scene, name: str, rng: np.random.Generator) -> None:
    copy = faults.louder(scene.stems[name], float(rng.uniform(-8.0, 0.0)))
    copy = faults.inverted(copy) if rng.uniform() < 0.3 else copy
    new = str(rng.choice(["Print 2", "Audio 14", "Take B"]))
    scene.spoil(new, copy, "duplicate", stems=(new, name))


def silent(scene: Scene, name: str, rng: np.random.Generator) -> None:
    scene.spoil("Spare", faults.silent(scene.stems[name]), "silent", stems=("Spare", name))


def clipped(scene: Scene, name: str, rng: np.random.Generator) -> None:
    depth_db = float(rng.uniform(4.0, 10.0))
    scene.spoil(name, faults.clipped(scene.stems[name], depth_db), "clipped")


def dc(scene: Scene, name: str, rng: np.random.Generator) -> None:
    offset = float(rng.choice([-1, 1]) * rng.uniform(0.004, 0.05))
    scene.spoil(name, faults.with_dc(scene.stems[name], offset), "dc")


def rate(scene: Scene, name: str, rng: np.random.Generator) -> None:
    other = 44100 if scene.session.rate == 48000 else 48000
    samples = faults.at_wrong_rate(scene.stems[name], other, scene.session.rate)
    scene.rates[name] = other
    scene.spoil(name, samples, "rate", float(other), "Hz")


def dual_mono(scene: Scene, name: str, rng: np.random.Generator) -> None:
    scene.spoil(name, faults.one_sound_on_both_sides(scene.stems[name]), "dual_mono")


def mislabelled(scene: Scene, name: str, rng: np.random.Generator) -> None:
    low = any(word in name.lower() for word in ("bass", "kick"))
    rhythm = any(word in name.lower() for word in ("drum", "kick", "snare", "hat", "oh", "room"))
    wrong = ["Lead Vocal", "Shaker"] if low else ["Sub Bass", "Kick In"]
    wrong += [] if rhythm else ["Snare Top"]
    new = str(rng.choice([name for name in wrong if name not in scene.stems]))
    scene.taken.add(name)
    scene.spoil(new, scene.stems.pop(name), "mislabelled")


def codec_ceiling(scene: Scene, name: str, rng: np.random.Generator) -> None:
    codec, quality = str(rng.choice(["mp3", "ogg"])), float(rng.uniform(0.55, 0.9))
    samples = faults.lossy(scene.stems[name], scene.session.rate, codec, quality)
    scene.spoil(name, samples, "codec_ceiling")


def hum(scene: Scene, name: str, rng: np.random.Generator) -> None:
    mains_hz = float(rng.choice([50.0, 60.0]) + rng.uniform(-0.15, 0.15))
    level = rms_dbfs(scene.stems[name]) - float(rng.uniform(14.0, 34.0))
    samples = faults.with_hum(scene.stems[name], scene.session.rate, mains_hz, level)
    scene.spoil(name, samples, "hum", mains_hz, "Hz")


def noise(scene: Scene, name: str, rng: np.random.Generator) -> None:
    level = rms_dbfs(scene.stems[name]) - float(rng.uniform(26.0, 42.0))
    samples = faults.with_noise(scene.stems[name], level, rng)
    scene.spoil(name, samples, "noise", level, "dBFS")


def clicks(scene: Scene, name: str, rng: np.random.Generator) -> None:
    clean, hz = scene.stems[name], scene.session.rate
    times = faults.places(int(rng.integers(4, 15)), len(clean) / hz - 1.0, rng)
    samples = faults.with_clicks(clean, hz, times, rng, float(rng.uniform(0.15, 0.6)))
    scene.spoil(name, samples, "clicks", float(len(times)), "clicks", times_s=times)


def mono_loss(scene: Scene, name: str, rng: np.random.Generator) -> None:
    scene.spoil(name, faults.one_side_inverted(scene.stems[name]), "mono_loss")


def level(scene: Scene, name: str, rng: np.random.Generator) -> None:
    db = float(rng.choice([-1, 1]) * rng.uniform(6.0, 12.0))
    scene.spoil(name, faults.louder(scene.stems[name], db), "level", db, "dB")


def resonance(scene: Scene, name: str, rng: np.random.Generator) -> None:
    hz = _busy_hz(scene.stems[name], scene.session.rate, rng)
    db, q = float(rng.uniform(12.0, 18.0)), float(rng.uniform(8.0, 16.0))
    samples = faults.with_bell(scene.stems[name], scene.session.rate, hz, db, q)
    scene.spoil(name, samples, "resonance", db, "dB")


def eq(scene: Scene, name: str, rng: np.random.Generator) -> None:
    hz = _busy_hz(scene.stems[name], scene.session.rate, rng)
    db, q = float(rng.choice([-1, 1]) * rng.uniform(8.0, 12.0)), float(rng.uniform(0.5, 1.2))
    samples = faults.with_bell(scene.stems[name], scene.session.rate, hz, db, q)
    scene.spoil(name, samples, "eq", db, "dB")


def clash(scene: Scene, name: str, rng: np.random.Generator) -> None:
    """Raise another stem over the named one, where the named one has its strength."""
    others = [n for n in scene.stems if n not in scene.taken and n != name]
    if not others:
        return
    hz = scene.session.rate
    together = [(_together(scene.stems[name], scene.stems[other]), other) for other in others]
    hider = max(together)[1]
    centre = _strongest_hz(scene.stems[name], hz)
    gap_db = _band_db(scene.stems[name], hz, centre) - _band_db(scene.stems[hider], hz, centre)
    lift = float(np.clip(gap_db + 12.0, 6.0, 24.0))
    boosted = faults.with_bell(scene.stems[hider], hz, centre, lift, 0.7)
    scene.taken.add(name)
    scene.spoil(hider, boosted, "clash", stems=(name, hider))


def _together(one: Samples, other: Samples) -> float:
    """Share of 50 ms frames in which both sound."""
    count = min(len(one), len(other)) // 2400
    on = [
        (s[: count * 2400] ** 2).mean(axis=1).reshape(-1, 2400).mean(axis=1) > 1e-6
        for s in (one, other)
    ]
    return float(np.mean(on[0] & on[1]))


def _spectrum(samples: Samples) -> Samples:
    """Mean power spectrum over whole frames of 8192."""
    mono = samples.mean(axis=1)
    frames = mono[: len(mono) // 8192 * 8192].reshape(-1, 8192) * np.hanning(8192)
    return np.asarray((np.abs(np.fft.rfft(frames, axis=1)) ** 2).mean(axis=0))


def _band_db(samples: Samples, rate: int, hz: float) -> float:
    bins = np.fft.rfftfreq(8192, 1 / rate)
    near = (bins > hz / 1.4) & (bins < hz * 1.4)
    return float(10 * np.log10(_spectrum(samples)[near].sum() + 1e-12))


def _strongest_hz(samples: Samples, rate: int) -> float:
    centres = np.geomspace(300.0, 3500.0, 12)
    return float(max(centres, key=lambda hz: _band_db(samples, rate, hz) + 4.5 * np.log2(hz)))


def _busy_hz(samples: Samples, rate: int, rng: np.random.Generator) -> float:
    """A random frequency at which the stem is within 30 dB of its strongest third octave."""
    centres = np.geomspace(120.0, 7000.0, 24)
    levels = np.array([_band_db(samples, rate, hz) for hz in centres])
    return float(rng.choice(centres[levels > levels.max() - 30.0]))


PLANS: Mapping[str, Plan] = {
    "late": late, "polarity": polarity, "duplicate": duplicate, "silent": silent,
    "clipped": clipped, "dc": dc, "rate": rate, "dual_mono": dual_mono,
    "mislabelled": mislabelled, "codec_ceiling": codec_ceiling, "hum": hum, "noise": noise,
    "clicks": clicks, "mono_loss": mono_loss, "level": level, "resonance": resonance, "eq": eq,
    "clash": clash,
}  # fmt: skip
NEEDS_MIX = frozenset({"level"})
"""Kinds that mean nothing without a rough mix to hold the stems against."""
NEEDS_STEREO = frozenset({"dual_mono", "mono_loss"})


_TOP_DB = -20.0
"""A codec's ceiling can only be seen in a stem that has something up there."""


def can_carry(scene: Scene, name: str, kind: str) -> bool:
    """Whether a stem can carry a fault of a kind in this scene."""
    samples = scene.session.stems.get(name)
    if samples is None or name in scene.taken or name not in scene.stems:
        return False
    if rms_dbfs(samples) < -50.0 or kind in TRUE_OF_CORPUS.get(scene.session.name, ()):
        return False
    if kind == "codec_ceiling":
        return _band_db(samples, scene.session.rate, 17000.0) > _TOP_DB
    if kind in NEEDS_STEREO:
        sides = stereo(samples)
        difference = np.std(sides[:, 0] - sides[:, 1])
        return bool(samples.shape[1] == 2 and difference > 0.05 * np.std(sides))
    return True
