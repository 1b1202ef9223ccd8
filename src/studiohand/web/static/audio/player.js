// The player: all decks run along one plan, sample for sample; switching moves gains only.
//
//   A ── gain ─┬─ out A        Switching is linear ramps of 8 ms: A and B are the same song, so
//              └─ ×(+1) ─┐     equal-power fades would swell. Pieces start on whole frames, so
//   B ─ match ─┼─ ×(−1) ─┴─ delta     joins are exact and equal signals null to zero.
//              └─ out B
//   C ─ match ── out C         C is whatever else one listens to: a reference, the mix, a take.
import { Deck, FIRST_PIECE_S } from "./deck.js";
import { Monitor, ramp } from "./monitor.js";

const AHEAD_S = 5;
const LEAD_S = 0.05;
const LONGEST_PIECE_S = 60;
const KEPT_PIECES = 8;

/** Where a run of playing stands: song frames mapped to context frames.
 * @typedef {{song: number, frames: number, at: number}} Piece */

export class Player {
  /** @param {(hear: string, start: number, frames: number) => Promise<Float32Array>} fetchSamples
   * @param {BaseAudioContext} [context] */
  constructor(rate, frames, fetchSamples, context) {
    this.rate = rate;
    this.frames = frames;
    this.fetchOne = fetchSamples;
    this.context = context ?? new AudioContext({ sampleRate: rate, latencyHint: "interactive" });
    this.position = 0;
    this.playing = false;
    /** @type {{start: number, stop: number} | null} */
    this.loop = null;
    this.mode = "a";
    /** @type {Piece[]} */
    this.pieces = [];
    this.kept = new Map();
    this.run = 0;
    this.#build();
    this.decks = { A: this.#deck("original", "A"), B: this.#deck("accepted", "B"), C: null };
    this.sounding = { A: null, B: null, C: null };
  }

  #build() {
    const gain = (value) => new GainNode(this.context, { gain: value });
    this.bus = { A: gain(1), B: gain(1), C: gain(1) };
    this.out = { a: gain(1), b: gain(0), d: gain(0), c: gain(0) };
    this.monitor = new Monitor(this.context);
    const minus = gain(-1);
    this.bus.A.connect(this.out.a);
    this.bus.B.connect(this.out.b);
    this.bus.C.connect(this.out.c);
    this.bus.A.connect(this.out.d);
    this.bus.B.connect(minus).connect(this.out.d);
    for (const out of Object.values(this.out)) out.connect(this.monitor.input);
    this.monitor.output.connect(this.context.destination);
  }

  #deck(hear, which) {
    return new Deck(this.context, hear, this.bus[which], (...asked) => this.#fetch(...asked));
  }

