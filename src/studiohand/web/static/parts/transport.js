// Play, A/B/difference, level match, listening position, loop: the buttons and what they show.
import { LitElement, css, html } from "../vendor/lit.js";
import { clock, decibels } from "../lib/axes.js";

class Transport extends LitElement {
  static properties = { playing: { type: Boolean }, mode: {}, matched: { type: Boolean }, matchDb: {}, looping: { type: Boolean },
    seconds: {}, what: {}, running: { type: Boolean } };

  static styles = css`
    :host { display: flex; gap: var(--s2); align-items: center; padding: var(--s1) var(--s3); background: var(--panel);
      border-bottom: 1px solid var(--line); flex-wrap: wrap; }
    button { font: inherit; color: var(--text); background: var(--raised); border: 1px solid var(--line); border-radius: 4px;
      padding: 3px 10px; cursor: pointer; min-width: 34px; }
    button[aria-pressed="true"] { border-color: currentColor; font-weight: 700; }
    .a[aria-pressed="true"] { color: var(--a); } .b[aria-pressed="true"] { color: var(--b); }
    .d[aria-pressed="true"] { color: var(--delta); }
    .time { font: var(--mono); min-width: 64px; }
    .group { display: inline-flex; gap: 2px; }
    small { color: var(--soft); }
    .push { margin-left: auto; }
    :focus-visible { outline: 2px solid var(--a); outline-offset: 1px; }
  `;

  #act(act) { this.dispatchEvent(new CustomEvent("act", { detail: act, bubbles: true, composed: true })); }

  render() {
    const mode = (name, label, says) => html`<button class=${name} aria-pressed=${this.mode === name} title=${says}
      @click=${() => this.#act(`hear-${name}`)}>${label}</button>`;
    return html`
      <button @click=${() => this.#act("play")} aria-label=${this.playing ? "Pause" : "Play"}>${this.playing ? "❚❚" : "▶"}</button>
      <span class="time">${clock(this.seconds ?? 0)}</span>
      <span class="group" role="group" aria-label="What is heard">
        ${mode("a", "A", "The original (A)")}${mode("b", "B", "With the moves (B)")}${mode("d", "Δ", "The difference alone (D)")}</span>
      <button aria-pressed=${this.matched} @click=${() => this.#act("match")}>Level match</button>
      <small>${this.matched ? `B ${decibels(this.matchDb ?? 0)} for comparison` : "not matched"}</small>
      <button aria-pressed=${this.looping} @click=${() => this.#act("loop")}>Loop</button>
      <small>${this.what}</small>
      <span class="push"></span>
      ${this.running ? html`<button @click=${() => this.#act("stop")}>Stop</button>` : html`
        <button @click=${() => this.#act("listen")}>Listen</button>`}
      <button @click=${() => this.#act("undo")}>Undo</button>
      <button @click=${() => this.#act("render")}>Render</button>
      <button @click=${() => this.#act("help")} aria-label="All keys">?</button>`;
  }
}
customElements.define("sh-transport", Transport);
