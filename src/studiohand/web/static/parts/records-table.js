// The numbers of the compared records: levels of the whole, and how far each band of a section lies from the mix.
import { LitElement, css, html } from "../vendor/lit.js";
import { recordColours, recordMark } from "../lib/colours.js";

const LEVELS = [["integrated_lufs", "LUFS"], ["lra_lu", "range, LU"], ["true_peak_dbtp", "true peak, dBTP"], ["plr_db", "peak to loudness, dB"],
  ["width", "width"], ["correlation", "correlation"]];

class RecordsTable extends LitElement {
  static properties = { records: {}, section: {} };

  static styles = [recordColours, css`
    :host { display: block; overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
    caption { text-align: left; color: var(--soft); padding: var(--s1) 0; }
    th, td { text-align: right; padding: 3px var(--s2); border-bottom: 1px solid var(--line); white-space: nowrap; }
    th:first-child, td:first-child { text-align: left; }
    th { color: var(--soft); font-weight: 500; }
    svg { vertical-align: middle; margin-right: 6px; }
  `];

  render() {
    const bands = Object.keys(this.records[0]?.sections[this.section]?.bands ?? {});
    const number = (value, digits = 1) => (value === null || value === undefined ? "–" : value.toFixed(digits));
    const signed = (value) => `${value > 0 ? "+" : ""}${value.toFixed(1)}`;
    return html`<table>
      <caption>Levels of the whole record; bands of the ${this.section} in dB against the mix</caption>
      <thead><tr><th scope="col">record</th>${LEVELS.map(([, says]) => html`<th scope="col">${says}</th>`)}
        ${bands.map((band) => html`<th scope="col">${band}</th>`)}</tr></thead>
      <tbody>${this.records.map((record, index) => html`<tr>
        <td>${recordMark(index)}${index ? record.name : "mix as it is now"}</td>
        ${LEVELS.map(([name]) => html`<td>${number(record.levels[name], name === "width" || name === "correlation" ? 2 : 1)}</td>`)}
        ${bands.map((band) => html`<td>${index ? signed(record.sections[this.section].bands[band]) : "0.0"}</td>`)}
      </tr>`)}</tbody></table>`;
  }
}
customElements.define("sh-records-table", RecordsTable);
