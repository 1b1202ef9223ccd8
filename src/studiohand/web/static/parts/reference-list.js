// The song's references in their fixed colours: hear one beside the mix, add more by dropping or choosing files.
import { LitElement, css, html } from "../vendor/lit.js";
import { recordColours, recordMark } from "../lib/colours.js";
import { droppedFiles, sendBatch } from "../lib/uploads.js";
import { post } from "../lib/api.js";
import { control } from "./look.js";

class ReferenceList extends LitElement {
  static properties = { song: {}, hears: {}, busy: { state: true }, over: { state: true } };

  static styles = [control, recordColours, css`
    :host { display: block; }
    .drop { border: 1.5px dashed var(--line); border-radius: 4px; padding: var(--s2) var(--s3); margin-top: var(--s2); }
    .drop.over { border-color: var(--a); }
    ul { list-style: none; margin: 0; padding: 0; }
    li { display: flex; gap: var(--s2); align-items: center; padding: 3px 0; border-bottom: 1px solid var(--line); }
    li button { margin-left: auto; }
    p { color: var(--soft); margin: 0; }
  `];

  constructor() { super(); this.busy = ""; this.over = false; }

  #tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true })); }

  /** @param {File[]} files */
  async add(files) {
    try {
      const batch = await sendBatch(files, (sentence) => { this.busy = sentence; });
      const { added } = await post(`songs/${this.song.id}/add`, { batch, part: "reference" });
      this.#tell("say", `Added: ${added.join(", ")}. It is only ever compared with, never exported.`);
    } catch (error) { this.#tell("say", error.message); }
    this.busy = "";
  }

  async #dropped(event) {
    event.preventDefault();
    this.over = false;
    await this.add((await droppedFiles(event)).files);
  }

  render() {
    return html`
      <ul>${this.song.references.map((name, index) => html`<li>${recordMark(index + 1)}<span>${name}</span>
        <button aria-pressed=${this.hears === `reference:${name}`} aria-label="Hear ${name}" @click=${() => this.#tell("hear-reference", name)}>Hear</button></li>`)}</ul>
      <div class="drop ${this.over ? "over" : ""}" @dragover=${(event) => { event.preventDefault(); this.over = true; }}
        @dragleave=${() => { this.over = false; }} @drop=${this.#dropped}>
        <label>Add references <input type="file" multiple accept="audio/*,.wav,.aif,.aiff,.flac"
          @change=${(event) => this.add([...event.target.files])}></label>
        <p role="status">${this.busy || "Or drop them here. They stay on this machine."}</p>
      </div>`;
  }
}
customElements.define("sh-reference-list", ReferenceList);
