"""What can be written: containers, codecs, word lengths, and what each of them can hold."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from studiohand.core.audio import FileFacts
from studiohand.core.errors import BadSetting

_OPUS_RATES = (48_000,)
"""Opus takes other rates, but what comes out is always at 48 kHz."""
_MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_AAC_RATES = (*_MP3_RATES, 64_000, 88_200, 96_000)


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of file to write.

    Parameters
    ----------
    name : str
        As typed: ``"wav24"``, ``"mp3-256"``.
    suffix : str
        With its dot.
    container : str
        ``"wav"``, ``"aiff"``, ``"flac"``, ``"mp3"``, ``"m4a"``, ``"ogg"`` or ``"opus"``.
    codec : str
        ``"pcm"``, ``"float"``, ``"flac"``, ``"alac"``, ``"mp3"``, ``"aac"``, ``"opus"``
        or ``"vorbis"``.
    bits : int
        Word length; 0: the source's own where it can be held. Float: 32 or 64. Lossy: 0.
    kbps : int
        Of lossy codecs.
    most_channels, most_bits : int
    rates : tuple of int
        Hz; empty: any.
    bare : bool
        True: no tags, markers or other chunks are written.
    """

    name: str
    suffix: str
    container: str
    codec: str
    bits: int = 0
    kbps: int = 0
    most_channels: int = 128
    most_bits: int = 32
    rates: tuple[int, ...] = ()
    bare: bool = False

    @property
    def lossy(self) -> bool:
        """Whether samples change by design."""
        return self.kbps > 0

    @property
    def floating(self) -> bool:
        """Whether samples are kept as floating point."""
        return self.codec == "float"


_WAV = Target("wav", ".wav", "wav", "pcm")
_AIFF = Target("aiff", ".aiff", "aiff", "pcm")
_FLAC = Target("flac", ".flac", "flac", "flac", most_channels=8, most_bits=24)
_ALAC = Target("alac", ".m4a", "m4a", "alac", most_channels=6, most_bits=24)
TARGETS = {
    target.name: target
    for target in (
        _WAV,
        *(replace(_WAV, name=f"wav{bits}", bits=bits) for bits in (16, 24, 32)),
        *(replace(_WAV, name=f"bare{bits}", bits=bits, bare=True) for bits in (16, 24)),
        replace(_WAV, name="wav32f", codec="float", bits=32),
        replace(_WAV, name="wav64f", codec="float", bits=64, most_bits=64),
        _AIFF,
        *(replace(_AIFF, name=f"aiff{bits}", bits=bits) for bits in (16, 24)),
        _FLAC,
        *(replace(_FLAC, name=f"flac{bits}", bits=bits) for bits in (16, 24)),
        _ALAC,
        *(replace(_ALAC, name=f"alac{bits}", bits=bits) for bits in (16, 24)),
        Target("mp3", ".mp3", "mp3", "mp3", kbps=320, most_channels=2, rates=_MP3_RATES),
        Target("aac", ".m4a", "m4a", "aac", kbps=256, most_channels=6, rates=_AAC_RATES),
        Target("opus", ".opus", "opus", "opus", kbps=160, most_channels=8, rates=_OPUS_RATES),
        Target("vorbis", ".ogg", "ogg", "vorbis", kbps=256, most_channels=8),
    )
}
"""Every target by name; lossy ones also take ``-KBPS``."""

_KBPS = {"mp3": (32, 320), "aac": (48, 512), "opus": (16, 512), "vorbis": (48, 500)}
_ALSO = {"m4a": "aac", "ogg": "vorbis", "aif": "aiff", "bwf": "wav", "wave": "wav"}


def target_named(name: str) -> Target:
    """The target of a name such as ``wav24``, ``flac`` or ``mp3-192``.

    Raises
    ------
    BadSetting
    """
    word, _, rate = name.lower().partition("-")
    target = TARGETS.get(_ALSO.get(word, word))
    if target is None or (rate and not (target.lossy and re.fullmatch(r"\d+k?", rate))):
        raise BadSetting(
            f"“{name}” is not a kind of file.",
            todo=f"Choose one of: {', '.join(TARGETS)}; lossy ones also as mp3-192.",
        )
    if not rate:
        return target
    lowest, highest = _KBPS[target.codec]
    kbps = int(rate.rstrip("k"))
    if not lowest <= kbps <= highest:
        raise BadSetting(
            f"{target.codec} at {kbps} kbit/s is not possible.",
            todo=f"Choose {lowest} to {highest}.",
        )
    return replace(target, name=f"{target.name}-{kbps}", kbps=kbps)


def word_length(target: Target, facts: FileFacts | None) -> int:
    """Bits of the samples to write: the target's, or the source's own where it can be held.

    A floating-point or lossy source has no word length; it gets 24 bits.
    """
    if target.bits or target.lossy:
        return target.bits
    own = facts.bits if facts is not None else None
    if own is None or facts is None or facts.lossy or is_float(facts):
        return min(24, target.most_bits)
    return min(next((bits for bits in (16, 24, 32) if bits >= own), 32), target.most_bits)


def is_float(facts: FileFacts) -> bool:
    """Whether a file holds floating-point samples."""
    return facts.codec.upper() in ("FLOAT", "DOUBLE", "PCM_F32LE", "PCM_F64LE")


def check_holds(target: Target, rate: int, channels: int) -> None:
    """See that a target can hold a rate in Hz and a number of channels.

    Raises
    ------
    BadSetting
    """
    if channels > target.most_channels:
        raise BadSetting(
            f"{target.name} holds at most {target.most_channels} channels, not {channels}.",
            todo="Choose WAV, or fewer channels.",
        )
    if target.rates and rate not in target.rates:
        nearest = min((r for r in target.rates if r >= rate), default=target.rates[-1])
        raise BadSetting(
            f"{target.name} cannot hold {rate} Hz, and nothing is resampled unless you say so.",
            todo=f"Add --rate {nearest}.",
        )
