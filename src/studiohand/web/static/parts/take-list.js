// Takes to hear and to save or drag out, and the findings as markers for a DAW.
import { LitElement, css, html, nothing } from "../vendor/lit.js";
import { control } from "./look.js";

const MARKERS = [["reaper", "Reaper"], ["audacity", "Audacity"], ["csv", "table"]];

class TakeList extends LitElement {
  static properties = { song: {} };

  static styles = [control, css`
    :host { display: block; padding: var(--s2) var(--s3) var(--s4); }
    h2 { font-size: 12px; color: var(--soft); margin: 0 0 var(--s1); font-weight: 600; }
    ul { margin: 0 0 var(--s2); padding: 0; list-style: none; } li { display: flex; gap: var(--s2); padding: 2px 0; align-items: baseline; }
    a { color: var(--a); } .push { margin-left: auto; } p { margin: 0; color: var(--soft); }
  `];

  #hear(take) { this.dispatchEvent(new CustomEvent("beside", { detail: `take:${take}`, bubbles: true, composed: true })); }

  /** Let go over the desktop or a DAW, the file lands there. @param {DragEvent} event */
  #drag(event, take) {
    const name = `${this.song.title} take ${Number(take)}.wav`;
    event.dataTransfer.setData("DownloadURL", `audio/wav:${name}:${event.currentTarget.href}`);
  }

  render() {
    const { takes, findings, id } = this.song;
    if (!takes.length && !findings.length) return nothing;
    return html`<h2>Take away</h2>
      ${takes.length ? html`<ul>${[...takes].reverse().map((take) => html`<li>Take ${Number(take)}
        <button class="push" aria-label="Hear take ${Number(take)} beside A and B" @click=${() => this.#hear(take)}>Hear</button>
        <a href="/api/songs/${id}/files/takes/${take}/mix.wav" download draggable="true" aria-label="Save the mix of take ${Number(take)}"
          title="Save, or drag it out" @dragstart=${(event) => this.#drag(event, take)}>mix.wav</a></li>`)}</ul>` : nothing}
      ${findings.length ? html`<p>Findings as markers: ${MARKERS.map(([kind, name]) => html`<a href="/api/songs/${id}/markers/${kind}" download>${name}</a> `)}</p>` : nothing}`;
  }
}
customElements.define("sh-take-list", TakeList);