  /** Decks that ask for the same thing share one answer; the next start may be here already. */
  #fetch(hear, start, frames) {
    const key = `${hear}|${start}|${frames}`;
    const known = this.kept.get(key);
    if (known) return known;
    const coming = this.fetchOne(hear, start, frames);
    this.kept.set(key, coming);
    coming.catch(() => this.kept.delete(key));
    if (this.kept.size > KEPT_PIECES) this.kept.delete(this.kept.keys().next().value);
    return coming;
  }

  get #all() { return Object.values(this.decks).filter(Boolean); }

  /** Fetch what the next start needs, so that it sounds at once. */
  async prepare() {
    const from = this.#startOf(this.position);
    const frames = Math.min(Math.round(FIRST_PIECE_S * this.rate), this.#limit(from) - from);
    if (frames > 0) await Promise.allSettled(this.#all.map((deck) => this.#fetch(deck.hear, from, frames)));
  }

  /** Start at a song frame. */
  async play(from = this.position) {
    const run = this.#halt();
    this.position = this.#startOf(from);
    if (this.context instanceof AudioContext && this.context.state === "suspended") await this.context.resume();
    await this.prepare();
    if (run !== this.run) return;
    this.playing = true;
    const at = Math.ceil((this.context.currentTime + LEAD_S) * this.rate);
    this.monitor.output.gain.setValueAtTime(1, at / this.rate);
    this.pieces = [];
    this.#extend(this.position, at);
    this.#plan(run);
    for (const which of ["A", "B", "C"]) this.#dismiss(which, this.context.currentTime);
    this.sounding = { ...this.decks };
    for (const deck of this.#all) {
      deck.begin(at);
      deck.gain.gain.setValueAtTime(1, at / this.rate);
      this.#feed(deck, run);
    }
    await Promise.all(this.#all.map((deck) => deck.first));
  }

  pause() {
    this.position = this.songFrame();
    this.#halt();
    this.playing = false;
    this.prepare();
  }

  /** @param {number} frame */
  async seek(frame) {
    const at = Math.min(Math.max(Math.round(frame), 0), this.frames);
    if (this.playing) return this.play(at);
    this.position = at;
    return this.prepare();
  }

  /** Hear "a", "b", "d" (their difference) or "c". @param {string} mode */
  hear(mode) {
    this.mode = mode;
    const now = this.context.currentTime;
    for (const [name, node] of Object.entries(this.out)) ramp(node.gain, name === mode ? 1 : 0, now);
  }

  /** Gain on B or C that makes it as loud as A. @param {number} gainDb @param {"B"|"C"} which */
  setMatch(gainDb, which = "B") {
    ramp(this.bus[which].gain, 10 ** (gainDb / 20), this.context.currentTime);
  }

  /** Change what a deck plays; while playing the new sound fades in as soon as it is there.
   * @param {"A"|"B"|"C"} which @param {string | null} hear */
  async setDeck(which, hear) {
    if ((this.decks[which]?.hear ?? null) === hear) return;
    const fresh = hear === null ? null : this.#deck(hear, which);
    this.decks[which] = fresh;
    if (!this.playing) { await this.prepare(); return; }
    if (fresh) {
      fresh.begin(Math.ceil((this.context.currentTime + LEAD_S) * this.rate));
      this.#feed(fresh, this.run);
      await fresh.first;
    }
    if (this.decks[which] !== fresh) { fresh?.leave(0); return; }
    const now = Math.max(this.context.currentTime, (fresh?.began ?? 0) / this.rate) + 0.005;
    if (fresh) ramp(fresh.gain.gain, 1, now, fresh.gain.gain.value);
    this.#dismiss(which, now);
    this.sounding[which] = fresh;
  }

  /** Fade out what a bus has played so far. */
  #dismiss(which, now) {
    const old = this.sounding[which];
    if (!old || old === this.decks[which]) return;
    ramp(old.gain.gain, 0, now);
    old.leave(now - this.context.currentTime);
  }

  /** The song frame that sounds now. */
  songFrame() {
    if (!this.playing) return this.position;
    const now = this.context.currentTime * this.rate;
    const piece = this.pieces.findLast((p) => p.at <= now) ?? this.pieces[0];
    if (!piece) return this.position;
    return Math.round(piece.song + Math.min(Math.max(now - piece.at, 0), piece.frames));
  }

  close() { this.#halt(); this.playing = false; if (this.context instanceof AudioContext) this.context.close(); }

  #halt() {
    this.run += 1;
    if (this.playing) ramp(this.monitor.output.gain, 0, this.context.currentTime, 1);
    for (const deck of [...this.#all, ...Object.values(this.sounding)]) deck?.silence();
    return this.run;
  }

  #limit(song) { return this.loop && song < this.loop.stop ? this.loop.stop : this.frames; }

  #startOf(song) { return song >= this.#limit(song) ? (this.loop?.start ?? 0) : song; }

  /** Add the next stretch of song to the plan. */
  #extend(song, at) {
    const frames = Math.min(this.#limit(song) - song, Math.round(LONGEST_PIECE_S * this.rate));
    this.pieces.push({ song, frames, at });
    if (this.pieces.length > 12) this.pieces.shift();
  }

  /** Keep the plan ahead of the playhead; at the end of the song, stop. */
  async #plan(run) {
    while (run === this.run) {
      const last = this.pieces[this.pieces.length - 1];
      const end = last.at + last.frames;
      const ahead = end / this.rate - this.context.currentTime;
      let song = last.song + last.frames;
      if (this.loop && song >= this.loop.stop) song = this.loop.start;
      if (song < this.frames && ahead < AHEAD_S + 2) { this.#extend(song, end); continue; }
      if (song >= this.frames && ahead < 0) { this.pause(); this.position = 0; return; }
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  /** Keep a deck a few seconds ahead; `deck.first` is settled once its first piece is scheduled. */
  #feed(deck, run) {
    deck.first = new Promise((done) => {
      const turn = async () => {
        while (run === this.run && this.#all.includes(deck)) {
          const until = (this.context.currentTime + AHEAD_S) * this.rate;
          let came = false;
          try { came = await deck.fill(this.pieces, until); } catch { await new Promise((wait) => setTimeout(wait, 500)); }
          if (came) done();
          else await new Promise((wait) => setTimeout(wait, 80));
        }
        done();
      };
      turn();
    });
  }
}
