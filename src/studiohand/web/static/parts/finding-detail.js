// The chosen finding: what was measured against what, where to hear it, and its evidence.
import { LitElement, css, html } from "../vendor/lit.js";
import { clock, hertz } from "../lib/axes.js";
import { control } from "./look.js";
import "./evidence.js";

class FindingDetail extends LitElement {
  static properties = { song: {}, finding: {} };

  static styles = [control, css`
    :host { display: block; padding: var(--s2) var(--s3); border-bottom: 1px solid var(--line); }
    h2 { font-size: 13px; margin: 0 0 var(--s1); font-weight: 600; }
    dl { display: flex; flex-wrap: wrap; gap: 0 var(--s3); margin: 0 0 var(--s2); font-variant-numeric: tabular-nums; }
    dl div { display: flex; gap: var(--s1); } dt { color: var(--soft); } dd { margin: 0; }
    .row { display: flex; gap: var(--s2); flex-wrap: wrap; }
  `];

  #tell(name) { this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true })); }

  #facts() {
    const f = this.finding;
    const number = (value) => (Number.isInteger(value) ? String(value) : value.toPrecision(4).replace(/\.?0+$/, "")).replace("-", "−");
    return [
      ["measured", f.value === null ? null : `${number(f.value)} ${f.unit}`],
      ["limit", f.limit === null ? null : `${number(f.limit)} ${f.unit}`],
      ["band", f.band_hz ? `${hertz(f.band_hz[0])} to ${hertz(f.band_hz[1])}` : null],
      ["place", `${clock(f.start_s)} to ${clock(f.end_s)}`],
      ["held against", f.evidence.held_against ?? f.evidence.against ?? null],
      ["confidence", `${Math.round(f.confidence * 100)} %`],
    ].filter(([, value]) => value !== null);
  }

  render() {
    return html`<h2>${this.finding.kind.replaceAll("_", " ")} · ${this.finding.stems.join(", ")}</h2>
      <dl>${this.#facts().map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
      <div class="row"><button @click=${() => this.#tell("hear")}>Hear it</button>
        <button @click=${() => this.#tell("alone")}>${this.finding.stems.length > 1 ? "Its stems alone" : "Its stem alone"}</button></div>
      <sh-evidence .song=${this.song} .finding=${this.finding}></sh-evidence>`;
  }
}
customElements.define("sh-finding-detail", FindingDetail);
