// Play, A/B/difference and what stands beside them, level match, loop, monitoring: the buttons and what they show.
import { LitElement, css, html } from "../vendor/lit.js";
import { MONITORING } from "../audio/monitor.js";
import { clock, decibels, hertz } from "../lib/axes.js";
import { control } from "./look.js";

const BANDS = [["everything", null], ["sub", [20, 60]], ["low", [60, 200]], ["low mid", [200, 600]], ["mid", [600, 2000]],
  ["presence", [2000, 6000]], ["air", [6000, 20000]]];
const WAYS = { stereo: "stereo", mono: "mono (mid)", left: "left only", right: "right only", side: "side only" };

class Transport extends LitElement {
  static properties = { listening: {}, tick: {}, playing: { type: Boolean }, looping: { type: Boolean }, place: {}, running: { type: Boolean },
    others: {}, foundBand: {}, blind: { type: Boolean } };

  static styles = [control, css`
    :host { display: flex; gap: var(--s1) 10px; align-items: center; padding: var(--s1) var(--s3); background: var(--panel);
      border-bottom: 1px solid var(--line); flex-wrap: wrap; }
    .a[aria-pressed="true"] { color: var(--a); } .b[aria-pressed="true"] { color: var(--b); }
    .d[aria-pressed="true"] { color: var(--delta); } .c[aria-pressed="true"] { color: var(--good); }
    .main { min-width: 30px; }
    .time { font: var(--mono); min-width: 118px; font-variant-numeric: tabular-nums; }
    .group { display: inline-flex; gap: 3px; align-items: center; } .offset { margin-left: 3px; }
    small { color: var(--soft); white-space: nowrap; font-variant-numeric: tabular-nums; }
    .offset { min-width: 6.2em; } .what { max-width: 230px; overflow: hidden; text-overflow: ellipsis; }
    .push { margin-left: auto; }
    select { width: 104px; padding: 2px; } button { padding: 2px 7px; }
  `];

  #act(act) { this.dispatchEvent(new CustomEvent("act", { detail: act, bubbles: true, composed: true })); }

  #tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true })); }

  #offset() {
    const { matched, offsets, mode, other } = this.listening;
    if (!matched) return "not matched";
    return mode === "c" && other ? `${other.what.split(" ")[0]} ${decibels(offsets.C)}` : `B ${decibels(offsets.B)}`;
  }

  #modes() {
    const { mode, other } = this.listening;
    const one = (name, label, says) => html`<button class="main ${name}" aria-pressed=${!this.blind && mode === name} title=${says} aria-label=${says}
      ?disabled=${this.blind || (name === "c" && !other)} @click=${() => this.#act(`hear-${name}`)}>${label}</button>`;
    return html`<span class="group" role="group" aria-label="What is heard">
      ${one("a", "A", "A: the original")}${one("b", "B", "B: with the moves")}${one("d", "Δ", "Δ: the difference alone")}
      ${this.others.length ? html`${one("c", "V", "V: what is chosen beside")}
        <select aria-label="Beside A and B" .value=${other?.hear ?? ""} @change=${(event) => this.#tell("other", event.target.value)}>
          <option value="">beside…</option>
          ${this.others.map((row) => html`<option value=${row.hear} ?selected=${row.hear === other?.hear}>${row.what}</option>`)}</select>` : ""}</span>`;
  }

  #monitoring() {
    const { way, band } = this.listening;
    const bands = this.foundBand ? [...BANDS, ["the finding's", this.foundBand]] : BANDS;
    const at = bands.findIndex(([, hz]) => String(hz) === String(band));
    return html`<span class="group" role="group" aria-label="Monitoring">
      <select aria-label="Channels" @change=${(event) => this.#tell("way", event.target.value)}>
        ${MONITORING.map((name) => html`<option value=${name} ?selected=${name === way}>${WAYS[name]}</option>`)}</select>
      <select aria-label="Band" @change=${(event) => this.#tell("band-alone", bands[Number(event.target.value)][1])}>
        ${bands.map(([name, hz], index) => html`<option value=${index} ?selected=${index === at}>${name}${hz ? ` ${hertz(hz[0])}–${hertz(hz[1])}` : ""}</option>`)}
      </select></span>`;
  }

  render() {
    if (!this.listening) return html``;
    const { matched, trial } = this.listening;
    return html`
      <button class="main" @click=${() => this.#act("play")} aria-label=${this.playing ? "Pause" : "Play"}>${this.playing ? "❚❚" : "▶"}</button>
      <span class="time">${clock(this.place.seconds)}${this.place.bar ? html` · bar ${this.place.bar}` : ""}</span>
      ${this.#modes()}
      <span class="group"><button aria-pressed=${matched} @click=${() => this.#act("match")}>Level match</button>
        <small class="offset">${this.#offset()}</small></span>
      <button aria-pressed=${this.looping} @click=${() => this.#act("loop")}>Loop</button>
      ${this.#monitoring()}
      <button aria-pressed=${this.blind} @click=${() => this.#act("blind")}>Blind</button>
      ${trial ? html`<small class="what">B: ${trial.what}</small>` : ""}
      <span class="push"></span>
      <span class="group">${this.running ? html`<button @click=${() => this.#act("stop")}>Stop</button>` : html`
        <button @click=${() => this.#act("listen")}>Listen</button>`}
      <button @click=${() => this.#act("undo")}>Undo</button>
      <button @click=${() => this.#act("render")}>Render</button>
      <button @click=${() => this.#act("help")} aria-label="All keys">?</button></span>`;
  }
}
customElements.define("sh-transport", Transport);
