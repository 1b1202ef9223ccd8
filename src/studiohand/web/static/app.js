// The desk: the list of songs, or one song; news from the server; one line that speaks.
import { LitElement, css, html, nothing } from "./vendor/lit.js";
import { get, listenForNews } from "./lib/api.js";
import { Scope } from "./lib/scope.js";
import "./parts/song-list.js";
import "./parts/song-page.js";

class Desk extends LitElement {
  static properties = { song: {}, sentence: {}, progress: {} };

  static styles = css`
    :host { display: grid; grid-template-rows: auto 1fr auto; height: 100%; }
    header { display: flex; gap: var(--s3); align-items: center; padding: var(--s1) var(--s3);
      background: var(--panel); border-bottom: 1px solid var(--line); min-height: 36px; }
    h1 { font-size: 14px; margin: 0; letter-spacing: 0.02em; }
    button { font: inherit; color: inherit; background: none; border: 1px solid var(--line);
      border-radius: 4px; padding: 2px var(--s2); cursor: pointer; }
    button:hover { background: var(--raised); }
    :focus-visible { outline: 2px solid var(--a); outline-offset: 1px; }
    main { min-height: 0; overflow: hidden; }
    footer { display: flex; gap: var(--s3); align-items: center; padding: 2px var(--s3); min-height: 26px;
      border-top: 1px solid var(--line); background: var(--panel); color: var(--soft); }
    progress { width: 160px; accent-color: var(--a); }
    .push { margin-left: auto; }
  `;

  constructor() {
    super();
    this.song = null;
    this.sentence = "Everything stays on this machine.";
    this.progress = null;
    this.scope = new Scope();
  }

  connectedCallback() {
    super.connectedCallback();
    this.scope.own(listenForNews((news) => this.#told(news)));
    this.scope.listen(window, "hashchange", () => this.#fromAddress());
    this.scope.listen(this, "say", (event) => { this.sentence = event.detail; });
    this.scope.listen(this, "open-song", (event) => { location.hash = `song=${event.detail}`; });
    this.#fromAddress();
  }

  disconnectedCallback() { super.disconnectedCallback(); this.scope.end(); }

  async #fromAddress() {
    this.progress = null;
    const id = new URLSearchParams(location.hash.slice(1)).get("song");
    if (!id) { this.song = null; document.title = "studiohand"; return; }
    try {
      this.song = await get(`songs/${id}`);
      document.title = `${this.song.title} · studiohand`;
    } catch (error) { this.sentence = error.message; this.song = null; }
  }

  async #told(news) {
    if (news.kind === "songs") this.renderRoot.querySelector("sh-song-list")?.load();
    if (!this.song || this.song.id !== news.song) return;
    if (news.kind === "progress") { this.progress = news; return; }
    if (["done", "failed", "stopped"].includes(news.kind)) this.progress = null;
    if (news.kind === "failed") this.sentence = news.sentence;
    if (news.kind === "stopped") this.sentence = "Stopped. Nothing was changed.";
    if (news.kind === "done") this.sentence = this.#finished(news);
    if (news.kind === "found") this.sentence = news.finding.text;
    if (news.kind === "changed") {
      const song = await get(`songs/${news.song}`);
      if (this.song?.id === song.id) this.song = song;
    }
  }

  #finished({ job, result }) {
    if (job === "listen") {
      return result.findings ? `${result.findings} findings, ${result.moves} moves.` : "Nothing to fix was found.";
    }
    return `Take ${result.take} is rendered: ${result.files.length} files, ${result.moves} moves.`;
  }

  render() {
    return html`
      <header>
        ${this.song ? html`<button @click=${() => { location.hash = ""; }}>Songs</button>` : nothing}
        <h1>${this.song ? this.song.title : "studiohand"}</h1>
        ${this.song ? html`<span>${this.song.rate} Hz · ${this.song.stems.length} stems</span>` : nothing}
      </header>
      <main>${this.song
        ? html`<sh-song-page .song=${this.song}></sh-song-page>`
        : html`<sh-song-list></sh-song-list>`}</main>
      <footer>
        <span role="status" aria-live="polite">${this.sentence}</span>
        ${this.progress ? html`<span class="push">${this.progress.what}</span>
          <progress aria-label=${this.progress.what} max="1" .value=${this.progress.share}></progress>` : nothing}
      </footer>`;
  }
}
customElements.define("sh-desk", Desk);
