// The names beside the lanes: choose one, hear it alone, leave it out, see its spectrogram.
import { LitElement, css, html } from "../vendor/lit.js";

class LaneHeads extends LitElement {
  static properties = { lanes: {}, at: {}, soloed: {}, muted: {}, spectral: {}, alone: {} };

  static styles = css`
    * { box-sizing: border-box; }
    :host { display: block; }
    ul { list-style: none; margin: 0; padding: 0; }
    li { display: flex; align-items: center; gap: 2px; padding: 0 4px 0 0; border-top: 1px solid var(--line); overflow: hidden;
      contain: strict; }
    li.at { background: var(--raised); }
    .name { flex: 1; min-width: 0; align-self: stretch; text-align: left; border: 0; background: none; color: var(--text);
      font: inherit; padding: 0 var(--s1) 0 var(--s2); cursor: pointer; line-height: 1.25; }
    .name span, small { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    small { color: var(--soft); font-size: 11px; }
    .at .name { box-shadow: inset 3px 0 var(--a); }
    .keys button { font: 11px/1 var(--sans, system-ui); width: 20px; height: 20px; padding: 0; color: var(--soft); background: none;
      border: 1px solid var(--line); border-radius: 3px; cursor: pointer; }
    .keys { display: flex; gap: 2px; }
    .keys button[aria-pressed="true"] { color: var(--ground); border-color: transparent; font-weight: 700; }
    .solo[aria-pressed="true"] { background: var(--found); } .mute[aria-pressed="true"] { background: var(--bad); }
    .sees[aria-pressed="true"] { background: var(--soft); }
    .out .name { opacity: 0.55; }
    :focus-visible { outline: 2px solid var(--a); outline-offset: -2px; }
  `;

  #tell(act, index) { this.dispatchEvent(new CustomEvent("lane", { detail: { act, index }, bubbles: true, composed: true })); }

  #keys(lane, index) {
    const key = (act, letter, says, on) => html`<button class=${act} aria-pressed=${on} aria-label="${says} ${lane.name}"
      title="${says} ${lane.name}" @click=${() => this.#tell(act, index)}>${letter}</button>`;
    return html`<span class="keys">
      ${lane.stem === undefined ? "" : html`${key("solo", "S", "Solo", this.soloed.has(lane.stem))}
        ${key("mute", "M", "Mute", this.muted.has(lane.stem))}`}
      ${lane.of ? key("sees", "≋", "Spectrogram of", this.spectral.has(lane.of)) : ""}</span>`;
  }

  render() {
    const silent = (lane) => lane.stem !== undefined
      && (this.muted.has(lane.stem) || (this.soloed.size > 0 && !this.soloed.has(lane.stem)));
    return html`<ul aria-label="Lanes">${this.lanes.map((lane, index) => html`
      <li class="${this.at === index ? "at" : ""} ${silent(lane) ? "out" : ""}" .style="height:${lane.height}px">
        <button class="name" aria-current=${this.at === index} @click=${() => this.#tell("choose", index)}>
          <span>${lane.name}</span><small>${lane.says}</small></button>
        ${this.#keys(lane, index)}</li>`)}</ul>`;
  }
}
customElements.define("sh-lane-heads", LaneHeads);
