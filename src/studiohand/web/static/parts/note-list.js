// Intents and comments as text: what stands on the timeline, one row each.
import { LitElement, css, html } from "../vendor/lit.js";
import { clock } from "../lib/axes.js";
import { control } from "./look.js";

class NoteList extends LitElement {
  static properties = { song: {} };

  static styles = [control, css`
    :host { display: block; padding: var(--s2) var(--s3); border-bottom: 1px solid var(--line); }
    h2 { font-size: 12px; color: var(--soft); margin: 0 0 var(--s1); font-weight: 600; }
    ul { margin: 0; padding: 0; list-style: none; }
    li { display: flex; gap: var(--s2); padding: 2px 0; align-items: baseline; }
    .when { font: var(--mono); border: 0; background: none; padding: 0; color: var(--soft); }
    small { color: var(--soft); } .push { margin-left: auto; } p { margin: 0; color: var(--soft); }
  `];

  #tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true })); }

  #row(note, at, says) {
    return html`<li><button class="when" aria-label="Go to ${clock(at)}" @click=${() => this.#tell("seek", at * this.song.rate)}>${clock(at)}</button>
      <span>${note.words} <small>${says}</small></span>
      ${note.id === "" ? html`<small class="push">song.toml</small>`
        : html`<button class="push" aria-label="Change “${note.words}”" @click=${() => this.#tell("note", note)}>Change</button>`}</li>`;
  }

  render() {
    const { intents, comments } = this.song;
    const says = (intent) => [intent.end_s === null ? "to the end" : `to ${clock(intent.end_s)}`, intent.stems.join(", ") || "all stems",
      ...(intent.blend ? ["blended"] : []), ...(intent.locked ? ["locked"] : [])].join(" · ");
    return html`<h2>Intents and comments</h2><ul>
      ${intents.map((intent) => this.#row(intent, intent.start_s, says(intent)))}
      ${comments.map((comment) => this.#row(comment, comment.at_s, ""))}</ul>`;
  }
}
customElements.define("sh-note-list", NoteList);
