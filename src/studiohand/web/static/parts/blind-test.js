// Blind comparison: A, B and X; answers are kept, and nothing is told before the end.
import { LitElement, css, html, nothing } from "../vendor/lit.js";
import { BlindTest } from "../audio/blind.js";
import { clock } from "../lib/axes.js";
import { control } from "./look.js";

const ENOUGH = 8;

class BlindPart extends LitElement {
  static properties = { listening: {}, test: { state: true }, heard: { state: true }, result: { state: true }, count: { state: true } };

  static styles = [control, css`
    :host { display: block; background: var(--panel); }
    section { display: flex; gap: var(--s2) var(--s3); align-items: center; flex-wrap: wrap; padding: var(--s1) var(--s3);
      border-bottom: 1px solid var(--line); }
    h2 { font-size: 13px; margin: 0; } p { margin: 0; font-variant-numeric: tabular-nums; } small { color: var(--soft); }
    ol { display: flex; gap: var(--s1); margin: 0; padding: 0; list-style: none; flex-wrap: wrap; }
    li { border: 1px solid var(--line); border-radius: 3px; padding: 0 6px; font: var(--mono); }
    li.right { border-color: var(--good); } .push { margin-left: auto; }
  `];

  constructor() { super(); this.test = null; this.result = null; this.heard = "a"; this.count = 0; }

  /** Begin, or leave without a result. */
  toggle() {
    if (this.test) { this.#leave(); return; }
    const { hears } = this.listening;
    if (hears.A === hears.B) { this.#tell("say", "A and B are the same now; accept or try a move first."); return; }
    this.test = new BlindTest();
    this.result = null;
    this.count = 0;
    this.listening.match(true);
    this.#tell("blind", true);
    this.#hear("x");
  }

  #leave() {
    this.test = null;
    this.listening.hear("a");
    this.#tell("blind", false);
  }

  #tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true })); }

  #hear(what) {
    this.heard = what;
    this.listening.hear(what === "x" ? this.test.x : what);
  }

  #answer(said) {
    this.test.answer(said, this.listening.player.songFrame() / this.listening.song.rate);
    this.count = this.test.log.length;
    this.#hear("x");
  }

  #end() { this.result = this.test.end(); this.listening.hear("a"); }

  #running() {
    const hear = (name) => html`<button aria-pressed=${this.heard === name} @click=${() => this.#hear(name)}>${name.toUpperCase()}</button>`;
    return html`<h2>Blind comparison</h2>
      <span role="group" aria-label="Hear">${hear("a")} ${hear("b")} ${hear("x")}</span>
      <span role="group" aria-label="Answer"><button @click=${() => this.#answer("a")}>X is A</button>
        <button @click=${() => this.#answer("b")}>X is B</button></span>
      <p role="status">${this.count} answered${this.count && this.count < ENOUGH ? html`<small> · under ${ENOUGH} prove little</small>` : ""}</p>
      <button class="push" ?disabled=${!this.count} @click=${() => this.#end()}>End and show</button>
      <button @click=${() => this.#leave()}>Leave</button>`;
  }

  #shown() {
    const { right, of, chance } = this.result;
    return html`<h2>Blind comparison</h2>
      <p role="status">${right} of ${of} right; by guessing, so many or more come up with p = ${chance.toPrecision(3)}.
        ${chance <= 0.05 ? "You hear a difference." : "Not shown that you hear a difference."}</p>
      <ol aria-label="Log">${this.test.log.map((trial, n) => html`<li class=${trial.x === trial.said ? "right" : ""}>
        ${n + 1}: X was ${trial.x.toUpperCase()}, you said ${trial.said.toUpperCase()} at ${clock(trial.at_s)}</li>`)}</ol>
      <button class="push" @click=${() => this.#leave()}>Close</button>`;
  }

  render() {
    if (!this.test) return nothing;
    return html`<section aria-label="Blind comparison">${this.result ? this.#shown() : this.#running()}</section>`;
  }
}
customElements.define("sh-blind-test", BlindPart);
