// Spectra of records over each other: log frequency, the slope printed, one colour and dash a record.
import { LitElement, css, html, svg } from "../vendor/lit.js";
import { decibels, hzToX, pathOf } from "../lib/axes.js";
import { recordClass, recordColours, recordDash } from "../lib/colours.js";

const WIDTH = 760;
const HEIGHT = 260;
const RANGE_DB = 24;
const MARKS_HZ = [50, 100, 200, 500, 1000, 2000, 5000, 10000];

class SpectraChart extends LitElement {
  static properties = { hz: {}, lines: {}, slope: {}, says: {} };

  static styles = [recordColours, css`
    :host { display: block; }
    svg { width: 100%; height: auto; max-width: 980px; background: var(--ground); border: 1px solid var(--line); border-radius: 4px; }
    .grid { stroke: var(--line); stroke-width: 0.6; }
    text { fill: var(--soft); font-size: 10px; }
    path { fill: none; stroke-width: 1.6; }
  `];

  #y(db) { return HEIGHT / 2 - (Math.min(Math.max(db, -RANGE_DB), RANGE_DB) / RANGE_DB) * (HEIGHT / 2 - 8); }

  render() {
    const drawn = (line) => svg`<path d=${pathOf(this.hz.map((hz, i) => [hzToX(hz, WIDTH), this.#y(line.db[i])]))}
      class=${recordClass(line.index)} stroke-dasharray=${recordDash(line.index)} />`;
    return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${this.says}>
      ${MARKS_HZ.map((hz) => svg`<line class="grid" x1=${hzToX(hz, WIDTH)} x2=${hzToX(hz, WIDTH)} y1="0" y2=${HEIGHT} />
        <text x=${hzToX(hz, WIDTH) + 2} y=${HEIGHT - 4}>${hz >= 1000 ? `${hz / 1000}k` : hz}</text>`)}
      ${[-18, -12, -6, 0, 6, 12, 18].map((db) => svg`
        <line class="grid" x1="0" x2=${WIDTH} y1=${this.#y(db)} y2=${this.#y(db)} />
        <text x="2" y=${this.#y(db) - 2}>${decibels(db)}</text>`)}
      ${[...this.lines].reverse().map(drawn)}
      <text x=${WIDTH - 172} y="13">third octaves, slope ${this.slope} dB/octave</text>
    </svg>`;
  }
}
customElements.define("sh-spectra-chart", SpectraChart);
