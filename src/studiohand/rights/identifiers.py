"""Codes of works, recordings, people and products, checked by their check digits.

Sources: ISO 3901 (ISRC), ISO 15707 (ISWC), CISAC's IPI rules, ISO 27729 and ISO 7064 MOD 11-2
(ISNI), GS1 General Specifications section 7.9 (GTIN).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from studiohand.core.errors import BadSetting


def isrc(text: str) -> str:
    """An ISRC as ``CCXXXYYNNNNN``; it has no check digit, so only its form is checked.

    Raises
    ------
    BadSetting
    """
    code = _plain(text)
    if not re.fullmatch(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}", code):
        raise _wrong("ISRC", text, "two letters, three letters or digits, seven digits")
    return code


def iswc(text: str) -> str:
    """An ISWC as ``T-034.524.680-1`` (ISO 15707 annex: weighted sum mod 10).

    Raises
    ------
    BadSetting
    """
    code = _plain(text)
    if not re.fullmatch(r"T[0-9]{10}", code):
        raise _wrong("ISWC", text, "T and ten digits")
    if int(code[-1]) != _weighted_mod_10(code[1:-1], start=1):
        raise _mistyped("ISWC", text)
    return f"T-{code[1:4]}.{code[4:7]}.{code[7:10]}-{code[10]}"


def ipi_name(text: str) -> str:
    """An IPI name number, eleven digits of which the last two check (mod 101).

    Raises
    ------
    BadSetting
    """
    code = _plain(text)
    if not re.fullmatch(r"[0-9]{9,11}", code):
        raise _wrong("IPI name number", text, "eleven digits")
    code = code.zfill(11)
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(code[:9])) % 101
    if int(code[9:]) != ((101 - rest) % 100 if rest else 0):
        raise _mistyped("IPI name number", text)
    return code


def ipi_base(text: str) -> str:
    """An IPI base number as ``I-000000229-7``.

    Raises
    ------
    BadSetting
    """
    code = _plain(text)
    if not re.fullmatch(r"I[0-9]{10}", code):
        raise _wrong("IPI base number", text, "I and ten digits")
    if int(code[-1]) != _weighted_mod_10(code[1:-1], start=2):
        raise _mistyped("IPI base number", text)
    return f"I-{code[1:10]}-{code[10]}"


def gtin(text: str) -> str:
    """A UPC or EAN of 12 or 13 digits (GS1: weights 3 and 1 from the right, mod 10).

    Raises
    ------
    BadSetting
    """
    code = _plain(text)
    if not re.fullmatch(r"[0-9]{12,13}", code):
        raise _wrong("UPC or EAN", text, "12 or 13 digits")
    weighted = sum(
        int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(code[:-1]))
    )
    if int(code[-1]) != -weighted % 10:
        raise _mistyped("UPC or EAN", text)
    return code


def isni(text: str) -> str:
    """An ISNI as ``0000 0001 2150 090X`` (ISO 7064 MOD 11-2).

    Raises
    ------
    BadSetting
    """
    code = _plain(text)
    if not re.fullmatch(r"[0-9]{15}[0-9X]", code):
        raise _wrong("ISNI", text, "fifteen digits and a check character")
    total = 0
    for digit in code[:15]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    if code[15] != ("X" if check == 10 else str(check)):
        raise _mistyped("ISNI", text)
    return " ".join(code[at : at + 4] for at in range(0, 16, 4))


CHECKS: dict[str, Callable[[str], str]] = {
    "isrc": isrc,
    "iswc": iswc,
    "ipi": ipi_name,
    "ipi_base": ipi_base,
    "upc": gtin,
    "isni": isni,
}
"""Every code we know, by the name the command line and the ledger use."""


def _plain(text: str) -> str:
    return re.sub(r"[\s.\-]", "", text).upper()


def _weighted_mod_10(digits: str, start: int) -> int:
    """Check digit of ISWC (`start` 1) and IPI base number (`start` 2)."""
    total = start + sum(place * int(digit) for place, digit in enumerate(digits, start=1))
    return -total % 10


def _wrong(kind: str, text: str, form: str) -> BadSetting:
    return BadSetting(f"“{text}” is not an {kind}.", todo=f"It has {form}.")


def _mistyped(kind: str, text: str) -> BadSetting:
    return BadSetting(
        f"The check digit of {kind} “{text}” does not fit.", todo="A digit is mistyped."
    )
