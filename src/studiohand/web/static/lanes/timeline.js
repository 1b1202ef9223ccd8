// One time axis for everything: head, lanes, playhead, a span that was dragged. Only what is in sight is drawn.
import { LitElement, css, html } from "../vendor/lit.js";
import { bytes, query } from "../lib/api.js";
import { clock } from "../lib/axes.js";
import { Scope } from "../lib/scope.js";
import { drawClashes, drawLoudness, meanLoudness } from "./draw-lanes.js";
import { FINEST_SPECTROGRAM, SPECTROGRAM_COLUMNS, WAVE_COLUMNS, paintSpectrogram, paintWave, placeTiles } from "./draw-tiles.js";
import { MARKS, NOTES, RULER, SECTIONS, TOP, drawMarks, drawNotes, drawRuler, drawSections } from "./draw-top.js";
import { lanesOf } from "./lanes-of.js";
import { TileStore } from "./tile-store.js";
import { View } from "./view.js";
import "./lane-heads.js";

const DRAG_PX = 4;
const REST_MS = 60;
const COLOURS = ["ground", "panel", "raised", "line", "text", "soft", "a", "b", "found", "bad", "good", "wave"];

class Timeline extends LitElement {
  static properties = { song: {}, chosen: {}, music: {}, soloed: {}, muted: {}, spectral: {}, at: {}, region: {}, looping: { type: Boolean },
    hears: {}, quiet: { type: Boolean } };

  static styles = css`
    :host { display: grid; grid-template-columns: 190px minmax(0, 1fr); align-content: start; overflow-y: auto; background: var(--ground);
      position: relative; overscroll-behavior: none; }
    .names { border-right: 1px solid var(--line); min-width: 0; }
    .corner { height: ${TOP}px; position: sticky; top: 0; background: var(--ground); z-index: 2; border-bottom: 1px solid var(--line);
      font-size: 11px; color: var(--soft); display: grid; grid-template-rows: ${SECTIONS}px ${RULER}px ${MARKS}px ${NOTES}px;
      padding: 0 var(--s2); text-align: right; white-space: nowrap; overflow: hidden; }
    .field { position: relative; min-width: 0; touch-action: pan-y; }
    .glass { position: sticky; top: 0; height: 0; }
    canvas { position: absolute; left: 0; top: 0; }
    .facts { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    :focus-visible { outline: 2px solid var(--a); outline-offset: -2px; }
  `;

