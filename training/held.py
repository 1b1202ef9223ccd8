"""Songs that are never learnt from: the learning curve is drawn and the trust map fitted on them.

`python -m training.held POOL WORKS --multitracks FOLDER` builds them from the works that
`SOURCES.toml` lists as held back: `WORKS/midi`, `WORKS/modules`, `WORKS/records` (finished,
without a voice) and `WORKS/beds` (records without drums). Each kind is strange to the network in
another way: MIDI songs with and without a singer, tracker modules by instrument, rendered and
recorded voices over records, drums over beds.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from training import midifile, module, pool, score
from training.effects import RATE, Audio
from training.render import sampled_drums, vocals

HELD = ("mixed-evr_rubidium", "made-9", "song-held", "whole-held", "tonal-held")
"""How their names in a pool start: a free multitrack, rendered songs 90000 on, and those made here;
what the first word means is told in `training.mixing`."""
SECONDS = 16.0
MODULES = {
    "CV_BOSS": {"drums": (2, 3), "bass": (1,), "other": (0, 4, 5)},
    "CV_TECH": {"drums": (1, 2), "bass": (0,), "other": (3,)},
    "drozerix_-_bit_loader": {"drums": (1, 2), "bass": (0,), "other": (3,)},
}
"""Which instruments, counted from 0, make which stem."""
MODULE_START_S = 39.0
VOICE_DB, DRUMS_DB = (-5.0, 3.0), (-4.0, 3.0)
"""Levels of a voice over a band, and of drums over a bed, drawn evenly."""

Stems = dict[str, Audio]


def build(folder: Path, works: Path, multitracks: Path) -> None:
    """Write every held-back song into a pool; ones already there are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, stems) in enumerate(songs(works, multitracks)):
        if not any(folder.glob(f"{name}.*.npy")):
            top = float(np.abs(np.sum(list(stems.values()), axis=0)).max())
            for stem, sound in stems.items():
                pool.save(folder, name, stem, sound, top)
            print(f"{number + 1}: {name}", flush=True)


def songs(works: Path, multitracks: Path) -> Iterator[tuple[str, Stems]]:
    """Name and stems of each; the same works give the same songs."""
    rng = np.random.default_rng(91)
    played = []
    for number, place in enumerate(sorted((works / "midi").iterdir())):
        band = midifile.stems(place.read_bytes(), 0.3, SECONDS)
        played.append(band)
        yield f"song-held-{place.stem}", band
        if number % 2 == 0:
            yield f"song-held-{place.stem}-sung", band | {"vocals": _sung(band, number, rng)}
    modules = {p.stem: p for p in sorted((works / "modules").iterdir())}
    for name, groups in MODULES.items():
        played.append({stem: _module(modules[name], group) for stem, group in groups.items()})
        yield f"song-held-{name}", played[-1]
    recorded = _voices(multitracks)
    for number, place in enumerate(sorted((works / "records").iterdir())):
        band = {"other": pool.middle(place, SECONDS)}
        voice = recorded[number // 2 % len(recorded)] if number % 2 else _singer(200 + number)
        yield f"whole-held-{place.stem}", band | {"vocals": _over(band, voice, VOICE_DB, rng)}
    drums = [band["drums"] for band in played if "drums" in band]
    for number, place in enumerate(sorted((works / "beds").iterdir())):
        bed = {"other": pool.middle(place, SECONDS)}
        kit = sampled_drums(np.random.default_rng([7, 5000 + number]), SECONDS)
        for kind, sound in (("kit", kit), ("band", drums[-1 - number % len(drums)])):
            name = f"tonal-held-{place.stem}-{kind}"
            yield name, bed | {"drums": _over(bed, sound, DRUMS_DB, rng)}


def _module(place: Path, group: tuple[int, ...]) -> Audio:
    whole = module.render(place, MODULE_START_S + SECONDS, group)
    return whole[-int(SECONDS * RATE) :]


def _singer(seed: int) -> Audio:
    rng = np.random.default_rng([91, seed])
    return vocals(score.random_song(rng, SECONDS), int(SECONDS * RATE), rng)


def _sung(band: Stems, seed: int, rng: np.random.Generator) -> Audio:
    return _over(band, _singer(seed), VOICE_DB, rng)


def _voices(multitracks: Path) -> list[Audio]:
    """The loudest stretches of the held-back multitrack's voice."""
    sound = pool.read(next(multitracks.glob("evr_rubidium_vocals.*")))
    length = int(SECONDS * RATE)
    parts = [sound[at : at + length] for at in range(0, len(sound) - length, length)]
    return sorted(parts, key=_level, reverse=True)[:6]


def _over(
    band: Stems, lead: Audio, range_db: tuple[float, float], rng: np.random.Generator
) -> Audio:
    """A lead at a level drawn against a band's, as long as the band."""
    whole = np.sum(list(band.values()), axis=0)
    lead = lead[: len(whole)]
    lead = np.pad(lead, ((0, len(whole) - len(lead)), (0, 0)))
    gain = 10 ** (rng.uniform(*range_db) / 20) * _level(whole) / _level(lead)
    return np.asarray(lead * gain, np.float32)


def _level(sound: Audio) -> float:
    return float(np.sqrt(np.mean(sound**2))) + 1e-9


def main() -> None:
    """``python -m training.held POOL WORKS --multitracks FOLDER``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("pool", type=Path)
    parser.add_argument("works", type=Path)
    parser.add_argument("--multitracks", type=Path, required=True)
    args = parser.parse_args()
    build(args.pool, args.works, args.multitracks)


if __name__ == "__main__":
    main()
