"""A sound into a file of whole numbers or floats: exact where it fits, else dithered once."""

from __future__ import annotations

from pathlib import Path

from studiohand.core.audio import Source
from studiohand.core.job import Job
from studiohand.dsp.dither import Quantiser, fits
from studiohand.io.formats import Target
from studiohand.io.metadata import Metadata
from studiohand.io.write import create_target


def write_sound(job: Job, sound: Source, path: Path, target: Target, metadata: Metadata) -> None:
    """Write a sound, all or nothing.

    Samples that fit the word length already stay what they are; others get TPDF dither.

    Parameters
    ----------
    target : Target
        Lossless.

    Raises
    ------
    BadSetting, CannotRead, CannotWrite, Cancelled
    """
    quantiser = None
    if not target.floating:
        exact = all(fits(block, target.bits) for block in sound.blocks())
        quantiser = Quantiser(target.bits, dither=not exact, seed=job.seed)
    shape = (sound.rate, sound.channels, target.bits)
    with create_target(path, target, *shape, metadata) as sink:
        for block in job.read(sound, f"write {path.name}"):
            if quantiser is None:
                sink.write(block)
            else:
                sink.write_integers(quantiser.process(block))
