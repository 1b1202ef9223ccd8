"""The ledger: chained, tamper-evident, safe against kills and neighbours."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiohand.core.errors import Corrupt
from studiohand.song.ledger import Ledger


def _filled(path: Path, lines: int = 4) -> Ledger:
    ledger = Ledger(path / "ledger.jsonl")
    for number in range(lines):
        ledger.append("note", {"number": number, "text": "Überraschung 🎚"})
    return ledger


def test_each_line_names_the_hash_of_the_line_before(tmp_path: Path) -> None:
    entries = _filled(tmp_path).entries()
    assert [e.seq for e in entries] == [1, 2, 3, 4]
    assert [e.prev for e in entries[1:]] == [e.hash for e in entries[:-1]]


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_any_flipped_bit_is_found(
    tmp_path_factory: pytest.TempPathFactory, at: int, bit: int
) -> None:
    ledger = _filled(tmp_path_factory.mktemp("song"))
    content = bytearray(ledger.path.read_bytes())
    place = at % (len(content) - 1)
    content[place] ^= 1 << bit
    ledger.path.write_bytes(bytes(content))
    with pytest.raises(Corrupt, match="was altered"):
        ledger.entries()


def test_a_removed_line_is_found(tmp_path: Path) -> None:
    ledger = _filled(tmp_path)
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    ledger.path.write_bytes(b"".join(lines[:1] + lines[2:]))
    with pytest.raises(Corrupt, match="Line 2"):
        ledger.entries()


def test_a_rewritten_body_with_a_matching_hash_still_breaks_the_chain(tmp_path: Path) -> None:
    from studiohand.song.ledger import _hash, canonical

    ledger = _filled(tmp_path)
    lines = ledger.path.read_text().splitlines()
    data = json.loads(lines[1])
    data["body"] = {"number": 99}
    data["hash"] = _hash({k: v for k, v in data.items() if k != "hash"})
    lines[1] = canonical(data)
    ledger.path.write_text("\n".join(lines) + "\n")
    with pytest.raises(Corrupt, match="Line 3"):
        ledger.entries()


def test_a_line_torn_by_a_kill_is_dropped_and_the_next_one_follows(tmp_path: Path) -> None:
    ledger = _filled(tmp_path, 2)
    with ledger.path.open("ab") as file:
        file.write(b'{"body":{"number"')
    assert len(ledger.entries()) == 2
    ledger.append("note", {})
    assert [e.seq for e in ledger.entries()] == [1, 2, 3]


def _append_many(path: str) -> None:
    ledger = Ledger(Path(path))
    for number in range(20):
        with ledger.lock():
            ledger.append("note", {"number": number})


def test_two_processes_never_break_the_chain(tmp_path: Path) -> None:
    path = str(tmp_path / "ledger.jsonl")
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_append_many, args=(path,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [e.seq for e in Ledger(Path(path)).entries()] == list(range(1, 41))
