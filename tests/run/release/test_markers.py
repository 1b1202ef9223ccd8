"""Findings as marker lists that a DAW reads."""

from __future__ import annotations

import csv
import io

import pytest

from studiohand.core.errors import BadSetting
from studiohand.core.outcome import Finding, Severity
from studiohand.run.release.markers import markers

FOUND = [
    Finding("t", "clash", ("vox", "gtr"), 'The "lead" is\nhidden.', 4.5, "dB", 3.0, 3661.25, 3665.0,
            None, Severity.MUST).to_json(),
    Finding("t", "clicks", ("vox",), "A click.", 1, "", 0, 2.0, 2.0).to_json(),
]  # fmt: skip


def test_reaper_gets_regions_in_order_with_a_length() -> None:
    rows = list(csv.reader(io.StringIO(markers(FOUND, "reaper"))))
    assert rows == [
        ["#", "Name", "Start", "End", "Length"],
        ["R1", "clicks: A click.", "0:00:02.000", "0:00:02.001", "0:00:00.001"],
        ["R2", 'clash: The "lead" is hidden.', "1:01:01.250", "1:01:05.000", "0:00:03.750"],
    ]


def test_audacity_gets_one_label_a_line() -> None:
    assert markers(FOUND, "audacity").splitlines() == [
        "2.000000\t2.000000\tclicks: A click.",
        '3661.250000\t3665.000000\tclash: The "lead" is hidden.',
    ]


def test_the_table_holds_every_fact() -> None:
    rows = list(csv.DictReader(io.StringIO(markers(FOUND, "csv"))))
    assert rows[1]["stems"] == "vox / gtr"
    assert (rows[1]["severity"], rows[1]["value"], rows[1]["unit"]) == ("must", "4.5", "dB")


def test_another_kind_is_refused() -> None:
    with pytest.raises(BadSetting, match="no kind of marker list"):
        markers(FOUND, "pdf")
