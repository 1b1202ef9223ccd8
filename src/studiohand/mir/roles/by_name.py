"""A stem's role from its name, in the many ways people name stems.

Names are cut into words (separators, camel case, digits), accents fold away, and each word or
run of words is looked up. Words rank by how much they say: ``bass drum`` beats ``drum``, ``drum``
beats ``lead``, and at equal rank the last one wins, since song titles come first in file names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from studiohand.core.audio import Role
from studiohand.mir.roles import words_abroad

PHRASE, INSTRUMENT, FAMILY, HINT = 4, 3, 2, 1
"""How much a match says; `NameReading.rank`."""

_CONFIDENCE = {PHRASE: 0.95, INSTRUMENT: 0.9, FAMILY: 0.9, HINT: 0.5, 0: 0.0}

# English, studio short forms, then German, French, Spanish, Italian, Portuguese.
_WORDS: dict[tuple[Role, int], str] = {
    (Role.VOCALS, INSTRUMENT): """
        ldvx ldvox ldvoc ldv leadvox leadvocal lvx lvox vox vx voc vocal vocals vocl vocs voice
        voices singer singing sung rap rapper mc acapella acappella accapella topline vocoder
        talkbox gesang stimme hauptstimme leadgesang saenger sprecher voix chant chanteur
        chanteuse voz voces vocales cantante canto cantor cantora voce
        voci vocalist spoken speech dialogue dialog narrator""",
    (Role.VOCALS, HINT): "lv hook verse singt",
    (Role.BACKING_VOCALS, PHRASE): """
        bgv bgvs bgvox bgvx bv bvs bvx bvox bkv bkvs bkvox backvox backingvox backingvocals
        backingvocal backgroundvocals backgroundvocal bkgvox bvoc bgvoc choir choirs chor choere
        chorgesang hintergrundgesang backings choeur choeurs coro coros cori gangvox gang harmvox
        adlib adlibs oohs aahs ooh aah""",
    (Role.BACKING_VOCALS, FAMILY): "harmony harmonies harms harm stacks",
    (Role.KICK, PHRASE): """
        kick kik kck kickdrum kdrum bassdrum bd kd bombo kicks grosstrommel
        grossetrommel grossecaisse
        grossecaise grancassa bumbo fussmaschine""",
    (Role.SNARE, PHRASE): """
        snare snares snr sn sd sdr snaredrum rimshot rim rimclick sidestick crossstick kleinetrommel
        caisseclaire tarola redoblante caja rullante caixa""",
    (Role.HATS, PHRASE): """
        hat hats hihat hihats hh hht ohh chh hht hithat charley charleston charles charli
        chapeleta contratempo chimbal clhat ophat""",
    (Role.DRUMS, INSTRUMENT): """
        overhead overheads oh ohs ovh toms tom rtom ftom racktom floortom cymbal cymbals cym
        ride crash china splash becken standtom stehtom haengetom platillos
        cymbale cymbales piatti prato pratos""",
    (Role.DRUMS, FAMILY): """
        drum drums drm drms drumkit drumset kit drumloop drumbus beat beats beatloop
        breakbeat breakbeats 909 606 707 tr808 tr909 linn linndrum schlagzeug trommel trommeln
        batterie bateria batteria tambour tambores tamburi drumz""",
    (
        Role.DRUMS,
        HINT,
    ): "room rooms roommic crush knee loop groove break breaks ambience fill fills",
    (Role.PERCUSSION, INSTRUMENT): """
        perc percs percussion percussions percu perk perkussion percusion percusiones percussao
        percussioni shaker shakers shk shkr tamb tambo tambourine tambourin tamburin tambor
        pandereta pandeiro maraca maracas conga congas bongo bongos cajon djembe darbuka
        tabla tablas timbale timbales cowbell clave claves guiro guira clap claps snap snaps
        fingersnaps stomp stomps triangle triangel rassel schellenkranz schellen klatscher
        klatschen handclap handclaps woodblock cabasa agogo taiko timpani pauke pauken timbal
        surdo udu bodhran washboard palmas castanets""",
    (Role.BASS, PHRASE): """
        808 808s subbass sub kbass keybass bss bassgitarre bassgitarren bassguitars
        synthbass synbass
        bassguitar bassgtr ebass kontrabass kontrabas
        contrabass contrabasse contrabajo contrabbasso contrabaixo doublebass uprightbass upright
        reese bassline basslinie fretless moogbass basse bassdi bassamp bsdi""",
    (Role.BASS, INSTRUMENT): "bass basses bs bss bajo basso baixo tuba",
    (Role.GUITAR, INSTRUMENT): """
        guitar guitars gtr gtrs gt gts guit guits gitarre gitarren git gitar gitara guitare
        guitares guitarra guitarras chitarra chitarre violao egtr egt agtr acgtr
        elgtr eltgtr leadgtr rhygtr ggtr strat stratocaster tele telecaster lespaul nylon
        12string twelvestring banjo mandolin mandoline ukulele uke lapsteel pedalsteel slide
        mandola requinto cavaquinho chit ag eg
        dobro bouzouki oud sitar charango egit agit akgit wah powerchords powerchord riff""",
    (Role.GUITAR, HINT): "acoustic acous acou akustik elec electric strum crunch marshall fender",
    (Role.KEYS, INSTRUMENT): """
        keys keyz keyb keyboard keyboards kbd pno piano pianos pianoforte pf klavier fluegel
        rhodes rhds cp70 cp80 wurli wurlitzer wurly epiano elpiano
        elektropiano clav clavinet clavi hammond b3
        organ organs org orgel orgue organo harpsichord cembalo clavecin celesta celeste
        tasten claviers clavier teclado teclados teclas tastiera tastiere accordion akkordeon
        accordeon acordeon fisarmonica acordeao vibraphone vibes vibraphon marimba xylophone
        xylophon glockenspiel glock kalimba mellotron harmonium bells glocken cloches toypiano""",
    (Role.KEYS, HINT): "ep key grand bell chime chimes",
    (Role.STRINGS, INSTRUMENT): """
        string strings strs str strgs violin violins vln vlns vn vl viola violas vla vlas cello
        cellos vcl vlc vc celli violoncello violoncelle violoncelo violine violinen geige geigen
        bratsche bratschen streicher violon violons cordes cuerdas archi cordas
        violines violino violini violonchelo quartet orchestra orch orchestral orchester
        orchestre orquesta orchestra pizz pizzicato spiccato harp harfe harpe arpa fiddle erhu""",
    (Role.BRASS, INSTRUMENT): """
        brass horns horn hrn hrns hns trumpet trumpets trp tpt trpt trombone trombones tbn trb
        sax sx saxes saxophone saxophon saxofon saxo tenorsax altosax barisax blaeser blech
        trompete trompeten posaune posaunen waldhorn cuivres cuivre trompette
        metales trompeta trombon ottoni tromba metais trompete fluegelhorn
        flugelhorn flugel cornet""",
    (Role.OTHER, INSTRUMENT): """
        flute flutes floete floeten flauta flauto piccolo clarinet clarinets klarinette
        clarinette clarinete oboe oboen hautbois bassoon fagott basson woodwind woodwinds ww
        winds whistle recorder blockfloete harmonica mundharmonika harmo armonica bagpipe
        bagpipes didgeridoo panflute ocarina""",
    (Role.PAD, INSTRUMENT): """
        pad pads pd synthpad strpad atmo atmos atmosphere drone drones soundscape ambient texture
        textures teppich nappe nappes""",
    (Role.SYNTH, FAMILY): """
        synth synths syn synthesizer synthesiser syth synlead synthlead leadsynth pluck plucks
        arp arps arpeggio arpeggiator saw saws supersaw supersaws moog minimoog juno jupiter
        prophet dx7 serum massive sylenth sequence sequencer seq stab stabs synthe
        sintetizador sinte sintetizzatore synthi acid 303 tb303 chiptune polysynth""",
    (Role.SYNTH, HINT): "lead leads ld chords chord poly melody mel melodie topsynth",
    (Role.FX, FAMILY): """
        fx sfx efx effects effect effekt effekte effets efectos effetti efeitos riser risers
        uplifter uplifters downlifter downlifters sweep sweeps impact impacts whoosh boom booms
        transition transitions noise foley scratches vinyl reverse""",
    (
        Role.FX,
        HINT,
    ): "reverb verb delay dly echo throw throws hall plate return returns rtn scratch",
    (
        Role.GUIDE,
        PHRASE,
    ): "guide guides guia guida guidetrack clicktrack metronome metronom metro countin",
    (Role.GUIDE, HINT): "click clicks clk klick scratchtrack demo cue slate timecode smpte ltc",
}

# Runs of words that mean something else than their parts.
_PHRASES: dict[Role, str] = {
    Role.VOCALS: "lead vox, lead vocal, lead vocals, ld vx, lead voice, main vox, main vocal,"
    " vox chop, vocal chop, voz principal, voix principale",
    Role.BACKING_VOCALS: "backing vocal, backing vocals, backing vox, backing vx, backing voc,"
    " vocals backing, vocal backing, vox backing, background vocal, background vocals,"
    " background vox, bg vox, bg vx, bg vocal, bg vocals, bg voc, bk vox, bkg vox, bkgd vox,"
    " bkgd vocals, back vox, back vocals, vox bg, vox back, vocals bg, vocal bg, vocals back,"
    " vox bgv, vocals harmony, vocal harmony, vox harmony, vox harm, vocal harm, harmony vox,"
    " harmony vocal, harmony vocals, harm vox, hi harm, low harm, gang vocals, gang vox,"
    " vox double, ad lib, ad libs, chorus vox, group vox, crowd vox, b vox, b vocals, voz coro,"
    " бэк вокал",
    Role.KICK: "k in, k out, bass drum, drum bass drum, kick bass, kick sub, sub kick, 808 kick,"
    " kick 808, 808 bd, grosse trommel, grosse caisse, gran cassa",
    Role.SNARE: "side stick, cross stick, rim shot, kleine trommel, caisse claire, 808 snare,"
    " snare room, 808 sd",
    Role.HATS: "hi hat, hi hats, high hat, h hat, closed hat, open hat, хай хэт,"
    " 808 hat, 808 hats, 808 hh",
    Role.DRUMS: "drum room, drums room, floor tom, rack tom, stand tom, drum loop, drum fx,"
    " drum fill, 808 drums, 808 kit, 808 tom, drum machine, trash mic, crush mic, bass drums",
    Role.PERCUSSION: "finger snaps, hand claps, hand clap, 808 clap, 808 cowbell, hand drum,"
    " hand drums, frame drum, palmas flamencas, steel drum, steel drums, perc loop",
    Role.BASS: "bass guitar, bass gtr, bass git, bass gt, gtr bass, guitar bass, e bass, el bass,"
    " synth bass, bass synth, syn bass, bass syn, sub bass, bass sub, moog bass, bass moog,"
    " double bass, upright bass, bass upright, acoustic bass, electric bass, bass pluck,"
    " 808 bass, bass 808, 808 sub, sub 808, bass lead, bass line, keys bass, key bass,"
    " бас гитара, guitare basse,"
    " guitarra baja, bajo electrico, basso elettrico, bass loop, acid bass",
    Role.GUITAR: "lead gtr, lead guitar, power chords, pedal steel, lap steel, 12 string,"
    " six string, steel string, nylon string, string guitar, slide guitar, guitar synth,"
    " les paul, e git, a git, e gtr, a gtr, ac gtr, el gtr, el guit, acoustic gtr, guitar loop",
    Role.KEYS: "electric piano, e piano, el piano, upright piano, grand piano, acoustic piano,"
    " string piano, toy piano, church organ, piano electrique, tubular bells, music box,"
    " pump organ, pipe organ",
    Role.STRINGS: "string section, synth strings, string pad, strings pad, violin solo,"
    " bass strings",
    Role.BRASS: "bass trombone, french horn, synth brass, horn section, horn stab, horn stabs,"
    " brass stab, brass stabs, alto sax, tenor sax, bari sax, baritone sax, soprano sax,"
    " cor anglais",
    Role.OTHER: "bass clarinet, bass flute, english horn, backing track, backing tracks,"
    " alto flute, bass harmonica, wind synth, no vocals, no vox, no drums, no bass, minus one",
    Role.PAD: "synth pad, pad synth, vocal pad, vox pad, choir pad, guitar pad, piano pad,"
    " pad strings, keys pad",
    Role.SYNTH: "synth lead, lead synth, synth vox, synth keys, synth bells, synth piano",
    Role.FX: "noise sweep, vinyl noise, vinyl crackle, sound effects, room tone, fx perc,"
    " reverse cymbal, rev cymbal, reverse crash, fx vox, sub drop, bass drop, fx boom",
    Role.GUIDE: "click track, count in, guide vox, guide vocal, guide gtr, guide guitar,"
    " guide piano, scratch vox, scratch vocal, scratch vocals, scratch gtr, scratch guitar,"
    " scratch track, scratch piano, scratch voc, temp vox, demo vox, demo vocal, voix temoin,"
    " voz guia, voce guida",
}

# What may hang on a word without a gap: kickin, snrtop, ohl, gtrdi, vox2 (digits are cut before).
_TAILS = {
    "l", "r", "m", "c", "s", "x", "lr", "st", "in", "out", "top", "bot", "btm", "bottom", "up",
    "under", "di", "amp", "mic", "sub", "stereo", "mono", "close", "far", "room", "bus", "main",
    "track", "spur", "stem", "loop", "dry", "wet", "left", "right", "mid", "side", "low", "high",
    "dbl", "double", "solo", "lead", "rhythm", "fx", "comp", "inside", "outside",
}  # fmt: skip
_INSIDE = 5
"""Shortest word that may be found inside a longer one ("leadvocalsnew"), in letters."""
_FIRST_CJK = 0x2E80
_INSIDE_TOO = ("bass", "kick", "drum", "snare", "gtr", "vox", "pian", "voca", "gitar", "perc")
_WITHOUT = ("no", "without", "minus", "ohne", "sans", "sin", "senza", "sem")
_NOT_INSIDE = ("verse", "drone", "scratch", "crash", "chant", "singt", "reverse")


@dataclass(frozen=True, slots=True)
class NameReading:
    """What a name says.

    Parameters
    ----------
    role : Role
        `Role.OTHER` where the name says nothing.
    confidence : float
        0 (the name says nothing) to 1.
    words : str
        The part of the name that said it.
    """

    role: Role
    confidence: float
    words: str


def role_from_name(name: str) -> Role:
    """Role a stem's name tells; `Role.OTHER` where it tells none.

    Parameters
    ----------
    name : str
        File name, with or without extension, in any of the usual languages and short forms.
    """
    return read_name(name).role


@cache
def read_name(name: str) -> NameReading:
    """Role a stem's name tells, with how sure that is and the words that say it."""
    words = words_of(name)
    best = (0, -1, Role.OTHER, "")
    for at, text, length in _runs(words):
        rank, role = _look_up(text, length)
        if rank and (rank, at) >= best[:2]:
            best = (rank, at, role, text)
    rank, _, role, text = best
    return NameReading(role, _CONFIDENCE[min(rank, PHRASE)], text)


