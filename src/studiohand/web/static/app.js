// The desk: the list of songs, or one song; news from the server; one line that speaks.
import { LitElement, css, html, nothing } from "./vendor/lit.js";
import { get, listenForNews, post } from "./lib/api.js";
import { Remaining } from "./lib/remaining.js";
import { Scope } from "./lib/scope.js";
import "./parts/song-list.js";
import "./parts/song-page.js";
import "./pages/compare-page.js";
import "./pages/files-page.js";
import "./pages/master-page.js";
import "./pages/match-page.js";
import "./pages/tools-page.js";

const PAGES = ["song", "match", "master", "compare", "tools", "files"];

class Desk extends LitElement {
  static properties = { song: {}, page: {}, sentence: {}, progress: {}, results: {} };

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
    nav { display: flex; gap: 2px; margin-left: var(--s3); }
    nav a { color: var(--soft); text-decoration: none; padding: 3px var(--s2); border-radius: 4px; text-transform: capitalize; }
    nav a:hover { background: var(--raised); }
    nav a[aria-current] { color: var(--text); background: var(--raised); font-weight: 600; }
  `;

  constructor() {
    super();
    this.song = null;
    this.sentence = "Everything stays on this machine.";
    this.progress = null;
    this.page = "song";
    this.results = {};
    this.scope = new Scope();
    this.remaining = new Remaining();
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
    const asked = new URLSearchParams(location.hash.slice(1));
    const id = asked.get("song");
    this.page = PAGES.includes(asked.get("page")) ? asked.get("page") : "song";
    if (id && this.song?.id === id) return;
    this.progress = null;
    this.results = {};
    if (!id) { this.song = null; document.title = "studiohand"; return; }
    try {
      this.song = await get(`songs/${id}`);
      document.title = `${this.song.title} · studiohand`;
    } catch (error) { this.sentence = error.message; this.song = null; }
  }

  async #told(news) {
    if (news.kind === "songs") this.renderRoot.querySelector("sh-song-list")?.load();
    if (!this.song || this.song.id !== news.song) return;
    if (news.kind === "progress") {
      this.progress = { ...news, left: this.remaining.of(news.what, news.share, performance.now()) };
      return;
    }
    if (["done", "failed", "stopped"].includes(news.kind)) this.progress = null;
    if (news.kind === "failed") this.sentence = news.sentence;
    if (news.kind === "stopped") this.sentence = "Stopped. Nothing half-made is left.";
    if (news.kind === "done") {
      this.sentence = this.#finished(news);
      this.results = { ...this.results, [news.job]: news.result };
    }
    if (news.kind === "found") this.sentence = news.finding.text;
    if (news.kind === "changed") {
      const song = await get(`songs/${news.song}`);
      if (this.song?.id === song.id) this.song = song;
    }
  }

  async #stop() {
    try { await post(`songs/${this.song.id}/stop`); } catch (error) { this.sentence = error.message; }
  }

  #finished({ job, result }) {
    if (job === "listen") {
      return result.findings ? `${result.findings} findings, ${result.moves} moves.` : "Nothing to fix was found.";
    }
    if (job === "render") return `Take ${result.take} is rendered: ${result.files.length} files, ${result.moves} moves.`;
    if (job === "tool") {
      return result.moves.length ? `${result.tool}: ${result.moves.length} moves proposed.` : `${result.tool}: nothing needs to be done.`;
    }
    if (job === "deliver") return `${result.files.length} files are in ${result.folder}.`;
    if (job === "compare") return `Compared: the mix and ${result.records.length - 1} references.`;
    if (job === "face") return `Tried: ${result.playback.length} services, ${result.codecs.length} codecs.`;
    return "Done.";
  }

  #nav() {
    return html`<nav aria-label="Pages">${PAGES.map((name) => html`<a href="#song=${this.song.id}&page=${name}"
      aria-current=${this.page === name ? "page" : nothing}>${name}</a>`)}</nav>`;
  }

  #main() {
    const { song, results } = this;
    if (!song) return html`<sh-song-list></sh-song-list>`;
    const running = Boolean(song.running || this.progress);
    return {
      song: () => html`<sh-song-page .song=${song}></sh-song-page>`,
      match: () => html`<sh-match-page .song=${song} .results=${results} ?running=${running}></sh-match-page>`,
      master: () => html`<sh-master-page .song=${song} .results=${results} ?running=${running}></sh-master-page>`,
      compare: () => html`<sh-compare-page .song=${song} .results=${results} ?running=${running}></sh-compare-page>`,
      tools: () => html`<sh-tools-page .song=${song} .results=${results} ?running=${running}></sh-tools-page>`,
      files: () => html`<sh-files-page .song=${song} .results=${results} ?running=${running}></sh-files-page>`,
    }[this.page]();
  }

  render() {
    return html`
      <header>
        ${this.song ? html`<button @click=${() => { location.hash = ""; }}>Songs</button>` : nothing}
        <h1>${this.song ? this.song.title : "studiohand"}</h1>
        ${this.song ? html`<span>${this.song.rate} Hz · ${this.song.stems.length} stems</span>${this.#nav()}` : nothing}
      </header>
      <main>${this.#main()}</main>
      <footer>
        <span role="status" aria-live="polite">${this.sentence}</span>
        ${this.progress ? html`<span class="push">${this.progress.what}</span>
          <progress aria-label=${this.progress.what} max="1" .value=${this.progress.share}></progress>
          <span>${this.progress.left}</span>
          <button @click=${() => this.#stop()}>Stop</button>` : nothing}
      </footer>`;
  }
}
customElements.define("sh-desk", Desk);
