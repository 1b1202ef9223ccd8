"""Names as producers write them, and the role each one tells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiohand.core.audio import Role
from studiohand.mir.roles.by_name import read_name, role_from_name, words_of

NAMES = {
    Role.VOCALS: "LdVx_03; vocals_lead; LeadVocalsNew; VOX-LEAD-DBL-L; Gesang_Strophe; Voix lead;"
    " Voz principal; Rap Verse 2; 12-Main Vox.wav; ボーカル; вокал; 보컬 2; 人声; "
    " Sång_2; Vox FX; Voc_Main_comp",
    Role.BACKING_VOCALS: "BGV L; bv1; BVs_High_L; vocals_backing; Choeurs; Chœurs; Coros; Chor;"
    " Backing Vox 3; Harmony Vox; Ad Libs",
    Role.KICK: "Kick In; K_In_D112; KD; バスドラ; drums_kick;"
    "  Bass Drum; 01_Audio 1-Kick Out_04.wav; 808 Kick; Grosse"
    " caisse; kickin; Kick1",
    Role.SNARE: "SNR TOP; snaretop; sn btm; Snare Verb; Caisse claire; Kleine Trommel",
    Role.HATS: "HH; HiHat; Hi-Hat_2; hats",
    Role.DRUMS: "OH_R; OHs; drums_other; Schlagzeug; Batería; Overheads L; FloorTom; Toms; ohl;"
    " All Drums No Kick;"
    " ドラム; 드럼_L; барабаны; 鼓; perkusja",
    Role.PERCUSSION: "Tamb; Shaker; Perc Loop; Cajon; Claps; Congas; Percusión",
    Role.BASS: "808; Bass DI; Synth Bass; Bass Synth 1; SubBass; Kontrabass; Bassgitarre; Bajo;"
    " Basse; E-Bass; Bass Gtr; My Song - Bass (bip); KBass; ベース; бас-гитара;"
    " 贝斯",
    Role.GUITAR: "EGtr DI; GTR_Rhythm_L; E-Gitarre 2; Guitarra Acústica; AcGtr_mono; Guitar Solo;"
    " Heavy Metal Drummer - 05 - Gtr L.1; Guitare électrique; gtrdi;"
    " アコギ; Гитара Л; 吉他 2; EG_R; gitaar",
    Role.KEYS: "Rhodes; Piano Room; B3 Low; Klavier; Flügel; Wurli; E.Piano; Hammond; Orgel;"
    " CP70; Keyz; клавиши; ピアノ",
    Role.STRINGS: "Streicher; Violons; Cello; Strings High; Cuerdas; Vln 1",
    Role.BRASS: "Sax; Trumpet 2; Horns; Bläser; Blechbläser; Cuivres; Trompete",
    Role.SYNTH: "Lead Synth; Arp; Pluck Lead; Supersaw; Synth 3",
    Role.PAD: "Pad; Choir Pad; Synth Pad; Nappe",
    Role.FX: "Riser; FX Return; Impact; SFX 2; Reverb",
    Role.GUIDE: "Click; Guide Vox; Scratch Vocal; Metronome; Voz guía; Guía voz",
    Role.OTHER: "Audio 3; stem 12; other; backing; STEREO OUT; Bassoon; Bass Clarinet; 🎸; _",
}
CASES = [(name.strip(), role) for role, names in NAMES.items() for name in names.split(";")]


@pytest.mark.parametrize(("name", "role"), CASES)
def test_a_name_tells_its_role(name: str, role: Role) -> None:
    assert role_from_name(name) is role


@pytest.mark.parametrize("name", ["Lead", "Room", "Acoustic", "LV 2"])
def test_a_word_that_only_hints_is_trusted_less(name: str) -> None:
    assert 0.0 < read_name(name).confidence <= 0.5


def test_a_name_that_tells_nothing_has_no_confidence() -> None:
    assert read_name("Audio 3").confidence == 0.0


def test_camel_case_digits_and_accents_are_cut_and_folded() -> None:
    assert words_of("03_GuitarraAcústicaL2.aiff") == ["03", "guitarra", "acustica", "l", "2"]


@given(st.text(max_size=250))
def test_any_text_has_a_role(name: str) -> None:
    reading = read_name(name)
    assert reading.role in Role
    assert 0.0 <= reading.confidence <= 1.0
