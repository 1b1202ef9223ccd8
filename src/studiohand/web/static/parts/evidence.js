// Evidence of a finding, drawn: audibility over time, the waveform of a click, or the spectrum with its band.
import { LitElement, css, html, nothing, svg } from "../vendor/lit.js";
import { bytes, get, query } from "../lib/api.js";
import { clock, decibels, hertz, median, noteOf, pathOf } from "../lib/axes.js";
import { loopOf } from "../lib/places.js";
import { control } from "./look.js";
import "./eq-curve.js";

const WIDTH = 460;
const HEIGHT = 110;
const AROUND_S = 0.004;
const WAVES = ["clicks", "clipped", "gap", "dc"];
const LONGEST_S = 30;

class Evidence extends LitElement {
  static properties = { song: {}, finding: {}, heard: { state: true }, samples: { state: true }, coming: { state: true }, spectrum: { state: true }, place: { state: true } };

  static styles = [control, css`
    :host { display: block; }
    svg { display: block; width: 100%; height: auto; background: var(--ground); border: 1px solid var(--line); border-radius: 4px; }
    text { fill: var(--soft); font-size: 11px; } .grid { stroke: var(--line); stroke-width: 0.6; }
    .alone { fill: none; stroke: var(--soft); stroke-width: 1.2; } .among { fill: none; stroke: var(--found); stroke-width: 1.8; }
    .wave { fill: none; stroke: var(--text); stroke-width: 1.2; }
    figure { margin: var(--s2) 0; } figcaption { color: var(--soft); font-size: 12px; margin-top: 2px; display: flex; gap: var(--s2); align-items: center; }
    .push { margin-left: auto; } p { color: var(--soft); margin: var(--s2) 0; }
  `];

  willUpdate(changes) {
    if (changes.has("finding") && changes.get("finding")?.id !== this.finding.id) {
      this.heard = this.samples = this.spectrum = null;
      this.place = this.#first();
      this.coming = true;
      this.#fetch(this.finding);
    }
  }

  get #stem() { return this.song.stems.some((stem) => stem.name === this.finding.stems[0]) ? this.finding.stems[0] : null; }

