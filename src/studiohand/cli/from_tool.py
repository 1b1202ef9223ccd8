"""A tool becomes a command: options, ranges and help are read off its settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from studiohand.cli import show
from studiohand.core.audio import Material
from studiohand.core.effect import JsonValue
from studiohand.core.errors import BadSetting
from studiohand.core.job import Job
from studiohand.core.outcome import NOT_HEARD, Outcome
from studiohand.core.tool import Needs, Settings
from studiohand.tools import AnyTool

FILE_PATH = click.Path(path_type=Path, readable=False)
"""What cannot be read is told by the reader, file by file, so that it stops no other."""


def command_from_tool(tool: AnyTool) -> click.Command:
    """The command of a tool without one of its own."""
    song = tool.needs is Needs.SONG
    parameters: list[click.Parameter] = [
        click.Argument(["song" if song else "file"], type=FILE_PATH, required=True)
    ]
    if tool.needs is Needs.FILE_AND_REFERENCES:
        parameters.append(REFERENCE)
    parameters += setting_options(tool)
    parameters += [] if song else [AMOUNT, OUT_FILE, DELTA_FILE]
    parameters.append(AS_JSON)

    def callback(**values: Any) -> None:
        run_tool(tool, values)

    return click.Command(
        tool.name,
        params=parameters,
        callback=callback,
        help=tool.run.__doc__,
        short_help=tool.summary,
    )


REFERENCE = click.Option(
    ["--reference", "references"],
    type=FILE_PATH,
    multiple=True,
    help="A finished record to hold it against; may be given again.",
)
AMOUNT = click.Option(
    ["--amount"],
    type=click.FloatRange(0.0, 150.0),
    default=100.0,
    metavar="PERCENT",
    help="How much of every move to apply with --out, 0 to 150.",
    show_default=True,
)
OUT_FILE = click.Option(["--out"], type=FILE_PATH, help="Write the result here (32-bit float WAV).")
DELTA_FILE = click.Option(
    ["--delta"], type=FILE_PATH, help="Write what was taken away or changed here: file - result."
)
AS_JSON = click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON document.")


def setting_options(tool: AnyTool) -> list[click.Parameter]:
    """One option for each setting, with its range, unit, default and sentence."""
    schema = tool.schema()
    return [_option(name, field, schema) for name, field in schema.get("properties", {}).items()]


def settings_from(tool: AnyTool, values: dict[str, Any]) -> Settings:
    """The tool's settings from what was typed.

    Raises
    ------
    BadSetting
        A value is out of range.
    """
    given = {
        name: values[name] for name in tool.settings.model_fields if values.get(name) is not None
    }
    settings: Settings = tool.read(given, lambda name: f"--{name.replace('_', '-')}")
    return settings


def run_tool(tool: AnyTool, values: dict[str, Any]) -> None:
    """Run a tool and print its outcome; write its file where asked."""
    from studiohand.run.songs.guarding import guarded
    from studiohand.run.songs.material import file_material
    from studiohand.song.folder import is_song

    as_json = values["as_json"]
    settings = settings_from(tool, values)
    song = values["song"] if tool.needs is Needs.SONG else values["file"]
    if tool.needs is Needs.SONG or is_song(song):
        _propose(tool, settings, song, values)
        return
    with show.progress(quiet=as_json) as job:
        material = file_material(values["file"], values.get("references", ()))
        outcome = guarded(tool.run(job, material, settings), material, None, job)
        written = _write(material, outcome, values, job)
    document = outcome.to_json() | written
    if as_json:
        show.json_document(document)
        return
    show.findings(document["findings"])
    if document["moves"]:
        show.moves(document["moves"])
    for place in written.values():
        if place is not None:
            show.line(f"Written: {place}")


def _write(
    material: Material, outcome: Outcome, values: dict[str, Any], job: Job
) -> dict[str, str | None]:
    """Write the result and the difference where asked; their paths by option."""
    from studiohand.dsp.effects.chain import Difference
    from studiohand.run.files.folders import spare
    from studiohand.run.files.single import processed_file, write_file

    out, delta = values.get("out"), values.get("delta")
    if out is None and delta is None:
        return {"out": None, "delta": None}
    if out == delta:
        raise BadSetting("--out and --delta name the same file.", todo="Give them two names.")
    spare([values["file"], *values.get("references", ())], [p for p in (out, delta) if p])
    made = processed_file(material, outcome.moves, values["amount"])
    if out is not None:
        write_file(made, values["file"], out, job)
    if delta is not None and material.file is not None:
        write_file(Difference(material.file.source, made), values["file"], delta, job)
    return {"out": out and str(out), "delta": delta and str(delta)}


def _propose(tool: AnyTool, settings: Settings, path: Path, values: dict[str, Any]) -> None:
    """Run a tool on a song; its moves wait there for decisions."""
    from studiohand.run.songs.proposing import propose
    from studiohand.song.folder import open_song

    given = [f"--{name}" for name in ("out", "delta") if values.get(name)]
    given += ["--reference"] if values.get("references") else []
    given += ["--amount"] if values.get("amount", 100.0) != 100.0 else []
    if given:
        raise BadSetting(
            f"“{path.name}” is a song: it has references of its own, its moves get their amount "
            "when they are accepted, and its takes are rendered.",
            todo=f"Leave {', '.join(given)} away, accept moves, then `studiohand render`.",
        )
    song = open_song(path)
    with show.progress(quiet=values["as_json"]) as job:
        outcome = propose(song, tool, settings, job)
    document = outcome.to_json() | {"song": song.title}
    if values["as_json"]:
        show.json_document(document)
        return
    if NOT_HEARD in outcome.facts:
        show.line(str(outcome.facts[NOT_HEARD]))
        return
    show.findings(document["findings"])
    if document["moves"]:
        show.moves(document["moves"])
        show.line(f"Decide with `studiohand accept {path} MOVE`.")


def _option(name: str, field: dict[str, JsonValue], schema: dict[str, JsonValue]) -> click.Option:
    kind = _kind(field, schema)
    unit = field.get("unit", "")
    flag = f"--{name.replace('_', '-')}"
    text = field.get("description", "")
    if kind is bool:
        return click.Option(
            [f"{flag}/--no-{name.replace('_', '-')}", name], default=None, help=text
        )
    default = field.get("default")
    shown = "" if default in (None, "", [], ()) else f" [{default} {unit}".rstrip() + "]"
    return click.Option(
        [flag, name],
        type=kind if kind is not list else CommaList(),
        default=None,
        metavar=unit.upper() or None,
        help=f"{text}{_range(field)}{shown}",
    )


class CommaList(click.ParamType[tuple[str, ...]]):
    """Words separated by commas."""

    name = "a,b,c"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, str):
            return tuple(word.strip() for word in value.split(",") if word.strip())
        return tuple(value)


class StemLevels(click.ParamType[dict[str, float]]):
    """Level changes in dB by stem: STEM=DB words separated by commas."""

    name = "stem=db,..."

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, float]:
        if isinstance(value, dict):
            return value
        out = {}
        for word in filter(None, (word.strip() for word in str(value).split(","))):
            stem, _, db = word.partition("=")
            try:
                out[stem] = float(db)
            except ValueError:
                self.fail(f"it takes STEM=DB, not “{word}”.", param, ctx)
            if not -60.0 <= out[stem] <= 12.0:
                self.fail("it takes -60 to 12 dB.", param, ctx)
        return out


def _kind(field: dict[str, JsonValue], schema: dict[str, JsonValue]) -> Any:
    field = _resolved(field, schema)
    if "enum" in field:
        return click.Choice([str(choice) for choice in field["enum"]])
    kinds = {"number": float, "integer": int, "boolean": bool, "array": list, "string": str}
    return kinds.get(field.get("type", "string"), str)


def _resolved(field: dict[str, JsonValue], schema: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Look through references and optionals to the type itself."""
    for wrapper in ("anyOf", "allOf"):
        if wrapper in field:
            inner = next(option for option in field[wrapper] if option.get("type") != "null")
            return _resolved(inner, schema)
    if "$ref" in field:
        target: dict[str, JsonValue] = schema["$defs"][field["$ref"].rpartition("/")[2]]
        return target
    return field


def _range(field: dict[str, JsonValue]) -> str:
    if "minimum" in field and "maximum" in field:
        return f" {field['minimum']:g} to {field['maximum']:g}."
    return ""
