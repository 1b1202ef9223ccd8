"""DDEX ERN 4.3.2: the release message of a single or an album.

Element names and order follow the ERN 4.3.2 schema (namespace http://ddex.net/xml/ern/432). The
schema is under DDEX's own licence and not part of this project; `validate` checks against the
user's copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from studiohand.core.effect import JsonValue
from studiohand.core.errors import CannotRead, MissingPart

NAMESPACE = "http://ddex.net/xml/ern/432"
AVS_VERSION = "9"
_WORLD = {"ApplicableTerritoryCode": "Worldwide"}
_DEFAULT = {**_WORLD, "IsDefault": "true"}


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording of a release.

    Parameters
    ----------
    title, artist, isrc : str
    seconds : float
    file, sha256 : str
        Delivered file's path inside the delivery and its hash.
    bytes, rate, bits, channels : int
    contains_ai : str
        ``"All"``, ``"Partly"``, ``"None"``.
    generated_roles : tuple of str
        DDEX roles that a generative model filled.
    contributors : tuple of (str, str)
        Names and DDEX roles of people.
    """

    title: str
    artist: str
    isrc: str
    seconds: float
    file: str
    sha256: str
    bytes: int
    rate: int
    bits: int
    channels: int
    contains_ai: str
    generated_roles: tuple[str, ...] = ()
    contributors: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """A single (one recording) or an album.

    Parameters
    ----------
    date : str
        ``YYYY-MM-DD``.
    created : str
        Time of the message, ISO 8601 with zone.
    dpid : str
        The sender's DDEX party id, once it has one.
    """

    title: str
    artist: str
    label: str
    upc: str
    genre: str
    date: str
    created: str
    recordings: tuple[Recording, ...]
    artwork_contains_ai: str = "None"
    language: str = "en"
    parental_warning: str = "NotExplicit"
    dpid: str = "PADPIDA0000000000X"
    recipient_dpid: str = "PADPIDA0000000001Y"


