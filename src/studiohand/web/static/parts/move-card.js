// A move: what it does in plug-in units, its amount, its controls; heard before it is decided.
import { LitElement, css, html, nothing } from "../vendor/lit.js";
import { get, post, query } from "../lib/api.js";
import { loopOf } from "../lib/places.js";
import { moveText, panText, stepText, unitOf } from "../lib/step-text.js";
import { control } from "./look.js";
import "./compressor-picture.js";
import "./eq-curve.js";
import "./value-field.js";

const NAMES = { db: "gain", hz: "frequency", q: "Q", position: "pan" };
/** Where a hand slides: lowest, highest, step. */
const RANGES = { "gain.db": [-30, 12, 0.5], "pan.position": [-1, 1, 0.05], "compressor.threshold_db": [-60, 0, 0.5], "compressor.ratio": [1, 20, 0.5] };
const REDUCING = ["compressor", "dynamic_eq"];
const REST_MS = 40;
const PICTURE_MS = 300;

class MoveCard extends LitElement {
  static properties = { song: {}, move: {}, span: {}, open: { type: Boolean, reflect: true }, settings: { state: true }, amount: { state: true },
    trial: { state: true }, spectrum: { state: true }, why: { state: true }, reduction: { state: true } };

  static styles = [control, css`
    :host { display: block; border-bottom: 1px solid var(--line); }
    .head { display: flex; gap: var(--s2); width: 100%; text-align: left; border: 0; border-radius: 0; background: none; padding: var(--s2) var(--s3);
      align-items: baseline; white-space: normal; }
    :host([open]) .head { box-shadow: inset 3px 0 var(--b); }
    .head span { flex: 1; font-weight: 600; } .head small { font-weight: 400; } h2 { font-size: 13px; margin: 0; } .body { padding: 0 var(--s3) var(--s3); }
    .row { display: flex; gap: var(--s2); align-items: center; flex-wrap: wrap; margin: var(--s2) 0 0; }
    .fields { display: flex; flex-wrap: wrap; gap: var(--s1) var(--s3); margin-top: var(--s2); align-items: center; }
    .band { display: grid; grid-template-columns: 1em 5.4em 1fr 1fr 1fr; gap: var(--s1); margin-top: var(--s1); align-items: center; }
    .main { border-color: var(--b); } small { color: var(--soft); } .accepted, .amended { color: var(--good); } .refused { color: var(--bad); }
    input[type="text"] { width: 150px; } label { color: var(--soft); display: inline-flex; gap: var(--s1); align-items: center; }
  `];

  willUpdate(changes) {
    if (changes.has("move") && changes.get("move")?.id !== this.move?.id) {
      Object.assign(this, { settings: {}, amount: this.move.amount_percent, trial: null, spectrum: null, reduction: null, why: "" });
    }
    if (this.open && !this.trial && (changes.has("open") || changes.has("move"))) this.#look();
  }

  disconnectedCallback() { super.disconnectedCallback(); clearTimeout(this.waiting); clearTimeout(this.painting); }

  get steps() { return this.trial?.steps ?? this.move.steps; }

