// The songs folder, and a place to drop stems for a new song.
import { LitElement, css, html } from "../vendor/lit.js";
import { get, post } from "../lib/api.js";
import { droppedFiles, sendBatch } from "../lib/uploads.js";

class SongList extends LitElement {
  static properties = { songs: {}, busy: {}, over: { type: Boolean } };

  static styles = css`
    :host { display: block; height: 100%; overflow: auto; padding: var(--s4); }
    .page { max-width: 760px; margin: 0 auto; }
    h2 { font-size: 15px; margin: 0 0 var(--s2); }
    .drop { border: 1.5px dashed var(--line); border-radius: 6px; padding: var(--s4); margin-bottom: var(--s4);
      background: var(--panel); }
    .drop.over { border-color: var(--a); }
    ul { list-style: none; padding: 0; margin: 0; border-top: 1px solid var(--line); }
    li button { width: 100%; text-align: left; padding: var(--s2); background: none; border: 0;
      border-bottom: 1px solid var(--line); color: var(--text); font: inherit; cursor: pointer; }
    li button:hover { background: var(--raised); }
    input, .go { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--line);
      border-radius: 4px; padding: 4px var(--s2); }
    .row { display: flex; gap: var(--s2); flex-wrap: wrap; align-items: center; }
    p { color: var(--soft); margin: 0 0 var(--s2); }
    :focus-visible { outline: 2px solid var(--a); outline-offset: 1px; }
  `;

  constructor() { super(); this.songs = null; this.busy = ""; this.over = false; }

  connectedCallback() { super.connectedCallback(); this.load(); }

  async load() {
    try { this.songs = (await get("songs")).songs; } catch (error) { this.#say(error.message); }
  }

  #say(text) { this.dispatchEvent(new CustomEvent("say", { detail: text, bubbles: true, composed: true })); }

  /** @param {DragEvent} event */
  async #dropped(event) {
    event.preventDefault();
    this.over = false;
    const { files, name } = await droppedFiles(event);
    await this.make(files, name);
  }

  /** Make a song of files. @param {File[]} files @param {string} title */
  async make(files, title) {
    try {
      const batch = await sendBatch(files, (sentence) => { this.busy = sentence; });
      this.busy = "Making the song";
      const typed = this.renderRoot.querySelector("input[name=title]").value.trim();
      const made = await post("songs", { batch, title: typed || title || "New song" });
      await post(`songs/${made.id}/listen`);
      this.dispatchEvent(new CustomEvent("open-song", { detail: made.id, bubbles: true, composed: true }));
    } catch (error) { this.#say(error.message); }
    this.busy = "";
  }

  render() {
    const open = (id) => this.dispatchEvent(
      new CustomEvent("open-song", { detail: id, bubbles: true, composed: true }));
    return html`<div class="page">
      <section class="drop ${this.over ? "over" : ""}" aria-label="New song"
        @dragover=${(event) => { event.preventDefault(); this.over = true; }}
        @dragleave=${() => { this.over = false; }} @drop=${this.#dropped}>
        <h2>New song</h2>
        <p>Drop a folder of stems here, or choose files. They are copied; yours are never written.</p>
        <div class="row">
          <label>Title <input name="title" autocomplete="off"></label>
          <label>Stems <input type="file" multiple accept="audio/*,.wav,.aif,.aiff,.flac"
            @change=${(event) => this.make([...event.target.files], "")}></label>
        </div>
        <p role="status">${this.busy}</p>
      </section>
      <section aria-label="Songs">
        <h2>Songs</h2>
        ${this.songs?.length === 0 ? html`<p>No song yet.</p>` : ""}
        <ul>${(this.songs ?? []).map((song) => html`<li>
          <button @click=${() => open(song.id)}>${song.title}</button></li>`)}</ul>
      </section></div>`;
  }
}
customElements.define("sh-song-list", SongList);
