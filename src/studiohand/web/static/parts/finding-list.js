// Findings as a list: the facts behind every mark on the timeline, one button each.
import { LitElement, css, html } from "../vendor/lit.js";
import { clock, hertz } from "../lib/axes.js";

const SHAPES = { must: "▲", should: "◆", could: "●" };

class FindingList extends LitElement {
  static properties = { findings: {}, chosen: {}, heard: { type: Boolean } };

  static styles = css`
    :host { display: block; overflow-y: auto; }
    ol { list-style: none; margin: 0; padding: 0; }
    button { display: grid; grid-template-columns: 16px 1fr; gap: 0 var(--s2); width: 100%; text-align: left; font: inherit;
      color: inherit; background: none; border: 0; border-bottom: 1px solid var(--line); padding: var(--s2); cursor: pointer; }
    button:hover { background: var(--raised); }
    button[aria-current="true"] { background: var(--raised); box-shadow: inset 3px 0 var(--found); }
    .must { color: var(--bad); } .should, .could { color: var(--found); }
    small { grid-column: 2; color: var(--soft); font-variant-numeric: tabular-nums; }
    p { padding: var(--s3) var(--s3) 0; color: var(--soft); margin: 0; }
    .listen { display: inline-block; width: auto; padding: 3px 12px; border: 1px solid var(--a); border-radius: 4px; }
    :focus-visible { outline: 2px solid var(--a); outline-offset: -2px; }
  `;

  #choose(id) { this.dispatchEvent(new CustomEvent("choose", { detail: id, bubbles: true, composed: true })); }

  render() {
    if (!this.findings?.length) {
      return html`<p>${this.heard ? "Nothing to fix was found." : "Not listened to yet."}</p>
        ${this.heard ? "" : html`<p><button class="listen" @click=${() => this.dispatchEvent(
          new CustomEvent("act", { detail: "listen", bubbles: true, composed: true }))}>Listen</button></p>`}`;
    }
    return html`<ol>${this.findings.map((f) => html`<li><button aria-current=${this.chosen?.id === f.id}
      @click=${() => this.#choose(f.id)}>
      <span class=${f.severity} aria-hidden="true">${SHAPES[f.severity]}</span>
      <span>${f.text}</span>
      <small>${f.severity} · ${f.kind} · ${clock(f.start_s)}–${clock(f.end_s)}${f.band_hz
        ? ` · ${hertz(f.band_hz[0])}–${hertz(f.band_hz[1])}` : ""} · confidence ${Math.round(f.confidence * 100)} %</small>
    </button></li>`)}</ol>`;
  }
}
customElements.define("sh-finding-list", FindingList);
