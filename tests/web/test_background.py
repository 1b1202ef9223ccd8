"""Work that nobody waits for: newest first, once, and silent while somebody listens."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from studiohand.core.audio import MemorySource
from studiohand.core.errors import CannotRead
from studiohand.web.background import Background, Polite


def test_short_work_is_done_at_once() -> None:
    done: list[str] = []
    assert Background().ask("a", lambda: done.append("a"), patience_s=5.0)
    assert done == ["a"]


def test_the_newest_wish_comes_first_and_each_once() -> None:
    background, done, gate = Background(), list[str](), threading.Event()

    def wait() -> None:
        gate.wait(5.0)

    assert not background.ask("first", wait, patience_s=0.05)
    for key in ("a", "b", "a"):
        background.ask(key, lambda key=key: done.append(key), patience_s=0.0)  # type: ignore[misc]
    gate.set()
    background.ask("last", lambda: done.append("last"), patience_s=5.0)
    for _ in range(500):
        if len(done) == 3:
            break
        time.sleep(0.01)
    assert sorted(done) == ["a", "b", "last"]
    assert done.index("a") < done.index("b")


def test_a_failure_is_told_to_who_asks_again_and_then_tried_anew() -> None:
    background = Background()

    def fail() -> None:
        raise CannotRead("The file is gone.")

    background.ask("a", fail, patience_s=5.0)
    with pytest.raises(CannotRead):
        background.ask("a", fail)
    assert background.ask("a", lambda: None, patience_s=5.0)


def test_a_queue_after_another_waits_for_it() -> None:
    before, gate = Background(), threading.Event()
    after = Background(after=before)
    source = Polite(MemorySource(np.zeros((4096, 1)), 48000), after.pause)

    def wait() -> None:
        gate.wait(5.0)

    def read() -> None:
        list(source.blocks(4096))

    before.ask("a", wait, patience_s=0.0)
    assert not after.ask("b", read, patience_s=0.3)
    gate.set()
    assert after.ask("b", read, patience_s=5.0)


def test_a_fault_of_ours_ends_one_wish_and_not_the_queue() -> None:
    background = Background()

    def fail() -> None:
        raise OSError("the disk is full")

    assert background.ask("a", fail, patience_s=5.0)
    assert background.ask("b", lambda: None, patience_s=5.0)
    with pytest.raises(OSError, match="disk"):
        background.ask("a", fail)


def test_work_stands_still_while_somebody_listens() -> None:
    background = Background()
    source = Polite(MemorySource(np.zeros((4096, 1)), 48000), background.pause)
    seen: list[float] = []

    def work() -> None:
        seen.extend(time.monotonic() for _ in source.blocks(1024))

    with background.hushed():
        assert not background.ask("a", work, patience_s=0.3)
        assert not seen
    assert background.ask("a", work, patience_s=5.0)
    assert len(seen) == 4
