"""Certificates of conversions: kept as JSON, told as text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from studiohand.core.effect import JsonValue


def as_bytes(certificate: dict[str, JsonValue]) -> bytes:
    """A certificate as it is kept."""
    text = json.dumps(certificate, ensure_ascii=True, indent=1, allow_nan=False, sort_keys=True)
    return text.encode() + b"\n"


def kept_certificate(path: Path) -> dict[str, JsonValue] | None:
    """A certificate that was kept, None where there is none or it is damaged."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def text_of(certificates: Sequence[dict[str, JsonValue]]) -> str:
    """All certificates of a run as one page of text."""
    return "\n".join(paragraph(certificate) for certificate in certificates)


def paragraph(certificate: dict[str, JsonValue]) -> str:
    """One certificate as a few lines for people."""
    lines = [f"{certificate['file']} -> {certificate.get('out') or '-'}: {certificate['state']}"]
    if "error" in certificate:
        return "\n".join([*lines, f"  {certificate['error']}"]) + "\n"
    lines.append(f"  from {_described(certificate['source'])}")
    if "result" in certificate:
        lines.append(f"  to   {_described(certificate['result'])}")
        lines += [f"  {line}" for line in _facts(certificate)]
    return "\n".join(lines) + "\n"


def sentence(certificate: dict[str, JsonValue]) -> str:
    """What happened to the sound, in a few words."""
    if "error" in certificate:
        return str(certificate["error"])
    if "result" not in certificate:
        return "nothing was written"
    return "; ".join(_facts(certificate)[:-1])


def _facts(certificate: dict[str, JsonValue]) -> list[str]:
    facts = []
    if certificate["resampled"]:
        resampled = certificate["resampled"]
        facts.append(
            f"resampled from {resampled['from']} to {resampled['to']} Hz by {resampled['by']}"
        )
    if certificate["dither"]:
        dither = certificate["dither"]
        how = "rounded without dither" if dither["seed"] is None else f"{dither['kind']} dither"
        facts.append(f"{how} to {dither['bits']} bits, once and last")
    if certificate["clipped_samples"]:
        facts.append(f"{certificate['clipped_samples']} samples beyond full scale were clipped")
    if certificate["exact"]:
        facts.append("the same samples, bit for bit")
    else:
        facts.append(
            f"difference {certificate['null_rms_dbfs']:.1f} dBFS RMS, "
            f"{certificate['null_peak_dbfs']:.1f} dBFS peak"
        )
    if certificate["true_peak_after_dbtp"] is not None:
        facts.append(
            f"true peak {certificate['true_peak_before_dbtp']:.1f} dBTP before, "
            f"{certificate['true_peak_after_dbtp']:.1f} dBTP after the codec"
        )
    lost = certificate["lost"]
    facts.append(f"lost: {', '.join(lost)}" if lost else "tags, markers and chunks: nothing lost")
    facts.append(
        f"samples {certificate['samples_sha256_before'][:16]} before, "
        f"{certificate['samples_sha256_after'][:16]} after (SHA-256 of the samples)"
    )
    return facts


def _described(file: dict[str, JsonValue]) -> str:
    bits = f" {file['bits']} bit" if file["bits"] else ""
    return (
        f"{file['format']} {file['codec']}{bits}, {file['rate']} Hz, {file['channels']} channels, "
        f"{file['frames']} frames"
    )
