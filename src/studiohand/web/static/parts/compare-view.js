// Mix and references over each other, section by section: spectra, and the same facts as a table.
import { LitElement, css, html } from "../vendor/lit.js";
import { control } from "./look.js";
import "./records-table.js";
import "./spectra-chart.js";

const SECTIONS = ["whole", "loud parts", "quiet parts"];

class CompareView extends LitElement {
  static properties = { compared: {}, section: { state: true }, hidden_: { state: true } };

  static styles = [control, css`
    :host { display: grid; gap: var(--s2); }
    .row { display: flex; gap: var(--s1) var(--s3); flex-wrap: wrap; align-items: center; }
    label { display: inline-flex; gap: var(--s1); align-items: center; }
  `];

  constructor() { super(); this.section = "loud parts"; this.hidden_ = new Set(); }

  #toggle(index) {
    const left = new Set(this.hidden_);
    if (!left.delete(index)) left.add(index);
    this.hidden_ = left;
  }

  render() {
    if (!this.compared) return html``;
    const { hz, records, slope_db_per_octave: slope } = this.compared;
    const lines = records.map((record, index) => ({ name: record.name, index, db: record.sections[this.section].db }))
      .filter((line) => !this.hidden_.has(line.index));
    return html`
      <div class="row" role="group" aria-label="Section">${SECTIONS.map((name) => html`
        <button aria-pressed=${this.section === name} @click=${() => { this.section = name; }}>${name}</button>`)}
        <span role="group" aria-label="Records shown">${records.map((record, index) => html`<label><input type="checkbox"
          ?checked=${!this.hidden_.has(index)} @change=${() => this.#toggle(index)}>${index ? record.name : "mix"}</label> `)}</span></div>
      <sh-spectra-chart .hz=${hz} .lines=${lines} .slope=${slope}
        .says=${`Spectra of the ${this.section}: ${lines.map((line) => (line.index ? line.name : "mix")).join(", ")}; numbers in the table below`}></sh-spectra-chart>
      <sh-records-table .records=${records} .section=${this.section}></sh-records-table>`;
  }
}
customElements.define("sh-compare-view", CompareView);
