// A spectrum with the band that matters, and the response of a move over it; points of an EQ can be dragged or moved by keys.
import { LitElement, css, html, svg } from "../vendor/lit.js";
import { decibels, hertz, hzToX, noteOf, pathOf, xToHz } from "../lib/axes.js";

const WIDTH = 460;
const HEIGHT = 170;
const RANGE_DB = 12;

class EqCurve extends LitElement {
  static properties = { curve: {}, spectrum: {}, bands: {}, mark: {}, label: {} };

  static styles = css`
    :host { display: block; }
    svg { width: 100%; height: auto; background: var(--ground); border: 1px solid var(--line); border-radius: 4px; touch-action: none; }
    .grid { stroke: var(--line); stroke-width: 0.6; }
    text { fill: var(--soft); font-size: 11px; }
    .spectrum { fill: var(--wave); opacity: 0.35; }
    .mark { fill: var(--found); opacity: 0.18; }
    .curve { fill: none; stroke: var(--b); stroke-width: 1.8; }
    circle { fill: var(--b); stroke: var(--ground); cursor: grab; }
    circle:focus-visible { outline: none; stroke: var(--text); stroke-width: 2.5; }
  `;

  #y(db) { return HEIGHT / 2 - (Math.min(Math.max(db, -RANGE_DB), RANGE_DB) / RANGE_DB) * (HEIGHT / 2 - 6); }

  #change(index, hz, db, q = this.bands[index].q) {
    const detail = { index, hz: Math.round(Math.min(Math.max(hz, 20), 20000) * 10) / 10,
      db: Math.round(Math.min(Math.max(db, -24), 24) * 10) / 10, q: Math.round(Math.min(Math.max(q, 0.1), 20) * 100) / 100 };
    this.dispatchEvent(new CustomEvent("band", { detail, bubbles: true, composed: true }));
  }

  #drag(event, index) {
    const target = event.currentTarget;
    target.setPointerCapture(event.pointerId);
    const box = this.renderRoot.querySelector("svg").getBoundingClientRect();
    const move = (moved) => {
      const x = ((moved.clientX - box.left) / box.width) * WIDTH;
      const y = ((moved.clientY - box.top) / box.height) * HEIGHT;
      this.#change(index, xToHz(x, WIDTH), ((HEIGHT / 2 - y) / (HEIGHT / 2 - 6)) * RANGE_DB);
    };
    target.onpointermove = move;
    target.onpointerup = () => { target.onpointermove = null; };
  }

  #says(band) { return `${decibels(band.db ?? 0)} at ${hertz(band.hz)} (${noteOf(band.hz)}), Q ${band.q}`; }

  #wheel(event, index, band) {
    event.preventDefault();
    this.#change(index, band.hz, band.db, band.q * 1.06 ** (-Math.sign(event.deltaY) * (event.shiftKey ? 0.3 : 1)));
  }

  #key(event, index, band) {
    const fine = event.shiftKey ? 0.2 : 1;
    const steps = {
      ArrowUp: [1, 0.5 * fine], ArrowDown: [1, -0.5 * fine], PageUp: [1, 2], PageDown: [1, -2],
      ArrowRight: [2 ** (fine / 12), 0], ArrowLeft: [2 ** (-fine / 12), 0],
    };
    if (event.key === "<" || event.key === ">") this.#change(index, band.hz, band.db, band.q * (event.key === ">" ? 1.06 : 1 / 1.06));
    else if (event.key === "Home") this.#change(index, band.hz, 0);
    else if (steps[event.key]) this.#change(index, band.hz * steps[event.key][0], band.db + steps[event.key][1]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #spectrumPath() {
    const top = Math.max(...this.spectrum.db);
    const points = this.spectrum.hz.map((hz, i) => [hzToX(hz, WIDTH), 8 + ((top - this.spectrum.db[i]) / 60) * HEIGHT]);
    return `${pathOf(points)}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}Z`;
  }

  render() {
    const curve = this.curve?.hz.map((hz, i) => [hzToX(hz, WIDTH), this.#y(this.curve.db[i])]) ?? [];
    return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role=${this.bands?.length ? "group" : "img"} aria-label=${this.label ?? "Response of the move"}>
      ${this.mark ? svg`<rect class="mark" x=${hzToX(Math.max(this.mark[0], 20), WIDTH)} width=${Math.max(hzToX(Math.min(this.mark[1], 20000), WIDTH) - hzToX(Math.max(this.mark[0], 20), WIDTH), 2)}
        y="0" height=${HEIGHT} />` : ""}
      ${[50, 100, 200, 500, 1000, 2000, 5000, 10000].map((hz) => svg`
        <line class="grid" x1=${hzToX(hz, WIDTH)} x2=${hzToX(hz, WIDTH)} y1="0" y2=${HEIGHT} />
        <text x=${hzToX(hz, WIDTH) + 2} y=${HEIGHT - 3}>${hz >= 1000 ? `${hz / 1000}k` : hz}</text>`)}
      ${(this.curve ? [-6, 0, 6] : []).map((db) => svg`<line class="grid" x1="0" x2=${WIDTH} y1=${this.#y(db)} y2=${this.#y(db)} />
        <text x="2" y=${this.#y(db) - 2}>${decibels(db)}</text>`)}
      ${this.spectrum ? svg`<path class="spectrum" d=${this.#spectrumPath()} />
        <text x=${WIDTH - 172} y="13">spectrum, slope ${this.spectrum.slope_db_per_octave} dB/octave</text>` : ""}
      ${curve.length ? svg`<path class="curve" d=${pathOf(curve)} />` : ""}
      ${(this.bands ?? []).map((band, index) => svg`<circle r="6" data-band=${index} cx=${hzToX(band.hz, WIDTH)} cy=${this.#y(band.db ?? 0)}
        role="slider" tabindex="0" aria-label="${band.type} ${index + 1}" aria-valuemin="-24" aria-valuemax="24"
        aria-valuenow=${band.db ?? 0} aria-valuetext=${this.#says(band)}
        @dblclick=${() => this.#change(index, band.hz, 0)}
        @wheel=${(event) => this.#wheel(event, index, band)} @pointerdown=${(event) => this.#drag(event, index)} @keydown=${(event) => this.#key(event, index, band)}><title>${this.#says(band)}</title></circle>`)}
    </svg>`;
  }
}
customElements.define("sh-eq-curve", EqCurve);
