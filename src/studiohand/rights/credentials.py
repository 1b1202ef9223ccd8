"""Content Credentials: C2PA manifests written into files or beside them, and read from any.

C2PA 2.2: actions (Table 8), digitalSourceType (IPTC NewsCodes), ingredients v3;
``cawg.training-mining`` (CAWG 1.1). WAV, FLAC, MP3 and M4A can carry one; everything else, and
deliveries that must stay bare, get a sidecar ``FILE.c2pa``. Tags first, signing last: a later
edit of the file is found as an altered hash.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studiohand import __version__
from studiohand.core.effect import JsonValue
from studiohand.core.errors import CannotRead, CannotWrite, MissingPart
from studiohand.io.atomic import beside, write_bytes, writing
from studiohand.rights.account import Account, Operation
from studiohand.rights.keys import INSTALL, SigningKey
from studiohand.rights.origin import Origin

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
MIME = {
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
}
SIDECAR_SUFFIX = ".c2pa"
_ANY_BYTES = "application/octet-stream"
_OFFLINE = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
_GENERATED_TYPES = frozenset(
    {
        "trainedAlgorithmicMedia",
        "compositeWithTrainedAlgorithmicMedia",
        "compositeSynthetic",
    }
)
_SOURCE_TYPE = {
    Origin.RECORDED: IPTC + "digitalCapture",
    Origin.PROGRAMMED: IPTC + "digitalCreation",
    Origin.GENERATED: IPTC + "trainedAlgorithmicMedia",
    Origin.SEPARATED: IPTC + "algorithmicallyEnhanced",
}
_ACTION = {
    Operation.PROCESSING: "c2pa.enhanced",
    Operation.SEPARATION: "c2pa.edited",
    Operation.WRITING: "c2pa.edited",
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a file's manifest says.

    Parameters
    ----------
    state : str
        ``"valid, trusted"``, ``"valid, untrusted"`` or ``"invalid"``.
    problems : tuple of str
        Validation codes of failures.
    generated : bool
        Whether any manifest in it, ingredients included, names a generative source.
    maker : str
        Claim generator, and the software agents of generative actions.
    manifest : mapping
        The whole manifest store as the reader gives it.
    """

    state: str
    problems: tuple[str, ...]
    generated: bool
    maker: str
    manifest: Mapping[str, JsonValue]


def manifest_of(known: Account, training: str = "notAllowed") -> dict[str, JsonValue]:
    """The manifest of a rendered song.

    Parameters
    ----------
    training : str
        ``"allowed"``, ``"notAllowed"`` or ``"constrained"`` for the training entries of
        ``cawg.training-mining``.
    """
    generated = any(part.origin is Origin.GENERATED for part in known.parts)
    kind = "compositeSynthetic" if generated else "digitalCreation"
    actions: list[JsonValue] = [{"action": "c2pa.created", "digitalSourceType": IPTC + kind}]
    actions += [_placed(part.name, part.origin, part.detail) for part in known.parts]
    actions += [
        {
            "action": _ACTION[deed.operation],
            "digitalSourceType": IPTC + "algorithmicallyEnhanced",
            "description": deed.what,
            "parameters": {"studiohand.ledger_line": deed.line},
        }
        for deed in known.deeds
        if deed.operation in _ACTION and deed.verdict in ("accepted", "amended")
    ]
    uses = {
        "cawg.data_mining": training, "cawg.ai_inference": "allowed",
        "cawg.ai_training": training, "cawg.ai_generative_training": training,
    }  # fmt: skip
    creators = [credit.name for credit in known.credits] or [known.artist or "not named"]
    return {
        "claim_generator_info": [{"name": "studiohand", "version": __version__}],
        "title": known.title,
        "ingredients": [_ingredient(part.name) for part in known.parts],
        "assertions": [
            _assertion("c2pa.actions.v2", {"allActionsIncluded": False, "actions": actions}),
            _assertion(
                "cawg.metadata",
                {
                    "@context": {"dc": "http://purl.org/dc/elements/1.1/"},
                    "dc:title": known.title,
                    "dc:creator": creators,
                },
            ),
            _assertion(
                "cawg.training-mining", {"entries": {k: {"use": v} for k, v in uses.items()}}
            ),
            _assertion(
                "studiohand.ledger", {"sha256": known.ledger_hash, "lines": known.ledger_lines}
            ),
        ],
    }


def sign(path: Path, manifest: Mapping[str, JsonValue], key: SigningKey, out: Path) -> None:
    """Write a signed copy of a file.

    Raises
    ------
    MissingPart, CannotWrite
    """
    c2pa = _library()
    mime = _mime(path)
    with writing(out) as part:
        try:
            with path.open("rb") as source, part.open("w+b") as target:
                c2pa.Builder(dict(manifest)).sign(_signer(c2pa, key), mime, source, target)
        except c2pa.C2paError as error:
            raise _cannot_sign(path, error) from error


