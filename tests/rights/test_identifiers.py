"""Codes: published valid ones pass, every single-digit error fails."""

from __future__ import annotations

import pytest

from studiohand.core.errors import BadSetting
from studiohand.rights.identifiers import CHECKS

VALID = [
    ("isrc", "US-S1Z-99-00001", "USS1Z9900001"),
    ("iswc", "T-034.524.680-1", "T-034.524.680-1"),
    ("iswc", "T0345246801", "T-034.524.680-1"),
    ("ipi", "00014107338", "00014107338"),
    ("ipi_base", "I-000000229-7", "I-000000229-7"),
    ("upc", "036000291452", "036000291452"),
    ("upc", "4006381333931", "4006381333931"),
    ("isni", "0000 0001 2150 090X", "0000 0001 2150 090X"),
    ("isni", "0000000121032683", "0000 0001 2103 2683"),
]
CHECKED = [(kind, code) for kind, code, _ in VALID if kind != "isrc"]


@pytest.mark.parametrize(("kind", "code", "written"), VALID)
def test_published_examples_pass(kind: str, code: str, written: str) -> None:
    assert CHECKS[kind](code) == written


@pytest.mark.parametrize(("kind", "code"), CHECKED)
def test_every_single_digit_error_that_the_standard_can_see_fails(kind: str, code: str) -> None:
    for place, digit in enumerate(code):
        if not digit.isdigit():
            continue
        for other in set("0123456789") - {digit}:
            wrong = code[:place] + other + code[place + 1 :]
            if _invisible(kind, code, place, int(other)):
                assert CHECKS[kind](wrong)
            else:
                with pytest.raises(BadSetting):
                    CHECKS[kind](wrong)


def _invisible(kind: str, code: str, place: int, other: int) -> bool:
    """ISWC and IPI base weigh digit i by i, mod 10: weight times change may be a multiple of 10."""
    if kind not in ("iswc", "ipi_base"):
        return False
    weight = sum(c.isdigit() for c in code[: place + 1])
    return weight < 10 and weight * (other - int(code[place])) % 10 == 0


@pytest.mark.parametrize("code", ["USS1Z99", "U1S1Z9900001", "USS1Z99000011"])
def test_a_malformed_isrc_fails(code: str) -> None:
    with pytest.raises(BadSetting, match="two letters"):
        CHECKS["isrc"](code)