  constructor() {
    super();
    this.song = null; this.chosen = null; this.music = null; this.region = null; this.at = 0; this.looping = false;
    this.soloed = new Set(); this.muted = new Set(); this.spectral = new Set();
    this.hears = { A: "hear=original", B: "hear=accepted" };
    this.quiet = false;
    this.lanes = [];
    this.scope = new Scope();
    this.position = () => 0;
    this.dirty = true;
    this.restsAt = 0;
    this.rests = true;
    this.overKey = "";
    const came = () => { this.dirty = true; };
    this.files = new TileStore((key) => this.#fetchFile(key), came, { kept: 600 });
    this.loudness = new TileStore(async (key) => new Float32Array(await bytes(`songs/${this.song.id}/tiles/loudness?${key}`)),
      () => { came(); this.requestUpdate(); }, { kept: 256, atOnce: 1 });
  }

  firstUpdated() {
    const field = this.renderRoot.querySelector(".field");
    this.scope.onResize(this, () => this.#measure());
    this.scope.everyFrame(() => this.#frame());
    this.scope.listen(this, "scroll", () => this.#moved());
    this.scope.listen(field, "wheel", (event) => this.#wheel(event));
    this.scope.listen(field, "pointerdown", (event) => this.#pressed(event));
    this.scope.listen(matchMedia("(prefers-color-scheme: dark)"), "change", () => this.#palette());
    this.#palette();
    this.#measure();
  }

  disconnectedCallback() { super.disconnectedCallback(); this.scope.end(); }

  willUpdate(changes) {
    if (!this.song) return;
    if (changes.has("song") && changes.get("song")?.id !== this.song.id) {
      this.view = new View(this.song.rate, this.song.frames);
      this.files.clear();
      this.loudness.clear();
    }
    this.lanes = lanesOf(this.song, this.spectral);
    this.dirty = true;
  }

  updated() { this.#measure(); }

  /** Put a span in seconds in sight. */
  show(startS, stopS) { this.view.show(startS, stopS); this.#moved(); }

  /** The whole song, or a span in seconds with room around it. @param {[number, number] | null} spanS */
  fit(spanS) {
    if (spanS) this.view.look((spanS[0] - 0.25 * (spanS[1] - spanS[0])) * this.song.rate, (spanS[1] - spanS[0]) * 1.5 * this.song.rate);
    else this.view.look(0, this.song.frames);
    this.#moved();
  }

  zoom(factor) { this.view.zoom(factor, this.position()); this.#moved(); }

  /** Draw again; tiles are sent for once the view rests, until then coarser ones stand in. */
  #moved() {
    this.dirty = true;
    this.restsAt = performance.now() + REST_MS;
  }

  /** Scroll so that a lane can be seen. @param {number} index */
  reveal(index) {
    const top = this.lanes.slice(0, index).reduce((sum, lane) => sum + lane.height, 0);
    if (top < this.scrollTop) this.scrollTop = top;
    const below = top + this.lanes[index].height + TOP - this.clientHeight;
    if (below > this.scrollTop) this.scrollTop = below;
  }

  #palette() {
    const style = getComputedStyle(this);
    const found = Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    this.colour = (name) => found[name];
    this.files.clear();
    this.dirty = true;
  }

  #measure() {
    const field = this.renderRoot?.querySelector(".field");
    if (!field || !this.view) return;
    this.view.width = Math.max(field.clientWidth, 1);
    this.dirty = true;
  }

  async #fetchFile(key) {
    const [kind, of, level, index] = JSON.parse(key);
    const found = await bytes(`songs/${this.song.id}/tiles/${kind}?${query({ of, level, index })}`);
    return kind === "wave" ? paintWave(new Int8Array(found), this.colour("wave")) : paintSpectrogram(new Uint8Array(found));
  }

  #wheel(event) {
    const across = event.shiftKey ? event.deltaY : event.deltaX;
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
    if (event.ctrlKey || event.metaKey) this.view.zoom(1.0025 ** event.deltaY, this.view.frame(x));
    else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      this.view.look(this.view.start + (across / this.view.width) * this.view.span);
    } else return;
    event.preventDefault();
    this.#moved();
  }

  /** A click goes there or chooses a mark; a drag marks a span. @param {PointerEvent} event */
  #pressed(event) {
    if (event.button !== 0) return;
    const field = event.currentTarget;
    const box = field.getBoundingClientRect();
    const from = event.clientX - box.left;
    const y = event.clientY - this.getBoundingClientRect().top;
    field.setPointerCapture(event.pointerId);
    const span = (moved) => [from, moved.clientX - box.left].map((x) => Math.min(Math.max(this.view.frame(x), 0), this.song.frames))
      .sort((a, b) => a - b).map((frame) => frame / this.song.rate);
    field.onpointermove = (moved) => {
      if (Math.abs(moved.clientX - event.clientX) >= DRAG_PX) this.region = span(moved);
    };
    field.onpointerup = (up) => {
      field.onpointermove = field.onpointerup = null;
      if (Math.abs(up.clientX - event.clientX) >= DRAG_PX) this.#tell("region", span(up));
      else this.#clicked(from, y);
    };
  }

  #clicked(x, y) {
    const seconds = this.view.frame(x) / this.song.rate;
    const reach = (8 / this.view.width) * this.view.span / this.song.rate;
    const row = y - SECTIONS - RULER;
    const over = (f) => seconds >= f.start_s - reach && seconds <= Math.max(f.end_s ?? Infinity, f.start_s) + reach;
    if (row >= 0 && row < MARKS) {
      const hit = this.song.findings.find((f) => Math.abs(seconds - f.start_s) <= reach) ?? this.song.findings.find(over);
      if (hit) { this.#tell("choose", hit.id); return; }
    }
    if (row >= MARKS && row < MARKS + NOTES) {
      const note = (this.song.comments ?? []).find((c) => Math.abs(c.at_s - seconds) <= reach) ?? this.song.intents.find(over);
      if (note) { this.#tell("note", note); return; }
    }
    this.#tell("seek", seconds * this.song.rate);
  }

  #tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true })); }

  #frame() {
    if (!this.song || !this.view || !this.isConnected) return;
    const at = this.position();
    if (this.following?.() && this.view.follow(at)) this.dirty = true;
    this.rests = performance.now() >= this.restsAt;
    if (this.rests && this.restsAt) { this.restsAt = 0; this.dirty = true; }
    if (this.dirty) { this.dirty = false; this.overKey = ""; this.#drawBase(); this.drawn = (this.drawn ?? 0) + 1; }
    this.#drawOver(Math.round(at));
  }

  #pen(name) {
    const canvas = this.renderRoot.querySelector(`canvas.${name}`);
    const ratio = devicePixelRatio || 1;
    const width = this.view.width;
    const height = this.clientHeight;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    const pen = canvas.getContext("2d", { alpha: name === "over" });
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = this.colour("ground");
    if (name === "over") pen.clearRect(0, 0, width, height);
    else pen.fillRect(0, 0, width, height);
    return pen;
  }

  #drawBase() {
    const pen = this.#pen("base");
    const { view, song, colour } = this;
    this.files.forgetWishes();
    this.loudness.forgetWishes();
    let y = TOP - this.scrollTop;
    for (const lane of this.lanes) {
      if (y + lane.height > TOP && y < this.clientHeight) this.#drawLane(pen, lane, y);
      y += lane.height;
    }
    pen.fillStyle = colour("ground");
    pen.fillRect(0, 0, view.width, TOP);
    drawSections(pen, view, this.music, colour);
    drawRuler(pen, view, this.music, colour);
    drawMarks(pen, view, song.findings, this.chosen, colour);
    drawNotes(pen, view, song, colour);
    pen.fillStyle = colour("line");
    pen.fillRect(0, TOP - 1, view.width, 1);
  }

  #drawLane(pen, lane, y) {
    const place = { y: y + 1, height: lane.height - 1 };
    pen.fillStyle = this.colour("line");
    pen.fillRect(0, y, this.view.width, 1);
    if (lane.kind === "clash") drawClashes(pen, this.view, this.song.findings, this.chosen, place, this.colour);
    if (lane.kind === "loudness") {
      const decks = this.hears.A === this.hears.B ? ["A"] : ["A", "B"];
      drawLoudness(pen, this.view, decks, (deck, index) => this.loudness.get(`${this.hears[deck]}&index=${index}`, this.rests && !this.quiet), place, this.colour);
    }
    if (lane.kind !== "file") return;
    const silent = lane.stem !== undefined && (this.muted.has(lane.stem) || (this.soloed.size && !this.soloed.has(lane.stem)));
    pen.globalAlpha = silent ? 0.3 : 1;
    const sees = this.spectral.has(lane.of);
    const kind = sees ? "spectrogram" : "wave";
    placeTiles(pen, this.view, (level, index, ask) => this.files.get(JSON.stringify([kind, lane.of, level, index]), ask && this.rests),
      { ...place, level: this.view.level(sees ? FINEST_SPECTROGRAM : 0), columns: sees ? SPECTROGRAM_COLUMNS : WAVE_COLUMNS });
    pen.globalAlpha = 1;
  }

  /** What moves by itself: the chosen finding, the span, the playhead. */
  #drawOver(at) {
    const key = [at, this.chosen?.id, this.region?.join(), this.looping, this.clientHeight, this.view.start, this.view.stop].join("|");
    if (key === this.overKey) return;
    this.overKey = key;
    const pen = this.#pen("over");
    const height = this.clientHeight;
    const shade = (startS, stopS, name, alpha, top) => {
      pen.fillStyle = this.colour(name);
      pen.globalAlpha = alpha;
      const left = this.view.xOf(startS);
      pen.fillRect(left, top, Math.max(this.view.xOf(stopS) - left, 1), height - top);
      pen.globalAlpha = 1;
    };
    const places = this.chosen?.evidence?.places_s ?? (this.chosen ? [[this.chosen.start_s, this.chosen.end_s]] : []);
    for (const [from, to] of places) shade(from, to, "found", 0.1, TOP);
    if (this.region) {
      shade(...this.region, "text", 0.12, SECTIONS);
      shade(this.region[0], this.region[0], "text", 0.8, SECTIONS);
      shade(this.region[1], this.region[1], "text", 0.8, SECTIONS);
    }
    const x = Math.round(this.view.x(at));
    if (x >= 0 && x <= this.view.width) {
      pen.fillStyle = this.colour("text");
      pen.fillRect(x, SECTIONS, 1, height);
    }
  }

