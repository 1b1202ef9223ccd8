// A deck plays one thing along the player's plan; it fetches a little ahead and never stops itself.
import { RAMP_S } from "./monitor.js";

export const FIRST_PIECE_S = 0.4;
const LARGEST_PIECE_S = 2;

export class Deck {
  /** @param {BaseAudioContext} context @param {string} hear @param {AudioNode} bus
   * @param {(hear: string, start: number, frames: number) => Promise<Float32Array>} fetchSamples */
  constructor(context, hear, bus, fetchSamples) {
    this.context = context;
    this.hear = hear;
    this.fetchSamples = fetchSamples;
    this.gain = new GainNode(context, { gain: 0 });
    this.gain.connect(bus);
    this.sources = /** @type {Set<AudioBufferSourceNode>} */ (new Set());
    this.filled = 0;
    this.began = 0;
    this.pieceS = FIRST_PIECE_S;
    this.busy = false;
    this.run = 0;
  }

  /** Begin anew at a context frame. */
  begin(at) {
    this.silence();
    this.filled = at;
    this.began = at;
    this.pieceS = FIRST_PIECE_S;
  }

  /** Fetch and schedule what comes next in the plan, up to a context frame; true if it did.
   * @param {import("./player.js").Piece[]} plan @param {number} until */
  async fill(plan, until) {
    this.#skipWhatIsPast();
    const piece = plan.find((p) => p.at + p.frames > this.filled && p.at <= this.filled);
    if (this.busy || !piece || this.filled >= until) return false;
    this.busy = true;
    const run = this.run;
    const at = this.filled;
    const inside = at - piece.at;
    const frames = Math.min(Math.round(this.pieceS * this.context.sampleRate), piece.frames - inside);
    try {
      const samples = await this.fetchSamples(this.hear, piece.song + inside, frames);
      if (run !== this.run) return false;
      this.#schedule(samples, at);
      this.filled = at + frames;
      this.pieceS = Math.min(this.pieceS * 2, LARGEST_PIECE_S);
      return true;
    } finally { if (run === this.run) this.busy = false; }
  }

  /** Stop after a fade that somebody else makes. */
  silence() {
    this.run += 1;
    this.busy = false;
    const end = this.context.currentTime + RAMP_S;
    for (const source of this.sources) { try { source.stop(end); } catch { /* not started */ } }
    this.sources.clear();
  }

  /** Stop for good, once a fade in so many seconds has passed on the context's own clock. @param {number} inS */
  leave(inS) {
    this.run += 1;
    const end = this.context.currentTime + inS + RAMP_S;
    for (const source of this.sources) { try { source.stop(end); } catch { /* not started */ } }
    const last = [...this.sources].at(-1);
    if (last) last.addEventListener("ended", () => this.gain.disconnect());
    else this.gain.disconnect();
  }

  /** Where fetching was too slow, go on from now, in step with the others. */
  #skipWhatIsPast() {
    const now = Math.ceil((this.context.currentTime + 0.02) * this.context.sampleRate);
    if (this.context.currentTime === 0 || this.filled >= now) return;
    if (this.began === this.filled) this.began = now;
    this.filled = now;
  }

  #schedule(samples, at) {
    const rate = this.context.sampleRate;
    const frames = samples.length / 2;
    const late = Math.max(Math.ceil(this.context.currentTime * rate) + 256 - at, 0);
    const offset = this.context.currentTime > 0 ? late : 0;
    if (this.began === at) this.began = at + offset;
    if (frames <= offset) return;
    const buffer = this.context.createBuffer(2, frames, rate);
    for (let channel = 0; channel < 2; channel += 1) {
      const plane = buffer.getChannelData(channel);
      for (let frame = 0; frame < frames; frame += 1) plane[frame] = samples[2 * frame + channel];
    }
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.gain);
    source.start((at + offset) / rate, offset / rate);
    source.onended = () => this.sources.delete(source);
    this.sources.add(source);
  }
}