  async #fetch(finding) {
    const { rate } = this.song;
    const hear = this.#stem ? `stem:${this.#stem}` : "original";
    const [from, to] = loopOf(finding);
    const keep = (name) => (found) => { if (this.finding === finding) this[name] = found; };
    try {
      if (finding.kind === "clash" && finding.band_hz && this.#stem) {
        const start = Math.round(finding.start_s * rate);
        const frames = Math.round(Math.min(Math.max(finding.end_s - finding.start_s, 2), LONGEST_S) * rate);
        await get(`songs/${this.song.id}/audibility?${query({ of: this.#stem, low: finding.band_hz[0], high: finding.band_hz[1], start, frames })}`).then(keep("heard"));
      } else if (WAVES.includes(finding.kind)) await this.#look();
      else if (this.#stem || finding.band_hz) {
        const asked = query({ hear, start: Math.round(from * rate), frames: Math.round((to - from) * rate) });
        await get(`songs/${this.song.id}/spectrum?${asked}`).then(keep("spectrum"));
      }
    } catch { /* the sentence and the numbers stand without a picture */ }
    keep("coming")(false);
  }

  get #places() { return this.finding.evidence.at_s ?? [this.finding.start_s]; }

  /** The place that the loop is about; the first where there is none. */
  #first() {
    const loop = this.finding.evidence.loop_s;
    if (!loop) return 0;
    const middle = (loop[0] + loop[1]) / 2;
    const away = this.#places.map((at) => Math.abs(at - middle));
    return away.indexOf(Math.min(...away));
  }

  /** Fetch the samples around the place that is looked at. */
  async #look() {
    const { finding } = this;
    const at = this.#places[this.place];
    const start = Math.max(Math.round((at - AROUND_S) * this.song.rate), 0);
    const frames = Math.round(2 * AROUND_S * this.song.rate);
    const found = new Float32Array(await bytes(`songs/${this.song.id}/samples?${query({ hear: this.#stem ? `stem:${this.#stem}` : "mix", start, frames })}`));
    if (this.finding === finding) this.samples = { at, found };
  }

  #go(by) {
    this.place = (this.place + by + this.#places.length) % this.#places.length;
    this.#look();
    this.dispatchEvent(new CustomEvent("seek", { detail: Math.max(this.#places[this.place] - 0.5, 0) * this.song.rate, bubbles: true, composed: true }));
  }

  #audibility() {
    const { alone_db: alone, among_db: among, start_s: start, per_second: rate } = this.heard;
    const known = [...alone, ...among].filter((db) => db !== null);
    if (!known.length) return nothing;
    const top = Math.max(...known) + 8;
    const low = Math.max(Math.min(...known), top - 50);
    const points = (values) => values.map((db, n) => [(n / Math.max(values.length - 1, 1)) * WIDTH, db === null ? null : HEIGHT - ((Math.max(db, low) - low) / (top - low)) * HEIGHT]);
    const lost = median(alone.map((db, n) => (db === null ? null : db - (among[n] ?? low))));
    return html`<figure><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Audibility of ${this.#stem} over time">
        <path class="alone" d=${pathOf(points(alone))} /><path class="among" d=${pathOf(points(among))} />
        <text x="4" y="13">loudness level in the band, 10 dB = twice as loud</text>
        <text x="4" y=${HEIGHT - 4}>${clock(start)}</text><text x=${WIDTH - 42} y=${HEIGHT - 4}>${clock(start + alone.length / rate)}</text></svg>
      <figcaption>${this.#stem} alone (grey) and among the others (yellow); half of the time it loses ${(lost ?? 0).toFixed(1)} dB or more.</figcaption></figure>`;
  }

  #wave() {
    const { at, found } = this.samples;
    const frames = found.length / 2;
    const tall = Math.max(found.reduce((most, x) => Math.max(most, Math.abs(x)), 0), 1e-6);
    const points = Array.from({ length: frames }, (_, n) => [(n / (frames - 1)) * WIDTH, HEIGHT / 2 - (found[2 * n] / tall) * (HEIGHT / 2 - 6)]);
    const level = decibels(20 * Math.log10(tall)).replace(" dB", " dBFS");
    return html`<figure><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Waveform at ${at.toFixed(4)} seconds, peak ${level}">
        ${svg`<line class="grid" x1=${WIDTH / 2} x2=${WIDTH / 2} y1="0" y2=${HEIGHT} />`}<path class="wave" d=${pathOf(points)} />
        <text x="4" y="13">${(AROUND_S * 2000).toFixed(0)} ms, full height ${level}</text></svg>
      <figcaption>${at.toFixed(4)} s · ${this.place + 1} of ${this.#places.length}
        ${this.#places.length > 1 ? html`<button class="push" aria-label="Place before" @click=${() => this.#go(-1)}>‹</button>
          <button aria-label="Next place" @click=${() => this.#go(1)}>›</button>` : ""}</figcaption></figure>`;
  }

  render() {
    if (this.heard) return this.#audibility();
    if (this.samples) return this.#wave();
    if (!this.spectrum) return this.coming ? html`<p role="status">Drawing the evidence…</p>` : nothing;
    const band = this.finding.band_hz;
    const strongest = this.spectrum.hz[this.spectrum.db.indexOf(Math.max(...this.spectrum.db))];
    return html`<figure><sh-eq-curve .spectrum=${this.spectrum} .mark=${band}
      .label=${`Spectrum of ${this.#stem ?? "the sum"}, strongest at ${hertz(strongest)} (${noteOf(strongest)})${band ? `, ${hertz(band[0])} to ${hertz(band[1])} marked` : ""}`}></sh-eq-curve>
      <figcaption>${this.#stem ?? "the sum"}, strongest at ${hertz(strongest)} (${noteOf(strongest)})</figcaption></figure>`;
  }
}
customElements.define("sh-evidence", Evidence);