def words_of(name: str) -> list[str]:
    """A name's words: lower case, without accents, cut at separators, camel case and digits.

    Takes are left out ("Gtr.3", "Kick_01"), and machines keep their digits (808, b3, dx7).
    """
    stem = re.sub(r"\.(wav|wave|aiff?|flac|mp3|ogg|opus|m4a|w64|rf64|bwf)$", "", name, flags=re.I)
    folded = unicodedata.normalize("NFKC", stem)
    for umlaut, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("œ", "oe")):
        folded = folded.replace(umlaut, plain).replace(umlaut.upper(), plain.capitalize())
    folded = unicodedata.normalize("NFKD", folded)
    plain_text = "".join(c for c in folded if not unicodedata.combining(c))
    words: list[str] = []
    for chunk in re.split(r"[\W_]+", plain_text):
        words.extend(_cut(chunk))
    return words


def _cut(chunk: str) -> Iterator[str]:
    if not chunk:
        return
    if chunk.lower() in _table():
        yield chunk.lower()
        return
    for part in re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_a-zA-Z]+", chunk):
        yield part.lower()


def _runs(words: list[str]) -> Iterator[tuple[int, str, int]]:
    for length in (3, 2, 1):
        for at in range(len(words) - length + 1):
            if at == 0 or words[at - 1] not in _WITHOUT:
                yield at, " ".join(words[at : at + length]), length


