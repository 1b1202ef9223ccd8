"""Blocks made ahead: the same ones, errors and early ends included."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from studiohand.core.ahead import WAITING, ahead, together
from studiohand.core.audio import Block


def made(count: int, log: list[int]) -> Iterator[Block]:
    for number in range(count):
        log.append(number)
        yield np.full((4, 1), float(number))


def test_the_same_blocks_come_in_the_same_order() -> None:
    assert [block[0, 0] for block in ahead(made(50, []))] == list(range(50))


def test_an_error_comes_through_after_the_blocks_before_it() -> None:
    def broken() -> Iterator[Block]:
        yield np.zeros((4, 1))
        raise ValueError("torn")

    blocks = ahead(broken())
    assert next(blocks).shape == (4, 1)
    with pytest.raises(ValueError, match="torn"):
        next(blocks)


def test_leaving_early_ends_the_thread_and_little_was_made() -> None:
    log: list[int] = []
    threads = threading.active_count()
    blocks = ahead(made(1000, log))
    next(blocks)
    blocks.close()  # type: ignore[attr-defined]
    assert threading.active_count() == threads
    assert len(log) < 2 * WAITING + 4


def test_calls_side_by_side_give_their_results_in_order() -> None:
    meet = threading.Barrier(2, timeout=10.0)

    def met(number: int) -> int:
        meet.wait()  # neither returns unless both run
        return number

    assert together([lambda: met(1), lambda: met(2)]) == [1, 2]


def test_an_error_of_a_call_comes_through() -> None:
    def fails() -> int:
        raise ValueError("torn")

    with pytest.raises(ValueError, match="torn"):
        together([lambda: 1, fails])
