"""The doors that scripts outside the project call: names, options and fields stay."""

from __future__ import annotations

import click
import pytest

from studiohand.cli.main import studiohand
from studiohand.core.effect import step_to_json
from studiohand.core.outcome import Finding, Move, Severity
from studiohand.dsp.effects.compressor import Compressor
from studiohand.dsp.effects.eq import Band, Eq
from studiohand.dsp.effects.simple import Gain, Offset, Pan, Polarity

DOORS = {
    "open": {"song"},
    "demo": {"--no-open"},
    "new": {"song", "--stems", "--mix", "--reference", "--title", "--artist"},
    "listen": {"song", "--json"},
    "moves": {"song", "--json"},
    "accept": {"song", "--amount", "--set"},
    "refuse": {"song", "--why"},
    "undo": {"song"},
    "render": {"song", "--out"},
    "verify": {"song"},
    "measure": {"--json"},
    "match": {"file", "--reference", "--amount", "--out", "--json"},
    "master": {"file", "--reference", "--loudness", "--ceiling", "--for", "--out", "--json"},
    "separate": {"files", "--out", "--model", "--stems", "--json"},
    "clean": {"file", "--out", "--only", "--amount", "--json"},
    "convert": {"--out", "--to", "--rate", "--json"},
}


def _command(name: str) -> click.Command:
    command = studiohand.get_command(click.Context(studiohand), name)
    assert command is not None, f"`studiohand {name}` is gone"
    return command


@pytest.mark.parametrize("name", list(DOORS))
def test_each_command_takes_what_the_contract_says(name: str) -> None:
    taken: set[str] = set()
    for parameter in _command(name).params:
        names = parameter.opts if isinstance(parameter, click.Option) else [parameter.name or ""]
        taken |= set(names)
    assert taken >= DOORS[name]


def test_the_models_command_has_its_four_words() -> None:
    group = _command("models")
    assert isinstance(group, click.Group)
    assert set(group.commands) >= {"list", "show", "get", "allow"}


def test_a_finding_has_its_fields() -> None:
    finding = Finding("t", "late", ("bass",), "x", severity=Severity.MUST)
    assert set(finding.to_json()) == {
        "id", "tool", "kind", "stems", "start_s", "end_s", "band_hz", "value", "unit", "limit",
        "severity", "confidence", "text", "evidence",
    }  # fmt: skip


def test_a_move_has_its_fields() -> None:
    assert set(Move("t", (), ("bass",), (Gain(1.0),), "x").to_json()) == {
        "id", "tool", "because", "targets", "steps", "amount_percent", "state", "predicted", "text"
    }  # fmt: skip


def test_steps_have_the_fields_any_plug_in_understands() -> None:
    eq = step_to_json(Eq((Band("bell", 300.0, -2.5, 1.4),)))
    assert eq["do"] == "eq"
    assert {"type": "bell", "hz": 300.0, "db": -2.5, "q": 1.4}.items() <= eq["bands"][0].items()
    assert step_to_json(Gain(-2.0)) == {"do": "gain", "db": -2.0}
    assert step_to_json(Pan(0.5)) == {"do": "pan", "position": 0.5}
    assert step_to_json(Offset(-7)) == {"do": "offset", "frames": -7}
    assert step_to_json(Polarity())["do"] == "polarity"
    fields = set(Compressor.__dataclass_fields__)
    assert fields >= {
        "threshold_db", "ratio", "attack_ms", "release_ms", "knee_db", "makeup_db", "band_hz"
    }  # fmt: skip
