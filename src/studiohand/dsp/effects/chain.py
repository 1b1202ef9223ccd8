"""Effects in a row over blocks, and a source that plays through them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from studiohand.core.ahead import ahead
from studiohand.core.audio import BLOCK_FRAMES, Block, Source, SourceOf
from studiohand.core.effect import Effect, Processor

BESIDE = "limiter"
"""An effect at the end that takes as long as all before it: those run ahead in a thread."""


class Chain:
    """Processors in a row, itself a processor; each keeps length, so the row does.

    Parameters
    ----------
    effects : sequence of Effect
    rate : int
        Hz.
    channels : int
    """

    def __init__(self, effects: Sequence[Effect], rate: int, channels: int) -> None:
        self._links = [_Link(effect, rate, channels) for effect in effects]
        self._channels = channels

    @property
    def key_names(self) -> tuple[str, ...]:
        """Names of the stems that side-chains listen to."""
        return tuple(link.key_name for link in self._links if link.key_name)

    def process(self, block: Block, keys: Mapping[str, Block] | None = None) -> Block:
        """Next output; `keys` holds each side-chain stem over the same frames as `block`."""
        for link in self._links:
            if link.key_name:
                link.feed_key((keys or {})[link.key_name])
        for link in self._links:
            block = link.process(block)
        return block

    def flush(self) -> Block:
        rest = np.zeros((0, self._channels))
        for link in self._links:
            out = [link.process(rest)] if len(rest) else []
            rest = np.concatenate([*out, link.flush()])
        return rest


class _Link:
    """A processor and the part of its side-chain that it has not reached yet."""

    def __init__(self, effect: Effect, rate: int, channels: int) -> None:
        self.key_name = str(getattr(effect, "key", None) or "")
        self._processor: Processor = effect.start(rate, channels)
        self._keys: list[Block] = []

    def feed_key(self, key: Block) -> None:
        self._keys.append(key)

    def process(self, block: Block) -> Block:
        if not self.key_name or not len(block):
            return self._processor.process(block) if len(block) else block
        waiting = np.concatenate(self._keys)
        self._keys = [waiting[len(block) :]]
        return self._processor.process(block, waiting[: len(block)])

    def flush(self) -> Block:
        return self._processor.flush()


@dataclass(frozen=True, slots=True)
class ProcessedSource(SourceOf):
    """A source heard through effects; same rate, channels and length.

    Parameters
    ----------
    effects : tuple of Effect
    keys : mapping of str to Source
        The stems that side-chains listen to, on the same timeline.
    """

    effects: tuple[Effect, ...]
    keys: Mapping[str, Source] = field(default_factory=dict)

    def blocks(
        self, size: int = BLOCK_FRAMES, start_frame: int = 0, stop_frame: int | None = None
    ) -> Iterator[Block]:
        """Blocks of the processed sound.

        Effects always start at frame 0, so a span equals the same span of the whole.
        """
        stop = self.frames if stop_frame is None else min(stop_frame, self.frames)
        at = 0
        for block in self._processed(size, stop):
            wanted = block[max(start_frame - at, 0) : max(stop - at, 0)]
            at += len(block)
            if len(wanted):
                yield wanted
            if at >= stop:
                return

    def _processed(self, size: int, stop_frame: int) -> Iterator[Block]:
        if not self.effects:
            yield from self.source.blocks(size)
            return
        *others, last = self.effects
        if others and last.do == BESIDE and not self.keys and self.frames > size:
            sound = ProcessedSource(self.source, tuple(others))
            chain = Chain((last,), self.rate, self.channels)
            for block in ahead(sound._processed(size, stop_frame)):
                yield chain.process(block)
            yield chain.flush()
            return
        chain = Chain(self.effects, self.rate, self.channels)
        readers = {name: Aligned(self.keys[name]) for name in chain.key_names}
        for block in self.source.blocks(size):
            keys = {name: reader.next(len(block)) for name, reader in readers.items()}
            yield chain.process(block, keys)
        yield chain.flush()


def unfolded(source: Source) -> tuple[Source, tuple[Effect, ...]]:
    """What a source is made from, and all effects it is heard through."""
    effects: tuple[Effect, ...] = ()
    while isinstance(source, ProcessedSource):
        effects = source.effects + effects
        source = source.source
    return source, effects


@dataclass(frozen=True, slots=True)
class Widened(SourceOf):
    """A mono source on two equal channels, so that it can be panned."""

    @property
    def channels(self) -> int:
        return 2

    def blocks(
        self, size: int = BLOCK_FRAMES, start_frame: int = 0, stop_frame: int | None = None
    ) -> Iterator[Block]:
        for block in self.source.blocks(size, start_frame, stop_frame):
            yield np.repeat(block, 2, axis=1)


class Aligned:
    """Reads a source in steps chosen by the caller; zeros after its end."""

    def __init__(self, source: Source, size: int = BLOCK_FRAMES, start_frame: int = 0) -> None:
        self._blocks = source.blocks(size, min(start_frame, source.frames))
        self._held = np.zeros((0, source.channels))

    def next(self, frames: int) -> Block:
        """The next `frames` frames, shape (frames, channels)."""
        parts, have = [self._held], len(self._held)
        while have < frames and (block := next(self._blocks, None)) is not None:
            parts.append(block)
            have += len(block)
        joined = np.concatenate(parts)
        self._held = joined[frames:]
        out = joined[:frames]
        if len(out) < frames:
            out = np.concatenate([out, np.zeros((frames - len(out), out.shape[1]))])
        return out


@dataclass(frozen=True, slots=True)
class Difference(SourceOf):
    """A source less another, both from their first frame and at one rate.

    Parameters
    ----------
    less : Source
    """

    less: Source

    def blocks(
        self, size: int = BLOCK_FRAMES, start_frame: int = 0, stop_frame: int | None = None
    ) -> Iterator[Block]:
        """Blocks of what differs."""
        stop = self.frames if stop_frame is None else min(stop_frame, self.frames)
        first, second = Aligned(self.source), Aligned(self.less)
        at = 0
        while at < stop:
            step = min(size, stop - at)
            block = first.next(step) - second.next(step)
            if (skip := max(start_frame - at, 0)) < step:
                yield block[skip:]
            at += step


@dataclass(frozen=True, slots=True)
class SummedSource:
    """Sources added up on one timeline; mono goes to every channel.

    Parameters
    ----------
    sources : tuple of Source
    rate : int
        Hz; all sources have it.
    """

    sources: tuple[Source, ...]
    rate: int

    @property
    def channels(self) -> int:
        return max((source.channels for source in self.sources), default=2)

    @property
    def frames(self) -> int:
        return max((source.frames for source in self.sources), default=0)

    def blocks(
        self, size: int = BLOCK_FRAMES, start_frame: int = 0, stop_frame: int | None = None
    ) -> Iterator[Block]:
        """Blocks of the sum; a source that has ended adds silence."""
        stop = self.frames if stop_frame is None else min(stop_frame, self.frames)
        readers = [Aligned(source, size, start_frame) for source in self.sources]
        for at in range(start_frame, stop, size):
            count = min(size, stop - at)
            yield summed([reader.next(count) for reader in readers], self.channels)


def summed(blocks: Sequence[Block], channels: int) -> Block:
    """Sum of blocks in the order given; mono goes to every channel."""
    total = np.zeros((len(blocks[0]), channels))
    for block in blocks:
        width = channels if block.shape[1] == 1 else block.shape[1]
        total[:, :width] += block
    return total
