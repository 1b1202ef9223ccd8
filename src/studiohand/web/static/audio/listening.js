// What is heard and how loud: the decks' contents, solo and mute, level match, monitoring. No pictures here.
import { bytes, get, query } from "../lib/api.js";
import { Player } from "./player.js";

const ONCE_MORE_MS = 250;

export class Listening {
  /** @param {any} song @param {() => void} changed Called after anything here has changed.
   * @param {(sentence: string) => void} say */
  constructor(song, changed, say) {
    this.song = song;
    this.changed = changed;
    this.say = say;
    this.matched = true;
    this.offsets = { B: 0, C: 0 };
    this.soloed = new Set();
    this.muted = new Set();
    /** @type {{hear: string, what: string} | null} */
    this.trial = null;
    /** @type {{hear: string, what: string, playedAtDb?: number} | null} */
    this.other = null;
    this.way = "stereo";
    /** @type {[number, number] | null} */
    this.band = null;
    this.player = new Player(song.rate, song.frames, (...asked) => this.#samples(...asked));
    this.#load();
  }

  async #samples(asked, start, frames) {
    try {
      return new Float32Array(await bytes(`songs/${this.song.id}/samples?${asked}&${query({ start, frames })}`));
    } catch (error) {
      this.say(error.message);
      throw error;
    }
  }

  get mode() { return this.player.mode; }

  /** The song was read again; moves may have been decided. @param {any} song */
  renew(song) {
    const before = this.song.decided;
    this.song = song;
    if (before !== song.decided) this.trial = null;
    this.#load();
  }

  /** Indices of the stems that sound; null: all. */
  get only() {
    if (!this.soloed.size && !this.muted.size) return null;
    return this.song.stems.map((_, index) => index)
      .filter((index) => (this.soloed.size ? this.soloed.has(index) : !this.muted.has(index)));
  }

  /** What A and B ask the server for. */
  get hears() {
    const only = this.only ? `&only=${this.only.join()}` : "";
    const original = `hear=original${only}`;
    if (this.trial) return { A: original, B: `${query({ hear: this.trial.hear })}${only}` };
    return { A: original, B: this.song.moves.some((move) => ["accepted", "amended"].includes(move.state))
      ? `hear=accepted${only}&v=${this.song.decided}` : original };
  }

  /** @param {string} mode "a", "b", "d" or "c" */
  hear(mode) {
    if (mode === "c" && !this.other) return;
    this.player.hear(mode);
    this.changed();
  }

  /** Make B a move under trial among the accepted ones. */
  async hearTrial(hear, what) {
    this.trial = { hear, what };
    await this.#load();
    this.hear("b");
  }

  /** Make C something else to compare with; null takes it away.
   * @param {string | null} hear @param {string} what
   * @param {number} [playedAtDb] A level that belongs to it, such as a service's; else it is matched as B is. */
  async hearOther(hear, what, playedAtDb) {
    this.other = hear ? { hear, what, playedAtDb } : null;
    if (!hear && this.mode === "c") this.hear("a");
    await this.#load();
    if (hear) this.hear("c");
  }

  /** @param {"soloed"|"muted"} which @param {number} index */
  toggle(which, index) {
    const set = new Set(this[which]);
    if (!set.delete(index)) set.add(index);
    this[which] = set;
    this.#load();
  }

  soloOnly(indices) { this.soloed = new Set(indices); this.#load(); }

  match(on) { this.matched = on; this.#applyMatch(); this.changed(); }

  /** @param {string} way */
  listenIn(way) { this.way = way; this.player.monitor.listen(way); this.changed(); }

  /** @param {[number, number] | null} bandHz */
  soloBand(bandHz) { this.band = bandHz; this.player.monitor.solo(bandHz); this.changed(); }

  /** @param {[number, number] | null} spanS */
  loop(spanS) {
    const { rate, frames } = this.song;
    this.player.loop = spanS && { start: Math.round(Math.max(spanS[0], 0) * rate),
      stop: Math.min(Math.round(spanS[1] * rate), frames) };
    if (spanS) this.player.seek(this.player.loop.start);
    this.#matchSoon();
    this.changed();
  }

  close() { this.closed = true; clearTimeout(this.waiting); this.player.close(); }

  async #load() {
    this.changed();
    const { A, B } = this.hears;
    const C = this.other ? query({ hear: this.other.hear }) : null;
    await Promise.all([this.player.setDeck("A", A), this.player.setDeck("B", B), this.player.setDeck("C", C)])
      .catch((error) => this.say(error.message));
    this.#matchSoon();
  }

  /** Measure the match once things rest, one at a time; a hand on a control asks many times a second. */
  #matchSoon() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(async () => {
      if (this.measuring) { this.#matchSoon(); return; }
      this.measuring = true;
      await this.#measure();
      this.measuring = false;
    }, ONCE_MORE_MS);
  }

  async #measure() {
    if (this.closed) return;
    const { A, B } = this.hears;
    const loop = this.player.loop;
    const span = loop ? `&${query({ start: loop.start, frames: loop.stop - loop.start })}` : "";
    const gain = async (asked) => (await get(`songs/${this.song.id}/match?${asked}${span}`)).gain_db;
    try {
      const [b, c] = await Promise.all([B === A ? 0 : gain(B), this.other ? gain(query({ hear: this.other.hear })) : 0]);
      this.offsets = { B: b, C: c };
      this.#applyMatch();
      this.changed();
    } catch (error) { this.say(error.message); }
  }

  #applyMatch() {
    this.player.setMatch(this.matched ? this.offsets.B : 0, "B");
    this.player.setMatch(this.other?.playedAtDb ?? (this.matched ? this.offsets.C : 0), "C");
  }
}