def ern_message(release: Release) -> bytes:
    """The message as UTF-8 XML; the same release gives the same bytes."""
    people = [release.artist, release.label]
    people += [name for r in release.recordings for name, _ in r.contributors]
    refs = {name: f"P{n}" for n, name in enumerate(dict.fromkeys(people), start=1)}
    single = len(release.recordings) == 1
    root = ET.Element(
        "ern:NewReleaseMessage",
        {
            "xmlns:ern": NAMESPACE,
            "AvsVersionId": AVS_VERSION,
            "LanguageAndScriptCode": release.language,
            "ReleaseProfileVersionId": "SimpleAudioSingle" if single else "Audio",
        },
    )
    _header(root, release)
    parties = ET.SubElement(root, "PartyList")
    for name, ref in refs.items():
        _tree(parties, {"Party": {"PartyReference": ref, "PartyName": {"FullName": name}}})
    resources = ET.SubElement(root, "ResourceList")
    for number, recording in enumerate(release.recordings, start=1):
        _recording(resources, recording, number, release, refs)
    _cover(resources, release)
    releases = ET.SubElement(root, "ReleaseList")
    _release(releases, release, refs)
    for number in range(1, len(release.recordings) + 1):
        _track_release(releases, number, release, refs)
    _deals(root, release)
    ET.indent(root)
    body: bytes = ET.tostring(root, "utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"


def validate(message: bytes, schema: Path) -> list[str]:
    """Faults of a message by the user's copy of ``release-notification.xsd``; empty: valid.

    Raises
    ------
    MissingPart
        lxml is not installed.
    CannotRead
        The schema cannot be read.
    """
    try:
        from lxml import etree
    except ImportError as error:
        raise MissingPart(
            "Checking against the schema needs an optional part.",
            todo="Install it with `pip install 'studiohand[provenance]'`.",
        ) from error
    try:
        rules = etree.XMLSchema(etree.parse(schema, etree.XMLParser(no_network=True)))
    except (OSError, etree.LxmlError) as error:
        raise CannotRead(f"“{schema.name}” is not a schema that can be read.") from error
    rules.validate(etree.fromstring(message))
    return [f"line {e.line}: {e.message}" for e in rules.error_log]


def _header(root: ET.Element, release: Release) -> None:
    _tree(
        root,
        {
            "MessageHeader": {
                "MessageThreadId": release.upc or release.title,
                "MessageId": f"{release.upc or release.title}-1",
                "MessageSender": {
                    "PartyId": release.dpid,
                    "PartyName": {"FullName": release.label},
                },
                "MessageRecipient": {"PartyId": release.recipient_dpid},
                "MessageCreatedDateTime": release.created,
                "MessageControlType": "TestMessage",
            }
        },
    )


def _recording(
    resources: ET.Element, r: Recording, number: int, release: Release, refs: Mapping[str, str]
) -> None:
    node = ET.SubElement(resources, "SoundRecording")
    _tree(
        node,
        {
            "ResourceReference": f"A{number}",
            "Type": "MusicalWorkSoundRecording",
            "SoundRecordingEdition": {
                "ResourceId": {"ISRC": r.isrc},
                "PLine": _p_line(release),
                "TechnicalDetails": _technical(r, number),
            },
        },
    )
    _titles(node, r.title, r.artist)
    _display_artist(node, refs[r.artist])
    for role in r.generated_roles:
        _contributor(node, {"SpecialContributor": "GenerativeAI"}, role, "All")
    for name, role in r.contributors:
        _contributor(node, {"ContributorPartyReference": refs[name]}, role, "None")
    _tree(
        node,
        {
            "Duration": _duration(r.seconds),
            "ParentalWarningType": release.parental_warning,
            "ContainsAI": r.contains_ai,
            "LanguageOfPerformance": release.language,
        },
    )


def _technical(r: Recording, number: int) -> dict[str, JsonValue]:
    codec = "FLAC" if r.file.endswith(".flac") else "PCM"
    return {
        "TechnicalResourceDetailsReference": f"T{number}",
        "DeliveryFile": {
            "Type": "AudioFile",
            "AudioCodecType": codec,
            "NumberOfChannels": r.channels,
            "SamplingRate": ({"UnitOfMeasure": "kHz"}, f"{r.rate / 1000:g}"),
            "BitsPerSample": r.bits,
            "File": {
                "URI": r.file,
                "HashSum": {"Algorithm": "SHA-256", "HashSumValue": r.sha256},
                "FileSize": r.bytes,
            },
        },
    }


def _contributor(
    node: ET.Element, who: Mapping[str, JsonValue], role: str, contribution: str
) -> None:
    detail: dict[str, JsonValue] = {"Value": role}
    if role == "AssociatedPerformer":
        detail["InstrumentType"] = "Synthesizer"
    _tree(node, {"Contributor": {**who, "Role": detail, "AiContribution": contribution}})


def _cover(resources: ET.Element, release: Release) -> None:
    number = len(release.recordings) + 1
    _tree(
        resources,
        {
            "Image": {
                "ResourceReference": f"A{number}",
                "Type": "FrontCoverImage",
                "ResourceId": {"ProprietaryId": ({"Namespace": f"DPID:{release.dpid}"}, "cover1")},
                "ContainsAI": release.artwork_contains_ai,
            }
        },
    )


def _release(releases: ET.Element, release: Release, refs: Mapping[str, str]) -> None:
    node = ET.SubElement(releases, "Release")
    kind = "Single" if len(release.recordings) == 1 else "Album"
    _tree(
        node,
        {"ReleaseReference": "R0", "ReleaseType": kind, "ReleaseId": {"ICPN": release.upc}},
    )
    _titles(node, release.title, release.artist)
    _display_artist(node, refs[release.artist])
    total = sum(r.seconds for r in release.recordings)
    _tree(
        node,
        {
            "ReleaseLabelReference": refs[release.label],
            "PLine": _p_line(release),
            "CLine": {"Year": release.date[:4],
                      "CLineText": f"(C) {release.date[:4]} {release.label}"},
            "Duration": _duration(total),
            "DisplayGenre": (_WORLD, {"GenreText": release.genre}),
            "ReleaseDate": (_DEFAULT, release.date),
            "ParentalWarningType": release.parental_warning,
        },
    )  # fmt: skip
    _resource_group(node, release)
    _tree(node, {"ContainsAI": _album_contains(release)})


def _resource_group(node: ET.Element, release: Release) -> None:
    cover = f"A{len(release.recordings) + 1}"
    group = ET.SubElement(node, "ResourceGroup")
    holder = group
    if len(release.recordings) > 1:
        holder = ET.SubElement(group, "ResourceGroup", {"ResourceGroupType": "Side"})
    ET.SubElement(holder, "SequenceNumber").text = "1"
    for number in range(1, len(release.recordings) + 1):
        item = ET.SubElement(holder, "ResourceGroupContentItem")
        _tree(item, {"SequenceNumber": number, "ReleaseResourceReference": f"A{number}"})
        if holder is group:
            _tree(item, {"LinkedReleaseResourceReference": (
                {"LinkDescription": "CoverArt"}, cover)})  # fmt: skip
    if holder is not group:
        _tree(group, {"LinkedReleaseResourceReference": ({"LinkDescription": "CoverArt"}, cover)})


def _track_release(
    releases: ET.Element, number: int, release: Release, refs: Mapping[str, str]
) -> None:
    node = ET.SubElement(releases, "TrackRelease")
    _tree(
        node,
        {
            "ReleaseReference": f"R{number}",
            "ReleaseId": {"ProprietaryId": ({"Namespace": f"DPID:{release.dpid}"}, f"R{number}")},
            "ReleaseResourceReference": f"A{number}",
            "ReleaseLabelReference": refs[release.label],
            "DisplayGenre": (_WORLD, {"GenreText": release.genre}),
        },
    )


def _deals(root: ET.Element, release: Release) -> None:
    deal = ET.SubElement(ET.SubElement(root, "DealList"), "ReleaseDeal")
    for number in range(len(release.recordings) + 1):
        ET.SubElement(deal, "DealReleaseReference").text = f"R{number}"
    _tree(
        deal,
        {
            "Deal": {
                "DealTerms": {
                    "TerritoryCode": "Worldwide",
                    "ValidityPeriod": {"StartDateTime": f"{release.date}T00:00:00"},
                    "CommercialModelType": "SubscriptionModel",
                    "UseType": "OnDemandStream",
                }
            }
        },
    )


def _titles(node: ET.Element, title: str, artist: str) -> None:
    _tree(
        node,
        {
            "DisplayTitleText": (_DEFAULT, title),
            "DisplayTitle": (_DEFAULT, {"TitleText": title}),
            "DisplayArtistName": (_DEFAULT, artist),
        },
    )


def _display_artist(node: ET.Element, ref: str) -> None:
    body = {"ArtistPartyReference": ref, "DisplayArtistRole": "MainArtist"}
    _tree(node, {"DisplayArtist": ({"SequenceNumber": "1"}, body)})


def _p_line(release: Release) -> dict[str, JsonValue]:
    year = release.date[:4]
    return {"Year": year, "PLineText": f"(P) {year} {release.label}"}


def _album_contains(release: Release) -> str:
    found = {r.contains_ai for r in release.recordings}
    return found.pop() if len(found) == 1 else "Partly"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"PT{minutes}M{rest}S"


def _tree(node: ET.Element, children: Mapping[str, JsonValue]) -> None:
    """Append children: text, nested mappings, or (attributes, either)."""
    for name, value in children.items():
        attributes, content = value if isinstance(value, tuple) else ({}, value)
        child = ET.SubElement(node, name, attributes)
        if isinstance(content, Mapping):
            _tree(child, content)
        else:
            child.text = str(content)