@cache
def _table() -> dict[str, tuple[int, Role]]:
    table: dict[str, tuple[int, Role]] = {}
    for (role, rank), words in _WORDS.items():
        for word in words.split():
            table.setdefault(_folded(word), (rank, role))
    for role, listed in words_abroad.WORDS.items():
        for word in listed.split():
            table.setdefault(_folded(word), (INSTRUMENT, role))
    for role, phrases in _PHRASES.items():
        for phrase in phrases.split(","):
            table[phrase.strip()] = (PHRASE + len(phrase.split()), role)
    return table


def _folded(word: str) -> str:
    folded = unicodedata.normalize("NFKD", word)
    return "".join(c for c in folded if not unicodedata.combining(c))


def _look_up(text: str, length: int) -> tuple[int, Role]:
    found = _table().get(text)
    if found is not None:
        return found
    if length > 1:
        return 0, Role.OTHER
    return _inside(text)


def _inside(word: str) -> tuple[int, Role]:
    """The longest known word that this one starts with (and a usual tail), or that is inside."""
    table = _table()
    for end in range(len(word) - 1, 1, -1):
        if word[:end] in table and word[end:] in _TAILS:
            return table[word[:end]]
    inside = [
        known
        for known in table
        if (len(known) >= _INSIDE or known in _INSIDE_TOO or _is_written_close(known))
        and known in word
        and known not in _NOT_INSIDE
    ]
    if not inside:
        return 0, Role.OTHER
    rank, role = table[max(inside, key=lambda known: (table[known][0], len(known)))]
    return min(rank, FAMILY), role


def _is_written_close(word: str) -> bool:
    """Whether a word of two signs and more comes from a script that leaves no gaps (CJK)."""
    return len(word) > 1 and min(map(ord, word)) >= _FIRST_CJK
