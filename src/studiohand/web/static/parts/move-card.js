// A move: what it does in plug-in units, its amount, its controls; heard before it is decided.
import { LitElement, css, html, nothing } from "../vendor/lit.js";
import { get, post, query } from "../lib/api.js";
import "./eq-curve.js";

const UNITS = [["_dbtp", "dBTP"], ["_db", "dB"], ["db", "dB"], ["_ms", "ms"], ["_hz", "Hz"], ["hz", "Hz"], ["_percent", "%"],
  ["frames", "frames"], ["ratio", ": 1"], ["_s", "s"]];

class MoveCard extends LitElement {
  static properties = { song: {}, move: {}, span: {}, settings: { state: true }, amount: { state: true },
    trial: { state: true }, spectrum: { state: true }, why: { state: true } };

  static styles = css`
    :host { display: block; padding: var(--s3); border-bottom: 1px solid var(--line); }
    h2 { font-size: 13px; margin: 0 0 var(--s2); font-weight: 600; }
    .row { display: flex; gap: var(--s2); align-items: center; flex-wrap: wrap; margin: var(--s2) 0; }
    .fields { display: flex; flex-wrap: wrap; gap: var(--s1) var(--s3); font-variant-numeric: tabular-nums; }
    label { display: inline-flex; gap: var(--s1); align-items: center; color: var(--soft); }
    input[type="number"] { width: 76px; } input[type="text"] { width: 130px; }
    input, button { font: inherit; color: var(--text); background: var(--raised); border: 1px solid var(--line);
      border-radius: 4px; padding: 3px var(--s2); }
    input[type="range"] { width: 150px; accent-color: var(--b); padding: 0; }
    button { cursor: pointer; } button.main { border-color: var(--b); }
    small { color: var(--soft); }
    :focus-visible { outline: 2px solid var(--a); outline-offset: 1px; }
  `;

  willUpdate(changes) {
    if (changes.has("move") && changes.get("move")?.id !== this.move?.id) {
      this.settings = {};
      this.amount = this.move.amount_percent;
      this.trial = null;
      this.why = "";
      this.#look();
    }
  }

  get steps() { return this.trial?.steps ?? this.move.steps; }

  async #look() {
    const start = Math.round((this.span?.start_s ?? 0) * this.song.rate);
    const target = this.song.stems.some((stem) => stem.name === this.move.targets[0])
      ? `stem:${this.move.targets[0]}` : "original";
    try {
      this.spectrum = await get(`songs/${this.song.id}/spectrum?${query({ hear: target, start, frames: this.song.rate * 5 })}`);
      await this.tryIt(false);
    } catch { this.spectrum = null; }
  }

  /** Make the move under trial what B is. */
  async tryIt(heard = true) {
    const body = { move: this.move.id, amount_percent: this.amount, settings: this.settings };
    try {
      this.trial = await post(`songs/${this.song.id}/try`, body);
      if (heard) this.#tell("try", this.trial.hear);
    } catch (error) { this.#tell("say", error.message); }
  }

  #tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true })); }

  #set(path, value) {
    this.settings = { ...this.settings, [path]: value };
    this.#soon();
  }

  /** Hear a changed control once the hand rests for a moment. */
  #soon() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.tryIt(), 60);
  }

  async accept() {
    const changed = Object.keys(this.settings).length || this.amount !== this.move.amount_percent;
    await this.#decide({ act: "accept", move: this.move.id,
      ...(changed ? { amount_percent: this.amount, settings: this.settings } : {}) });
  }

  async refuse() { await this.#decide({ act: "refuse", move: this.move.id, why: this.why }); }

  async #decide(body) {
    try {
      await post(`songs/${this.song.id}/decide`, body);
      this.#tell("say", body.act === "accept" ? "Accepted; B plays it." : "Refused.");
      this.#tell("decided", body.act);
    } catch (error) { this.#tell("say", error.message); }
  }

  #unit(name) { return UNITS.find(([end]) => name.endsWith(end))?.[1] ?? ""; }

  #field(path, name, value) {
    if (typeof value === "number") {
      return html`<label>${name.replaceAll("_", " ")} <input type="number" step="any" .value=${String(value)}
        @change=${(event) => this.#set(path, event.target.value)}> ${this.#unit(name)}</label>`;
    }
    if (typeof value === "string") return html`<small>${name}: ${value}</small>`;
    return nothing;
  }

  #step(step, index) {
    const bands = step.do === "eq" ? step.bands : null;
    return html`<div class="fields"><small>${step.do}</small>
      ${Object.entries(step).filter(([name]) => name !== "do" && name !== "bands")
        .map(([name, value]) => this.#field(`${index}.${name}`, name, value))}
      ${(bands ?? []).map((band, b) => Object.entries(band).map(
        ([name, value]) => this.#field(`${index}.bands.${b}.${name}`, name, value)))}</div>`;
  }

  #band(event, index) {
    const { index: band, hz, db } = event.detail;
    this.settings = { ...this.settings, [`${index}.bands.${band}.hz`]: hz };
    this.#set(`${index}.bands.${band}.db`, db);
  }

  render() {
    const at = this.steps.findIndex((step) => step.do === "eq");
    return html`<h2>${this.move.text}</h2>
      <small>on ${this.move.targets.join(", ")} · ${this.move.state}</small>
      ${this.trial?.curve && this.steps.some((step) => ["eq", "dynamic_eq"].includes(step.do)) ? html`<sh-eq-curve
        .curve=${this.trial.curve} .spectrum=${this.spectrum} .bands=${at < 0 ? [] : this.steps[at].bands}
        @band=${(event) => this.#band(event, at)}></sh-eq-curve>` : nothing}
      ${this.steps.map((step, index) => this.#step(step, index))}
      <div class="row"><label>Amount <input type="range" min="0" max="150" .value=${String(this.amount)}
        aria-valuetext="${this.amount} percent"
        @input=${(event) => { this.amount = Number(event.target.value); this.#soon(); }}>
        <span>${this.amount} %</span></label></div>
      <div class="row">
        <button @click=${() => this.tryIt()}>Hear with it</button>
        <button class="main" @click=${() => this.accept()}>Accept</button>
        <button @click=${() => this.refuse()}>Refuse</button>
        <label>because <input type="text" .value=${this.why} @change=${(event) => { this.why = event.target.value; }}></label>
      </div>`;
  }
}
customElements.define("sh-move-card", MoveCard);
