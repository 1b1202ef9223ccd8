"""All cores at once: a pool of child processes that can be stopped."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from studiohand.core.errors import StudiohandError
from studiohand.core.job import OneWorker

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

Item = TypeVar("Item")
Result = TypeVar("Result")

_POLL_SECONDS = 0.2


class ProcessWorkers:
    """Workers in processes of their own, started when first needed.

    Parameters
    ----------
    count : int
        How many; as many as there are cores by default.
    """

    def __init__(self, count: int = 0) -> None:
        self._count = count or os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None

    def map(
        self,
        function: Callable[[Item], Result],
        items: Sequence[Item],
        done: Callable[[int], None],
        each: Callable[[int, Result], None],
    ) -> list[Result]:
        """Results in order; `done` is called at least five times a second and may raise."""
        if self._count == 1 or len(items) < 2:
            return OneWorker().map(function, items, done, each)
        from concurrent.futures.process import BrokenProcessPool

        futures = [self._started().submit(function, item) for item in items]
        try:
            self._await(futures, done, each)
            return [future.result() for future in futures]
        except BrokenProcessPool as error:
            raise StudiohandError(
                "A worker was ended by the system, most likely for want of memory.",
                todo="Close other programs and try again.",
            ) from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the processes now."""
        if self._pool is None:
            return
        processes = list((self._pool._processes or {}).values())
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        self._pool = None

    def _await(
        self,
        futures: Sequence[Future[Any]],
        done: Callable[[int], None],
        each: Callable[[int, Any], None],
    ) -> None:
        place = {future: index for index, future in enumerate(futures)}
        waiting = set(futures)
        while waiting:
            finished, waiting = wait(waiting, _POLL_SECONDS, return_when=FIRST_COMPLETED)
            for future in finished:
                each(place[future], future.result())
            done(len(futures) - len(waiting))

    def _started(self) -> ProcessPoolExecutor:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._count, mp_context=get_context("spawn"), initializer=_prepare
            )
        return self._pool


@contextmanager
def all_cores() -> Iterator[ProcessWorkers]:
    """Workers that end with the block."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    workers = ProcessWorkers()
    try:
        yield workers
    finally:
        workers.stop()


def _prepare() -> None:
    """Let the parent alone answer Ctrl-C, and end with it however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
