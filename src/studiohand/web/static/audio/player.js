// The player: A and B run all the time, sample for sample; switching moves gains only.
//
//   A ── gain ─┬─ out A        Switching is three linear ramps of 8 ms: A and B are the same song,
//              └─ ×(+1) ─┐     so equal-power fades would swell. Pieces start on whole frames, so
//   B ─ match ─┼─ ×(−1) ─┴─ delta     joins are exact and equal signals null to zero.
//              └─ out B

const RAMP_S = 0.008;
const PIECE_S = 2;
const AHEAD_S = 5;
const LEAD_S = 0.06;

/** Where a run of playing stands: song frames mapped to context frames.
 * @typedef {{song: number, frames: number, at: number}} Piece */

export class Player {
  /** @param {(hear: string, start: number, frames: number) => Promise<Float32Array>} fetchSamples
   * @param {BaseAudioContext} [context] */
  constructor(rate, frames, fetchSamples, context) {
    this.rate = rate;
    this.frames = frames;
    this.fetchSamples = fetchSamples;
    this.context = context ?? new AudioContext({ sampleRate: rate, latencyHint: "interactive" });
    this.position = 0;
    this.playing = false;
    /** @type {{start: number, stop: number} | null} */
    this.loop = null;
    this.mode = "a";
    this.match = 1;
    /** @type {Piece[]} */
    this.pieces = [];
    this.run = 0;
    this.#build();
    this.deckA = this.#deck("original", this.busA);
    this.deckB = this.#deck("accepted", this.busB);
    this.deckB.gain.gain.value = 1;
    this.deckA.gain.gain.value = 1;
  }

