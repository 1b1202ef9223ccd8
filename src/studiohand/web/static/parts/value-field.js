// A number with its unit: typed ("3.2k", "-4,5 dB"), stepped by keys or wheel, or slid where it has a range.
import { LitElement, css, html } from "../vendor/lit.js";
import { typed } from "../lib/step-text.js";
import { control } from "./look.js";

class ValueField extends LitElement {
  static properties = { label: {}, value: { type: Number }, unit: {}, low: { type: Number }, high: { type: Number }, step: { type: Number },
    home: { type: Number }, says: {}, bare: { type: Boolean, reflect: true } };

  static styles = [control, css`
    :host { display: inline-flex; align-items: center; gap: var(--s1); }
    label { display: inline-flex; gap: var(--s1); align-items: center; color: var(--soft); white-space: nowrap; }
    .typed { width: 6.6em; text-align: right; font-variant-numeric: tabular-nums; padding: 1px 6px; }
    :host([bare]) span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    :host([bare]) label, :host([bare]) .typed { width: 100%; min-width: 0; }
    .typed[aria-invalid="true"] { border-color: var(--bad); }
    input[type="range"] { width: 150px; accent-color: var(--b); padding: 0; border: 0; background: none; }
  `];

  constructor() { super(); this.step = 0.5; this.unit = ""; this.says = null; }

  #shown() {
    const sign = this.unit === "dB" && this.value > 0 ? "+" : "";
    return `${sign}${Number(this.value.toPrecision(6))}${this.unit ? ` ${this.unit}` : ""}`.replace("-", "−");
  }

  #set(value) {
    if (!Number.isFinite(value)) return;
    const inside = Math.min(Math.max(value, this.low ?? -Infinity), this.high ?? Infinity);
    const next = Number(inside.toPrecision(6));
    if (next === this.value) { this.requestUpdate(); return; }
    this.value = next;
    this.dispatchEvent(new CustomEvent("value", { detail: next, bubbles: true, composed: true }));
  }

  #typed(event) {
    const value = typed(event.target.value);
    event.target.setAttribute("aria-invalid", String(Number.isNaN(value)));
    if (Number.isNaN(value)) return;
    this.#set(value);
    event.target.value = this.#shown();
  }

  #key(event) {
    const by = { ArrowUp: 1, ArrowDown: -1, PageUp: 5, PageDown: -5 }[event.key];
    if (event.key === "Enter") { this.#typed(event); return; }
    if (!by) return;
    event.preventDefault();
    this.#set(this.value + by * this.step * (event.shiftKey ? 0.1 : 1));
  }

  #wheel(event) {
    if (this.renderRoot.activeElement !== event.target) return;
    event.preventDefault();
    this.#set(this.value - Math.sign(event.deltaY) * this.step * (event.shiftKey ? 0.1 : 1));
  }

  render() {
    const slides = this.low !== undefined && this.high !== undefined && this.says !== null;
    return html`<label><span>${this.label}</span> <input class="typed" type="text" autocomplete="off" spellcheck="false" .value=${this.#shown()}
        @change=${this.#typed} @keydown=${this.#key} @wheel=${this.#wheel}
        @dblclick=${() => { if (this.home !== undefined) this.#set(this.home); }}></label>
      ${slides ? html`<input type="range" aria-label="${this.label} slider" aria-valuetext=${this.says} min=${this.low} max=${this.high}
        step=${this.step / 5} .value=${String(this.value)} @input=${(event) => this.#set(Number(event.target.value))}
        @dblclick=${() => { if (this.home !== undefined) this.#set(this.home); }}>` : ""}`;
  }
}
customElements.define("sh-value", ValueField);