  #loudnessOf(deck, fromS, toS) {
    const lufs = meanLoudness((index) => this.loudness.get(`${this.hears[deck]}&index=${index}`, false), fromS, toS);
    return lufs === null ? "" : `, ${deck} ${lufs.toFixed(1)} LUFS`;
  }

  #facts() {
    const { sections_s: edges = [], letters = [], bpm = [0], beats_per_bar: meter = [4] } = this.music ?? {};
    return html`<div class="facts"><h2>Sections</h2>
      <p>${bpm[0] ? `${bpm[0].toFixed(1)} beats a minute, ${meter[0]} beats a bar.` : "No steady tempo."}</p>
      <ul>${letters.map((letter, n) => html`<li>${String.fromCharCode(65 + letter)}: ${clock(edges[n])} to ${clock(edges[n + 1])}${
        this.#loudnessOf("A", edges[n], edges[n + 1])}${this.#loudnessOf("B", edges[n], edges[n + 1])}</li>`)}</ul></div>`;
  }

  render() {
    const tall = this.lanes.reduce((sum, lane) => sum + lane.height, TOP);
    const bpm = this.music?.bpm[0];
    return html`
      <div class="names"><div class="corner" aria-hidden="true"><span>sections</span><span>${bpm ? `bars · ${bpm.toFixed(1)} BPM` : "time"}</span>
        <span>findings</span><span>intents, comments</span></div>
        <sh-lane-heads .lanes=${this.lanes} .at=${this.at} .soloed=${this.soloed} .muted=${this.muted} .spectral=${this.spectral}></sh-lane-heads></div>
      <div class="field" .style="height:${tall}px"><div class="glass" aria-hidden="true">
        <canvas class="base"></canvas><canvas class="over"></canvas></div>${this.#facts()}</div>`;
  }
}
customElements.define("sh-timeline", Timeline);
