"""Steps of a move as plain data, and the running processors that effects build.

A step is a frozen dataclass registered under its `do` name with `@step`. Its fields are its
settings; `step_to_json` and `step_from_json` store and rebuild it. Four kinds exist:

process  an `Effect`: samples in, as many samples out
derive   new stems from a source (separation)
write    notes
file     facts about the file itself: its name, its declared rate
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import (
    Any,
    ClassVar,
    Literal,
    Protocol,
    Self,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

from studiohand.core.audio import Block, Source
from studiohand.core.errors import BadSetting

StepKind = Literal["process", "derive", "write", "file"]
JsonValue = Any
"""Anything `json` writes: None, bool, int, float, str, lists and dicts of them."""


class Processor(Protocol):
    """A running effect: any cutting gives the same samples, and the total length is kept.

    `process` may return fewer frames than it got (shape (0, channels) included); the first frame
    that comes out is always output frame 0, so latency is already compensated. `flush` ends the
    stream and returns what is left.
    """

    def process(self, block: Block, key: Block | None = None) -> Block:
        """Next output frames; `key` is the side-chain over the same frames as `block`."""

    def flush(self) -> Block:
        """Rest of the output; the processor is finished afterwards."""


class Step(Protocol):
    """One step of a move: settings as fields of a frozen dataclass."""

    do: ClassVar[str]
    kind: ClassVar[StepKind]

    def scaled(self, amount: float) -> Self:
        """The same step at an amount: 0 = nothing, 1 = as proposed, above = more."""


class FileStep(Step, Protocol):
    """A file step: the same sound under other facts (its rate, its place in the file)."""

    def apply(self, source: Source) -> Source:
        """The source as the step says it is."""


class Effect(Step, Protocol):
    """A process step."""

    def start(self, rate: int, channels: int) -> Processor:
        """Build the running processor for a sample rate in Hz and a channel count."""


STEPS: dict[str, type[Step]] = {}
"""Every known step by its `do` name; filled by `@step`."""

_StepType = TypeVar("_StepType", bound="type[Step]")


def step(cls: _StepType) -> _StepType:
    """Register a step class under its `do` name."""
    STEPS[cls.do] = cls
    return cls


def step_to_json(item: Step) -> dict[str, JsonValue]:
    """The step as JSON: its `do` name and its settings."""
    return {"do": item.do, **_plain(item)}


def step_from_json(data: Mapping[str, JsonValue]) -> Step:
    """Rebuild a step from `step_to_json`'s result.

    Raises
    ------
    BadSetting
        The step is unknown, or a setting is missing, unknown or of the wrong shape.
    """
    cls = STEPS.get(str(data.get("do")))
    if cls is None:
        raise BadSetting(
            f"The step “{data.get('do')}” is unknown.",
            todo="It may come from a newer studiohand; update, or refuse the move.",
        )
    built: Step = _build(cls, {name: value for name, value in data.items() if name != "do"})
    return built


def _plain(value: object) -> JsonValue:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def _build(cls: type[Any], data: Mapping[str, JsonValue]) -> Any:
    hints = get_type_hints(cls)
    name = getattr(cls, "do", cls.__name__)
    known = {f.name for f in dataclasses.fields(cls)}
    if unknown := sorted(set(data) - known):
        raise BadSetting(
            f"“{unknown[0]}” is not a setting of “{name}”.",
            todo=f"It has: {', '.join(sorted(known))}.",
        )
    try:
        return cls(**{key: _typed(hints[key], value) for key, value in data.items()})
    except (TypeError, ValueError) as error:
        raise BadSetting(f"A setting of “{name}” does not fit: {error}.") from error


def _typed(hint: Any, value: JsonValue) -> Any:
    """Turn JSON lists and objects back into the tuples and dataclasses the field asks for."""
    if hint is JsonValue:
        return value
    options = [hint, *(a for a in get_args(hint) if a is not type(None))]
    if isinstance(value, Mapping):
        return _build(next(o for o in options if isinstance(o, type)), value)
    if isinstance(value, list):
        whole = next(o for o in options if get_origin(o) is tuple)
        return tuple(_typed(get_args(whole)[0], item) for item in value)
    return value
