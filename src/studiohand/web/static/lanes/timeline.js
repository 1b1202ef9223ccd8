// One time axis: ruler, findings, a lane for each stem, the playhead. Facts stand in the finding list.
import { LitElement, css, html } from "../vendor/lit.js";
import { bytes, query } from "../lib/api.js";
import { clock, niceStep } from "../lib/axes.js";
import { Scope } from "../lib/scope.js";

const RULER = 22;
const MARKS = 22;
const LANE = 44;
const SHAPES = { must: "▲", should: "◆", could: "●" };

class Timeline extends LitElement {
  static properties = { song: {}, chosen: {}, loop: {}, alone: {} };

  static styles = css`
    :host { display: grid; grid-template-columns: 150px 1fr; overflow-y: auto; background: var(--ground);
      border-bottom: 1px solid var(--line); }
    .names { display: flex; flex-direction: column; border-right: 1px solid var(--line); }
    .top { height: ${RULER + MARKS}px; flex: none; position: sticky; top: 0; background: var(--ground); z-index: 2; }
    .names button { height: ${LANE}px; flex: none; text-align: left; padding: 2px var(--s2); border: 0;
      border-top: 1px solid var(--line); background: none; color: var(--text); font: inherit; cursor: pointer;
      overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .names button[aria-pressed="true"] { background: var(--raised); box-shadow: inset 3px 0 var(--a); }
    .names small { color: var(--soft); display: block; }
    .field { position: relative; min-width: 0; overflow: hidden; }
    canvas { position: absolute; left: 0; top: 0; }
    .stick { position: sticky; top: 0; height: 0; z-index: 1; }
    :focus-visible { outline: 2px solid var(--a); outline-offset: -2px; }
  `;

  constructor() {
    super();
    this.song = null; this.chosen = null; this.loop = null; this.alone = null;
    this.view = null;
    this.pictures = new Map();
    this.scope = new Scope();
    this.position = () => 0;
    this.drawnKey = "";
  }

  firstUpdated() {
    this.scope.onResize(this.renderRoot.querySelector(".field"), () => this.#redraw());
    this.scope.everyFrame(() => this.#drawTop());
    this.scope.listen(this.renderRoot.querySelector(".field"), "wheel", (event) => this.#wheel(event));
    this.scope.listen(this, "scroll", () => this.#redraw());
  }

  disconnectedCallback() { super.disconnectedCallback(); this.scope.end(); }

  updated(changes) {
    if (changes.has("song") && (changes.get("song")?.id !== this.song.id || !this.view)) {
      this.view = { start: 0, stop: Math.max(this.song.frames, 1) };
      this.pictures.clear();
    }
    this.#redraw();
  }

  /** @param {number} factor @param {number} [around] */
  zoom(factor, around = this.position()) {
    const span = Math.min(Math.max((this.view.stop - this.view.start) * factor, 2048), this.song.frames);
    const share = (around - this.view.start) / (this.view.stop - this.view.start);
    this.#look(around - span * Math.min(Math.max(share, 0), 1), span);
  }

  /** Show a span in seconds with room around it. */
  show(startS, stopS) {
    const start = startS * this.song.rate;
    const span = Math.max((stopS - startS) * this.song.rate, this.song.rate) * 2;
    const now = this.view.stop - this.view.start;
    if (start > this.view.start && stopS * this.song.rate < this.view.stop && now < span * 4) return;
    this.#look(start - span / 4, Math.min(Math.max(span, now < this.song.frames ? now : 0), this.song.frames));
  }

  #look(start, span) {
    const from = Math.round(Math.min(Math.max(start, 0), Math.max(this.song.frames - span, 0)));
    this.view = { start: from, stop: Math.max(Math.round(from + span), from + 1) };
    this.#redraw();
  }

  #wheel(event) {
    if (!event.ctrlKey && !event.shiftKey && Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return;
    event.preventDefault();
    const box = event.currentTarget.getBoundingClientRect();
    const at = this.view.start + ((event.clientX - box.left) / box.width) * (this.view.stop - this.view.start);
    if (event.ctrlKey) this.zoom(1.0015 ** event.deltaY, at);
    else {
      const span = this.view.stop - this.view.start;
      this.#look(this.view.start + ((event.deltaX || event.deltaY) / box.width) * span, span);
    }
  }

  #clicked(event) {
    const box = event.currentTarget.getBoundingClientRect();
    const frame = this.view.start + ((event.clientX - box.left) / box.width) * (this.view.stop - this.view.start);
    const seconds = frame / this.song.rate;
    const inMarks = event.clientY - this.getBoundingClientRect().top < RULER + MARKS
      && event.clientY - this.getBoundingClientRect().top > RULER;
    const hit = inMarks && this.#nearest(seconds, box.width);
    if (hit) this.dispatchEvent(new CustomEvent("choose", { detail: hit.id, bubbles: true, composed: true }));
    else this.dispatchEvent(new CustomEvent("seek", { detail: frame, bubbles: true, composed: true }));
  }

  #nearest(seconds, width) {
    const reach = (8 / width) * ((this.view.stop - this.view.start) / this.song.rate);
    return this.song.findings.find((f) => seconds >= f.start_s - reach && seconds <= Math.max(f.end_s, f.start_s) + reach);
  }

  #colour(name) { return getComputedStyle(this).getPropertyValue(`--${name}`).trim(); }

  #redraw() { this.drawnKey = ""; if (this.song && this.isConnected) this.#drawLanes(); }

  #sized(canvas, width, height) {
    const ratio = devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    return pen;
  }

