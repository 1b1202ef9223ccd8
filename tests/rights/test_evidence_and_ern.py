"""Evidence rebuilt to the byte; a release message that fits the schema."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import soundfile

from studiohand.core.errors import BadSetting
from studiohand.rights.account import declare_part
from studiohand.rights.ern import NAMESPACE, Recording, Release, ern_message, validate
from studiohand.rights.evidence import bundle
from studiohand.run.release.releasing import release_of
from studiohand.song.folder import Song

SCHEMA = os.environ.get("STUDIOHAND_ERN_SCHEMA", "")


def test_the_evidence_is_rebuilt_byte_for_byte(session: Song) -> None:
    first = bundle(session)
    assert bundle(Song(session.root)) == first
    document = json.loads(first["evidence.json"])
    assert len(document["timeline"]) == len(session.ledger.entries())
    assert document["decisions"] == {"accepted": 3, "amended": 2, "refused": 2, "undone": 2}


def test_the_evidence_page_holds_no_path_no_script_and_no_request(session: Song) -> None:
    page = bundle(session)["evidence.html"].decode()
    assert str(session.root) not in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_an_artist_called_like_markup_stays_text(session: Song) -> None:
    declare_part(session, "bass", "recorded", "<img src=x onerror=alert(1)>")
    assert "<img" not in bundle(session)["evidence.html"].decode()


@pytest.fixture
def release(session: Song, tmp_path: Path) -> Release:
    master = tmp_path / "master.wav"
    soundfile.write(master, np.zeros((48000, 2)), 48000, subtype="PCM_24")
    return release_of(
        [session.root], [master], "", "My Label", "2026-12-01", "Electronic", "036000291452"
    )


def test_the_message_names_generated_and_human_contributors(release: Release) -> None:
    root = ET.fromstring(ern_message(release))
    assert root.tag == f"{{{NAMESPACE}}}NewReleaseMessage"
    recording = root.find("ResourceList/SoundRecording")
    assert recording is not None
    assert recording.findtext("ContainsAI") == "Partly"
    contributions = [
        (c.findtext("SpecialContributor") or "person", c.findtext("AiContribution"))
        for c in recording.findall("Contributor")
    ]
    assert contributions == [("GenerativeAI", "All")] + [("person", "None")] * 3


def test_an_unanswered_disclosure_stops_the_message(song: Song, tmp_path: Path) -> None:
    master = tmp_path / "master.wav"
    soundfile.write(master, np.zeros((480, 2)), 48000)
    with pytest.raises(BadSetting, match="still waits for an answer"):
        release_of([song.root], [master], "", "L", "2026-12-01", "Pop", "036000291452")


@pytest.mark.skipif(not SCHEMA, reason="STUDIOHAND_ERN_SCHEMA does not name a schema")
def test_single_and_album_fit_the_schema_of_ern_4_3_2(release: Release) -> None:
    assert validate(ern_message(release), Path(SCHEMA)) == []
    second: Recording = replace(release.recordings[0], isrc="USS1Z9900002", contains_ai="None",
                                generated_roles=())  # fmt: skip
    album = replace(release, recordings=(*release.recordings, second))
    assert validate(ern_message(album), Path(SCHEMA)) == []
    broken = ern_message(release).replace(b"<ContainsAI>Partly", b"<ContainsAI>Some")
    assert validate(broken, Path(SCHEMA))