  #build() {
    const gain = (value) => {
      const node = this.context.createGain();
      node.gain.value = value;
      return node;
    };
    this.busA = gain(1); this.busB = gain(1);
    this.outA = gain(1); this.outB = gain(0);
    this.delta = gain(0); this.minus = gain(-1);
    this.master = gain(1);
    this.busA.connect(this.outA).connect(this.master);
    this.busB.connect(this.outB).connect(this.master);
    this.busA.connect(this.delta);
    this.busB.connect(this.minus).connect(this.delta);
    this.delta.connect(this.master);
    this.master.connect(this.context.destination);
  }

  #deck(hear, bus) {
    const gain = this.context.createGain();
    gain.gain.value = 0;
    gain.connect(bus);
    return { hear, gain, sources: /** @type {Set<AudioBufferSourceNode>} */ (new Set()) };
  }

  /** Start at a song frame. */
  async play(from = this.position) {
    const run = this.#halt();
    const limit = this.loop ? this.loop.stop : this.frames;
    this.position = from >= limit ? (this.loop?.start ?? 0) : from;
    if (this.context instanceof AudioContext && this.context.state === "suspended") await this.context.resume();
    const first = await this.#fetchPair(this.position, this.#span(this.position));
    if (run !== this.run) return;
    this.playing = true;
    const at = Math.ceil((this.context.currentTime + LEAD_S) * this.rate);
    this.#place(first, this.position, at);
    this.#feed(run);
  }

  pause() {
    this.position = this.songFrame();
    this.#halt();
    this.playing = false;
  }

  /** @param {number} frame */
  async seek(frame) {
    const at = Math.min(Math.max(Math.round(frame), 0), this.frames);
    if (this.playing) await this.play(at);
    else this.position = at;
  }

  /** Hear "a", "b" or "d" (their difference). @param {string} mode */
  hear(mode) {
    this.mode = mode;
    const now = this.context.currentTime;
    for (const [name, node] of [["a", this.outA], ["b", this.outB], ["d", this.delta]]) {
      this.#ramp(node.gain, name === mode ? 1 : 0, now);
    }
  }

  /** Gain on B that makes it as loud as A. @param {number} gainDb */
  setMatch(gainDb) {
    this.match = 10 ** (gainDb / 20);
    this.#ramp(this.busB.gain, this.match, this.context.currentTime);
  }

  /** Change what A or B is; while playing the new sound fades in where the old one is.
   * @param {"A"|"B"} which @param {string} hear */
  async setDeck(which, hear) {
    const name = which === "A" ? "deckA" : "deckB";
    const old = this[name];
    if (old.hear === hear && which === "A") return;
    const fresh = this.#deck(hear, which === "A" ? this.busA : this.busB);
    this[name] = fresh;
    if (!this.playing) {
      fresh.gain.gain.value = 1;
      old.gain.disconnect();
      return;
    }
    await this.#catchUp(fresh);
    const now = this.context.currentTime + 0.01;
    this.#ramp(fresh.gain.gain, 1, now, 0);
    this.#ramp(old.gain.gain, 0, now, 1);
    setTimeout(() => { this.#silence(old); old.gain.disconnect(); }, 200);
  }

  /** The song frame that sounds now. */
  songFrame() {
    if (!this.playing) return this.position;
    const now = this.context.currentTime * this.rate;
    const piece = this.pieces.findLast((p) => p.at <= now) ?? this.pieces[0];
    if (!piece) return this.position;
    return Math.round(piece.song + Math.min(Math.max(now - piece.at, 0), piece.frames));
  }

  close() { this.#halt(); if (this.context instanceof AudioContext) this.context.close(); }

  #ramp(param, to, now, from = param.value) {
    param.cancelScheduledValues(now);
    param.setValueAtTime(from, now);
    param.linearRampToValueAtTime(to, now + RAMP_S);
  }

  #halt() {
    this.run += 1;
    for (const deck of [this.deckA, this.deckB]) if (deck) this.#silence(deck);
    this.pieces = [];
    return this.run;
  }

  #silence(deck) {
    for (const source of deck.sources) { try { source.stop(); } catch { /* not started */ } }
    deck.sources.clear();
  }

  #span(song) {
    const limit = this.loop && song < this.loop.stop ? this.loop.stop : this.frames;
    return Math.min(Math.round(PIECE_S * this.rate), limit - song);
  }

  async #fetchPair(song, frames) {
    const [a, b] = await Promise.all(
      [this.deckA, this.deckB].map((deck) => this.fetchSamples(deck.hear, song, frames)));
    return { a, b, decks: [this.deckA, this.deckB], frames };
  }

  #place(pair, song, at) {
    this.pieces.push({ song, frames: pair.frames, at });
    if (this.pieces.length > 12) this.pieces.shift();
    this.#schedule(pair.decks[0], pair.a, at);
    this.#schedule(pair.decks[1], pair.b, at);
  }

  #schedule(deck, samples, at, offset = 0) {
    const frames = samples.length / 2;
    if (frames <= offset) return;
    const buffer = this.context.createBuffer(2, frames, this.rate);
    for (let channel = 0; channel < 2; channel += 1) {
      const plane = buffer.getChannelData(channel);
      for (let frame = 0; frame < frames; frame += 1) plane[frame] = samples[2 * frame + channel];
    }
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(deck.gain);
    source.start((at + offset) / this.rate, offset / this.rate);
    source.onended = () => deck.sources.delete(source);
    deck.sources.add(source);
  }

  /** Keep a few seconds ahead of the playhead. */
  async #feed(run) {
    while (run === this.run) {
      const last = this.pieces[this.pieces.length - 1];
      const ahead = (last.at + last.frames) / this.rate - this.context.currentTime;
      if (ahead > AHEAD_S) { await new Promise((done) => setTimeout(done, 200)); continue; }
      let song = last.song + last.frames;
      if (this.loop && song >= this.loop.stop) song = this.loop.start;
      if (song >= this.frames) {
        if (ahead < 0) { this.pause(); this.position = 0; return; }
        await new Promise((done) => setTimeout(done, 100));
        continue;
      }
      const pair = await this.#fetchPair(song, this.#span(song));
      if (run !== this.run) return;
      this.#place(pair, song, last.at + last.frames);
    }
  }

  /** Give a new deck the pieces that are still to sound. */
  async #catchUp(deck) {
    const now = this.context.currentTime * this.rate;
    const open = this.pieces.filter((piece) => piece.at + piece.frames > now);
    for (const piece of open) {
      const samples = await this.fetchSamples(deck.hear, piece.song, piece.frames);
      const soon = Math.ceil((this.context.currentTime + 0.02) * this.rate);
      this.#schedule(deck, samples, piece.at, Math.max(soon - piece.at, 0));
    }
  }
}
