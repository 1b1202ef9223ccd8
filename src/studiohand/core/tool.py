"""The one definition of a tool, from which every door is read off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studiohand.core.audio import Material
from studiohand.core.effect import JsonValue
from studiohand.core.errors import BadSetting
from studiohand.core.job import Job
from studiohand.core.outcome import Outcome


class Settings(BaseModel):
    """Base of every tool's settings: frozen, nothing unknown, no NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


SettingsType = TypeVar("SettingsType", bound=Settings)


class Needs(StrEnum):
    """What a tool works on."""

    FILE = "file"
    FILE_AND_REFERENCES = "file and references"
    SONG = "song"


def number(lowest: float, highest: float, unit: str, text: str) -> Any:
    """Declare a number setting: range, unit and one sentence (use inside `Annotated`)."""
    return Field(ge=lowest, le=highest, description=text, json_schema_extra={"unit": unit})


def text(sentence: str) -> Any:
    """Declare a setting that has no range: a choice, a flag or a list."""
    return Field(description=sentence)


Run = Callable[[Job, Material, SettingsType], Outcome]


@dataclass(frozen=True, slots=True)
class Tool(Generic[SettingsType]):
    """A tool as every door sees it.

    Parameters
    ----------
    name : str
        Command name.
    settings : type
        Its settings class.
    run : callable
        ``run(job, material, settings) -> Outcome``.
    needs : Needs
    listens : bool
        Whether `listen` runs it on a song.
    music : bool
        Whether it hears the song as if the files' own faults (late, inverted, there twice) were
        repaired already: for tools that judge how stems sound together.
    summary : str
        First line of the run function's docstring.
    """

    name: str
    settings: type[SettingsType]
    run: Run[SettingsType]
    needs: Needs
    listens: bool
    summary: str
    music: bool = False

    def schema(self) -> dict[str, JsonValue]:
        """JSON schema of the settings: range, unit, default and sentence of each."""
        return self.settings.model_json_schema()

    def read(
        self, values: Mapping[str, JsonValue], spelled: Callable[[str], str] = str
    ) -> SettingsType:
        """Settings from what a person gave.

        Parameters
        ----------
        spelled : callable
            How a setting's name is written at this door.

        Raises
        ------
        BadSetting
            A value is unknown or out of range.
        """
        try:
            return self.settings(**values)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            raise BadSetting(f"{spelled(name)}: {first['msg']}.") from error


def tool(
    name: str,
    settings: type[SettingsType],
    *,
    needs: Needs,
    listens: bool = False,
    music: bool = False,
) -> Callable[[Run[SettingsType]], Tool[SettingsType]]:
    """Make a tool of a function; its docstring is the help text."""

    def make(run: Run[SettingsType]) -> Tool[SettingsType]:
        summary = (run.__doc__ or "").strip().splitlines()[0]
        return Tool(name, settings, run, needs, listens, summary, music)

    return make
