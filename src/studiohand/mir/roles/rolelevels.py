"""How loud each role usually stands in a balanced mix: a prior, broad and said to be so.

Measured as excitation (dB, while the stem plays) against the sum of all stems, on twenty excerpts
of eleven songs, mostly electronic pop, at their makers' own levels; roles that were not among them
(brass, strings, snare, percussion) are guesses. The spreads are kept wide.
"""

from __future__ import annotations

from dataclasses import dataclass

from studiohand.core.audio import Role


@dataclass(frozen=True, slots=True)
class Usual:
    """Level against the sum in dB, and its spread between songs (standard deviation)."""

    level_db: float
    spread_db: float


USUAL = {
    Role.VOCALS: Usual(-3.0, 3.0),
    Role.BACKING_VOCALS: Usual(-6.0, 3.5),
    Role.DRUMS: Usual(-2.5, 3.0),
    Role.KICK: Usual(-8.0, 3.5),
    Role.SNARE: Usual(-7.0, 4.0),
    Role.HATS: Usual(-12.0, 6.0),
    Role.PERCUSSION: Usual(-11.0, 5.0),
    Role.BASS: Usual(-6.5, 4.0),
    Role.GUITAR: Usual(-5.5, 3.5),
    Role.KEYS: Usual(-9.0, 5.0),
    Role.STRINGS: Usual(-8.0, 4.0),
    Role.BRASS: Usual(-6.0, 4.0),
    Role.SYNTH: Usual(-6.0, 3.5),
    Role.PAD: Usual(-9.0, 4.0),
    Role.FX: Usual(-11.5, 6.0),
    Role.GUIDE: Usual(-60.0, 60.0),
    Role.OTHER: Usual(-5.0, 5.0),
}
"""Kick, snare, hats and percussion as single stems; drums as a bus."""
