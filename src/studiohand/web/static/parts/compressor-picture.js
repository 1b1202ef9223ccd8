// A compressor: output over input, and what it takes away over the span one hears.
import { LitElement, css, html, svg } from "../vendor/lit.js";
import { clock, decibels, pathOf } from "../lib/axes.js";

const HEIGHT = 120;
const SQUARE = 120;
const WIDTH = 330;
const LOWEST_DB = -60;
const DEEPEST_DB = -18;

/** Output level for an input level in dB, soft knee (Giannoulis et al., JAES 2012, eq. 4), make-up included. */
export function outputDb(step, inputDb) {
  const { threshold_db: threshold, ratio, knee_db: knee, makeup_db: makeup } = step;
  const over = inputDb - threshold;
  if (2 * over < -knee) return inputDb + makeup;
  if (2 * over > knee) return threshold + over / ratio + makeup;
  return inputDb + ((1 / ratio - 1) * (over + knee / 2) ** 2) / (2 * knee) + makeup;
}

class CompressorPicture extends LitElement {
  static properties = { step: {}, reduction: {}, startS: { type: Number } };

  static styles = css`
    :host { display: flex; gap: var(--s2); }
    svg { background: var(--ground); border: 1px solid var(--line); border-radius: 4px; min-width: 0; height: auto; }
    .square { width: 27%; } .wide { width: 73%; }
    .grid { stroke: var(--line); stroke-width: 0.6; } .even { stroke: var(--soft); stroke-width: 0.8; stroke-dasharray: 3 3; }
    .curve { fill: none; stroke: var(--b); stroke-width: 1.8; } .taken { fill: var(--b); opacity: 0.5; }
    text { fill: var(--soft); font-size: 10px; }
  `;

  #transfer() {
    const x = (db) => ((db - LOWEST_DB) / -LOWEST_DB) * SQUARE;
    const y = (db) => HEIGHT - ((Math.max(db, LOWEST_DB) - LOWEST_DB) / -LOWEST_DB) * HEIGHT;
    const points = Array.from({ length: 61 }, (_, n) => LOWEST_DB + n).map((db) => [x(db), y(outputDb(this.step, db))]);
    return html`<svg class="square" viewBox="0 0 ${SQUARE} ${HEIGHT}" role="img"
      aria-label="Compression curve: threshold ${decibels(this.step.threshold_db)}, ratio ${this.step.ratio} to 1, knee ${decibels(this.step.knee_db)}">
      ${[-40, -20].map((db) => svg`<line class="grid" x1=${x(db)} x2=${x(db)} y1="0" y2=${HEIGHT} />
        <line class="grid" x1="0" x2=${SQUARE} y1=${y(db)} y2=${y(db)} />`)}
      <line class="even" x1="0" y1=${HEIGHT} x2=${SQUARE} y2="0" />
      <line class="grid" x1=${x(this.step.threshold_db)} x2=${x(this.step.threshold_db)} y1="0" y2=${HEIGHT} />
      <path class="curve" d=${pathOf(points)} /><text x="3" y="11">out / in, dB</text></svg>`;
  }

  render() {
    const taken = this.reduction ?? [];
    const x = (n) => (n / Math.max(taken.length - 1, 1)) * WIDTH;
    const y = (db) => (Math.max(db, DEEPEST_DB) / DEEPEST_DB) * (HEIGHT - 14) + 1;
    const deepest = taken.length ? Math.min(...taken) : 0;
    const said = taken.length ? `gain reduction, ${decibels(deepest)} at most from ${clock(this.startS)} to ${clock(this.startS + taken.length / 100)}` : "gain reduction";
    return html`${this.step.ratio ? this.#transfer() : ""}
      <svg class="wide" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${said} preserveAspectRatio="none">
        ${[-6, -12].map((db) => svg`<line class="grid" x1="0" x2=${WIDTH} y1=${y(db)} y2=${y(db)} /><text x="3" y=${y(db) - 2}>${decibels(db)}</text>`)}
        ${taken.length ? svg`<path class="taken" d="M0 1${pathOf(taken.map((db, n) => [x(n), y(db)])).replace("M", "L")}L${WIDTH} 1Z" />` : ""}
        <text x="3" y=${HEIGHT - 3}>${said}</text></svg>`;
  }
}
customElements.define("sh-compressor", CompressorPicture);