  /** Only the lanes in sight are drawn, so that sixty stems cost no more than ten. */
  #drawLanes() {
    const canvas = this.renderRoot.querySelector("canvas.lanes");
    const field = this.renderRoot.querySelector(".field");
    if (!canvas || !field.clientWidth || !this.view) return;
    const width = field.clientWidth;
    const top = Math.max(0, Math.floor((this.scrollTop) / LANE));
    const count = Math.ceil(this.clientHeight / LANE) + 1;
    const shown = this.song.stems.slice(top, top + count);
    canvas.style.top = `${RULER + MARKS + top * LANE}px`;
    const pen = this.#sized(canvas, width, Math.max(shown.length * LANE, 1));
    shown.forEach((stem, index) => this.#drawLane(pen, stem, index * LANE, width));
  }

  #drawLane(pen, stem, y, width) {
    pen.fillStyle = this.#colour("line");
    pen.fillRect(0, y, width, 1);
    const columns = Math.min(Math.round(width), 2048);
    const key = `${stem.name}|${this.view.start}|${this.view.stop}|${columns}`;
    const picture = this.pictures.get(key);
    if (!picture) { this.#fetch(key, stem, columns); return; }
    if (picture === "coming") return;
    pen.fillStyle = this.alone === stem.name ? this.#colour("a") : this.#colour("wave");
    const middle = y + LANE / 2;
    // drawn by the square root of the sample, so that quiet stems can be seen beside loud ones
    const tall = (sample) => Math.sign(sample) * Math.sqrt(Math.abs(sample) / 127) * (LANE / 2 - 3);
    const step = width / columns;
    for (let column = 0; column < columns; column += 1) {
      const high = tall(picture[2 * column + 1]);
      const low = tall(picture[2 * column]);
      pen.fillRect(column * step, middle - high, Math.max(step, 1), Math.max(high - low, 1));
    }
  }

  async #fetch(key, stem, width) {
    this.pictures.set(key, "coming");
    const asked = query({ name: stem.name, start: this.view.start, stop: this.view.stop, width });
    try {
      this.pictures.set(key, new Int8Array(await bytes(`songs/${this.song.id}/waveform?${asked}`)));
    } catch { this.pictures.delete(key); return; }
    if (this.pictures.size > 400) this.pictures.delete(this.pictures.keys().next().value);
    this.#redraw();
  }

  /** Ruler, finding marks and playhead; drawn again only when one of them moved. */
  #drawTop() {
    const canvas = this.renderRoot.querySelector("canvas.top-lane");
    const field = this.renderRoot.querySelector(".field");
    if (!canvas || !this.song || !this.view || !field.clientWidth) return;
    const at = Math.round(this.position());
    const key = [at, this.view.start, this.view.stop, field.clientWidth, this.clientHeight, this.chosen?.id,
      this.loop?.start, this.song.findings.length].join("|");
    if (key === this.drawnKey) return;
    this.drawnKey = key;
    const width = field.clientWidth;
    const height = this.clientHeight;
    const pen = this.#sized(canvas, width, height);
    const x = (seconds) => ((seconds * this.song.rate - this.view.start) / (this.view.stop - this.view.start)) * width;
    pen.fillStyle = this.#colour("ground");
    pen.fillRect(0, 0, width, RULER + MARKS);
    this.#drawRuler(pen, x, width);
    this.#drawMarks(pen, x, height);
    pen.fillStyle = this.#colour("text");
    pen.fillRect(Math.round(x(at / this.song.rate)), RULER, 1, height);
  }

  #drawRuler(pen, x, width) {
    const from = this.view.start / this.song.rate;
    const to = this.view.stop / this.song.rate;
    const step = niceStep(to - from, width / 90);
    pen.font = "11px system-ui";
    pen.fillStyle = this.#colour("soft");
    for (let mark = Math.ceil(from / step) * step; mark <= to; mark += step) {
      pen.fillRect(Math.round(x(mark)), RULER - 5, 1, 5);
      pen.fillText(clock(mark), x(mark) + 3, RULER - 7);
    }
  }

  #drawMarks(pen, x, height) {
    pen.font = "11px system-ui";
    for (const finding of this.song.findings) {
      const chosen = this.chosen?.id === finding.id;
      const left = x(finding.start_s);
      const right = Math.max(x(finding.end_s), left + 2);
      pen.fillStyle = this.#colour(finding.severity === "must" ? "bad" : "found");
      pen.globalAlpha = chosen ? 1 : 0.75;
      pen.fillRect(left, RULER + MARKS - 4, right - left, 3);
      pen.fillText(SHAPES[finding.severity], Math.max(left, 1), RULER + MARKS - 7);
      if (chosen) {
        pen.globalAlpha = 0.12;
        pen.fillRect(left, RULER + MARKS, right - left, height);
      }
      pen.globalAlpha = 1;
    }
  }

  render() {
    const alone = (name) => this.dispatchEvent(new CustomEvent("alone", { detail: name, bubbles: true, composed: true }));
    const stems = this.song?.stems ?? [];
    return html`
      <div class="names"><div class="top"></div>
        ${stems.map((stem) => html`<button aria-pressed=${this.alone === stem.name}
          title="Hear ${stem.name} alone" @click=${() => alone(stem.name)}>${stem.name}<small>${stem.role}</small></button>`)}
      </div>
      <div class="field" @click=${this.#clicked}>
        <div class="stick"><canvas class="top-lane" aria-hidden="true"></canvas></div>
        <canvas class="lanes" role="img" aria-label="Waveforms of ${stems.length} stems"></canvas>
      </div>`;
  }
}
customElements.define("sh-timeline", Timeline);