def sign_beside(path: Path, manifest: Mapping[str, JsonValue], key: SigningKey) -> Path:
    """Write a sidecar for a file that stays as it is, byte for byte; any format.

    Returns
    -------
    Path
        ``FILE.c2pa``.

    Raises
    ------
    MissingPart, CannotWrite
    """
    import io

    c2pa = _library()
    builder = c2pa.Builder(dict(manifest))
    builder.set_no_embed()
    sidecar = beside(path, SIDECAR_SUFFIX)
    try:
        with path.open("rb") as source:
            content = builder.sign(_signer(c2pa, key), _beside_mime(path), source, io.BytesIO())
    except c2pa.C2paError as error:
        raise _cannot_sign(path, error) from error
    write_bytes(sidecar, content)
    return sidecar


def read(path: Path) -> Credentials | None:
    """Credentials in a file or in its sidecar; None where it has none.

    Raises
    ------
    MissingPart
        The extra ``provenance`` is not installed.
    CannotRead
        The manifest itself is damaged.
    """
    c2pa = _library()
    sidecar = beside(path, SIDECAR_SUFFIX)
    apart = sidecar.read_bytes() if sidecar.exists() else None
    mime = _beside_mime(path) if apart else MIME.get(path.suffix.lower())
    if mime is None:
        return None
    try:
        with path.open("rb") as file:
            context = c2pa.Context.from_dict(_OFFLINE)
            reader = c2pa.Reader(mime, file, manifest_data=apart, context=context)
            store = json.loads(reader.json())
            state = str(reader.get_validation_state())
    except c2pa.C2paError as error:
        if isinstance(error, c2pa.C2paError.ManifestNotFound):
            return None
        raise CannotRead(
            f"The Content Credentials of “{path.name}” cannot be read: {error}."
        ) from error
    return _credentials(store, state)


def _credentials(store: Mapping[str, JsonValue], state: str) -> Credentials:
    failures = store.get("validation_results", {}).get("activeManifest", {}).get("failure", [])
    codes = tuple(str(f.get("code")) for f in failures)
    untrusted = state != "Trusted"
    invalid = state == "Invalid"
    makers = []
    generated = False
    for manifest in store.get("manifests", {}).values():
        makers += [str(info.get("name", "")) for info in manifest.get("claim_generator_info", [])]
        for action in _actions(manifest):
            kind = str(action.get("digitalSourceType", "")).rpartition("/")[2]
            if kind in _GENERATED_TYPES:
                generated = True
                agent = action.get("softwareAgent", "")
                makers.append(agent if isinstance(agent, str) else str(agent.get("name", "")))
    return Credentials(
        state="invalid" if invalid else "valid, untrusted" if untrusted else "valid, trusted",
        problems=tuple(code for code in codes if code != "signingCredential.untrusted"),
        generated=generated,
        maker=", ".join(dict.fromkeys(m for m in makers if m)),
        manifest=store,
    )


def _actions(manifest: Mapping[str, JsonValue]) -> list[Mapping[str, JsonValue]]:
    return [
        action
        for assertion in manifest.get("assertions", [])
        if str(assertion.get("label", "")).startswith("c2pa.actions")
        for action in assertion.get("data", {}).get("actions", [])
    ]


def _placed(name: str, origin: Origin, detail: str) -> dict[str, JsonValue]:
    action: dict[str, JsonValue] = {
        "action": "c2pa.placed",
        "description": f"{name}: {origin.value}" + (f" with {detail}" if detail else ""),
        "parameters": {"ingredientIds": [name]},
    }
    if origin in _SOURCE_TYPE:
        action["digitalSourceType"] = _SOURCE_TYPE[origin]
    if origin is Origin.GENERATED and detail:
        action["softwareAgent"] = {"name": detail}
    return action


def _ingredient(name: str) -> dict[str, JsonValue]:
    return {"title": name, "relationship": "componentOf", "instance_id": name, "label": name,
            "format": "application/octet-stream"}  # fmt: skip


def _assertion(label: str, data: JsonValue) -> dict[str, JsonValue]:
    return {"label": label, "data": data}


def _mime(path: Path) -> str:
    mime = MIME.get(path.suffix.lower())
    if mime is None:
        raise CannotWrite(
            f"A {path.suffix} file cannot carry Content Credentials.",
            todo="Use a sidecar, or WAV, FLAC, MP3 or M4A.",
        )
    return mime


def _beside_mime(path: Path) -> str:
    """What a sidecar hashes: WAV as readers expect it, all else as plain bytes."""
    return MIME[".wav"] if path.suffix.lower() == ".wav" else _ANY_BYTES


def _signer(c2pa: Any, key: SigningKey) -> Any:
    return c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", key.chain, key.private_key, None))


def _cannot_sign(path: Path, error: Exception) -> CannotWrite:
    return CannotWrite(
        f"“{path.name}” could not be signed: {error}.", untouched="The file is as it was."
    )


def _library() -> Any:
    try:
        import c2pa
    except ImportError as error:
        raise MissingPart("Content Credentials need an optional part.", todo=INSTALL) from error
    return c2pa