  get #target() {
    const name = this.move.targets[0];
    return this.song.stems.some((stem) => stem.name === name) ? `stem:${name}` : "original";
  }

  get #where() {
    const [from, to] = this.span ? loopOf(this.span) : [0, 8];
    return { start: Math.round(from * this.song.rate), frames: Math.round((to - from) * this.song.rate) };
  }

  /** Fetch what is drawn when the card opens; nothing is heard by looking. */
  async #look() {
    await this.tryIt(false);
    if (!this.steps.some((step) => ["eq", "dynamic_eq"].includes(step.do))) return;
    try { this.spectrum = await get(`songs/${this.song.id}/spectrum?${query({ hear: this.#target, ...this.#where })}`); } catch { this.spectrum = null; }
  }

  /** Make the move under trial what B is. */
  async tryIt(heard = true) {
    const { move } = this;
    try {
      const trial = await post(`songs/${this.song.id}/try`, { move: move.id, amount_percent: this.amount, settings: this.settings });
      if (this.move !== move) return;
      this.trial = trial;
      if (heard) this.#tell("try", trial.hear);
      clearTimeout(this.painting);
      if (this.steps.some((step) => REDUCING.includes(step.do))) this.painting = setTimeout(() => this.#reduce(trial), heard ? PICTURE_MS : 0);
    } catch (error) { this.#tell("say", error.message); }
  }

  async #reduce(trial) {
    try {
      const found = await get(`songs/${this.song.id}/reduction?${query({ hear: trial.hear, ...this.#where })}`);
      if (this.trial === trial) this.reduction = found.steps;
    } catch (error) { this.#tell("say", error.message); }
  }

  #tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true })); }

  #set(values) {
    this.settings = { ...this.settings, ...values };
    this.#soon();
  }

  /** Hear a changed control once the hand rests for a moment. */
  #soon() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.tryIt(), REST_MS);
  }

  async accept() {
    const changed = Object.keys(this.settings).length || this.amount !== this.move.amount_percent;
    await this.#decide({ act: "accept", move: this.move.id, ...(changed ? { amount_percent: this.amount, settings: this.settings } : {}) });
  }

  async refuse() { await this.#decide({ act: "refuse", move: this.move.id, why: this.why }); }

  async #decide(body) {
    try {
      await post(`songs/${this.song.id}/decide`, body);
      this.#tell("say", body.act === "accept" ? "Accepted; B plays it." : "Refused.");
    } catch (error) { this.#tell("say", error.message); }
  }

  /** The settings as they are now, at their amount, as text to type into any plug-in. */
  async copy() {
    const text = moveText(this.move, this.trial?.scaled ?? this.steps, this.amount, this.song.rate);
    try {
      await navigator.clipboard.writeText(text);
      this.#tell("say", `Copied: ${text.replaceAll("\n", " · ")}`);
    } catch { this.#tell("say", text.replaceAll("\n", " · ")); }
  }

  #field(step, path, name, value, of = "") {
    if (typeof value !== "number") return typeof value === "string" ? html`<small>${value.replaceAll("_", " ")}</small>` : nothing;
    const [low, high, by] = RANGES[`${step.do}.${name}`] ?? [];
    const unit = unitOf(name);
    const label = NAMES[name] ?? name.replace(/_(db|ms|hz|s|percent)$/, "").replaceAll("_", " ");
    const says = low === undefined ? null : name === "position" ? panText(value) : `${value} ${unit}`;
    return html`<sh-value ?bare=${of !== ""} .label=${of + label} .value=${value} .unit=${unit} .low=${low} .high=${high} .step=${by ?? (unit === "Hz" ? 10 : unit === "ms" ? 1 : 0.5)}
      .says=${says} .home=${this.#home(path)} @value=${(event) => this.#set({ [path]: event.detail })}></sh-value>`;
  }

  /** The value as it was proposed. @param {string} path */
  #home(path) { return path.split(".").reduce((holder, name) => holder?.[name], this.move.steps); }

  #step(step, index) {
    return html`<div class="fields">${["gain", "pan"].includes(step.do) ? nothing : html`<small>${step.do.replaceAll("_", " ")}</small>`}
      ${Object.entries(step).filter(([name]) => name !== "do" && name !== "bands")
        .map(([name, value]) => this.#field(step, `${index}.${name}`, name, value))}</div>
      ${(step.bands ?? []).map((band, b) => html`<div class="band"><small>${b + 1}</small>${Object.entries(band)
        .filter(([name]) => (band.type.endsWith("pass") ? name !== "db" : name !== "slope"))
        .map(([name, value]) => this.#field(step, `${index}.bands.${b}.${name}`, name, value, `band ${b + 1} `))}</div>`)}`;
  }

  #band(event, index) {
    const { index: band, hz, db, q } = event.detail;
    const path = (name) => `${index}.bands.${band}.${name}`;
    this.#set({ [path("hz")]: hz, [path("db")]: db, [path("q")]: q });
  }

  #pictures() {
    const at = this.steps.findIndex((step) => step.do === "eq");
    const drawn = this.trial?.curve && this.steps.some((step) => ["eq", "dynamic_eq"].includes(step.do));
    return html`${drawn ? html`<sh-eq-curve .curve=${this.trial.curve} .spectrum=${this.spectrum} .bands=${at < 0 ? [] : this.steps[at].bands}
        .mark=${this.span?.band_hz} @band=${(event) => this.#band(event, at)}></sh-eq-curve>` : nothing}
      ${this.steps.map((step, index) => (REDUCING.includes(step.do) ? html`<sh-compressor .step=${step} .reduction=${this.reduction?.[index]}
        .startS=${this.#where.start / this.song.rate}></sh-compressor>` : nothing))}`;
  }

  #body() {
    return html`<div class="body">${this.#pictures()}
      ${this.steps.map((step, index) => this.#step(step, index))}
      <div class="row"><sh-value label="amount" unit="%" .value=${this.amount} .low=${0} .high=${150} .step=${5} .home=${this.move.amount_percent}
        .says=${`${this.amount} percent`} @value=${(event) => { this.amount = event.detail; this.#soon(); }}></sh-value></div>
      <div class="row">
        <button @click=${() => this.tryIt()}>Hear with it</button>
        <button class="main" @click=${() => this.accept()}>Accept</button>
        <button @click=${() => this.refuse()}>Refuse</button>
        <label>because <input type="text" maxlength="500" .value=${this.why} @change=${(event) => { this.why = event.target.value; }}></label>
        <button @click=${() => this.copy()} title="The settings as text for any plug-in">Copy settings</button>
      </div></div>`;
  }

  render() {
    const { state, targets, text, steps } = this.move;
    return html`<h2><button class="head" aria-expanded=${this.open} title=${steps.map((step) => stepText(step, this.song.rate)).join("\n")}
      @click=${() => this.#tell("open")}><span>${text}<br><small>on ${targets.join(", ")} · </small><small class=${state}>${state}</small></span></button></h2>
      ${this.open ? this.#body() : nothing}`;
  }
}
customElements.define("sh-move-card", MoveCard);
