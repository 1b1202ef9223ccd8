// What the pages beside the song page share: a player, its keys, proposals of a tool with their cards, and running it.
import { LitElement, css, html } from "../vendor/lit.js";
import { get, post } from "../lib/api.js";
import { Scope } from "../lib/scope.js";
import { actOf } from "../lib/shortcuts.js";
import { Listening } from "../audio/listening.js";
import { control } from "../parts/look.js";
import "../parts/ab-bar.js";
import "../parts/move-card.js";
import "../parts/tool-form.js";

export class WorkPage extends LitElement {
  static properties = { song: {}, results: {}, running: { type: Boolean }, tools: { state: true }, tick: { state: true },
    open: { state: true } };

  static look = [control, css`
    :host { display: grid; grid-template-rows: auto minmax(0, 1fr); height: 100%; min-height: 0; }
    .page { overflow-y: auto; padding: var(--s3); display: grid; gap: var(--s3); align-content: start;
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
    .wide { grid-column: 1 / -1; }
    section { background: var(--panel); border: 1px solid var(--line); border-radius: 4px; padding: var(--s3); min-width: 0; }
    h2 { font-size: 13px; margin: 0 0 var(--s2); }
    p { margin: 0 0 var(--s2); color: var(--soft); }
    table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
    th, td { text-align: right; padding: 3px var(--s2); border-bottom: 1px solid var(--line); }
    th:first-child, td:first-child { text-align: left; }
    th { color: var(--soft); font-weight: 500; }
    .row { display: flex; gap: var(--s2); flex-wrap: wrap; align-items: center; }
    ul { margin: 0 0 var(--s2); padding: 0; list-style: none; }
    li { padding: 2px 0; }
    sh-move-card { max-width: 760px; }
    sh-compare-view { margin-top: var(--s2); }
    @media (max-width: 1000px) { .page { grid-template-columns: minmax(0, 1fr); } }
  `];

  constructor() {
    super();
    this.scope = new Scope();
    this.tools = [];
    this.results = {};
    this.tick = 0;
  }

  connectedCallback() {
    super.connectedCallback();
    this.scope.listen(window, "keydown", (event) => {
      const act = actOf(event);
      if (act && this.acts[act]) { event.preventDefault(); this.acts[act](); }
    });
    get("tools").then(({ tools }) => { this.tools = tools; }, (error) => this.say(error.message));
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.scope.end();
    this.listening?.close();
    this.listening = null;
  }

  willUpdate(changes) {
    if (!changes.has("song")) return;
    if (!this.listening || changes.get("song")?.id !== this.song.id) {
      this.listening?.close();
      this.listening = new Listening(this.song, () => { this.tick += 1; }, (sentence) => this.say(sentence));
    } else this.listening.renew(this.song);
  }

  get acts() {
    const { player } = this.listening;
    return {
      play: () => (player.playing ? player.pause() : player.play()),
      "hear-a": () => this.listening.hear("a"), "hear-b": () => this.listening.hear("b"),
      "hear-d": () => this.listening.hear("d"), "hear-c": () => this.listening.hear("c"),
      match: () => this.listening.match(!this.listening.matched),
      back: () => player.seek(player.songFrame() - this.song.rate),
      forward: () => player.seek(player.songFrame() + this.song.rate),
      home: () => player.seek(0),
    };
  }

  say(sentence) { this.dispatchEvent(new CustomEvent("say", { detail: sentence, bubbles: true, composed: true })); }

  /** @param {string} path @param {unknown} [body] */
  async ask(path, body = {}) {
    try { return await post(`songs/${this.song.id}/${path}`, body); } catch (error) { this.say(error.message); return null; }
  }

  tool(name) { return this.tools.find((tool) => tool.name === name); }

  run(name, values) { return this.ask(`tools/${name}`, values); }

  /** Moves a tool has proposed that stand or wait. */
  movesOf(name) { return this.song.moves.filter((move) => move.tool === name); }

  findingsOf(name) { return this.song.findings.filter((finding) => finding.tool === name); }

  async acceptAll(name) {
    for (const move of this.movesOf(name).filter((one) => one.state === "open")) {
      await this.ask("decide", { act: "accept", move: move.id });
    }
    this.listening?.hear("b");
  }

  /** A span in the middle of the song, for pictures of moves that concern all of it. */
  #middle() {
    const middle = this.song.frames / this.song.rate / 2;
    return { start_s: Math.max(middle - 4, 0), end_s: middle + 4 };
  }

  /** What a tool found, and its moves as cards. @param {string} name */
  proposals(name) {
    const findings = this.findingsOf(name);
    const moves = this.movesOf(name);
    const open = moves.filter((move) => move.state === "open");
    return html`<section aria-label="What ${name} proposes">
      <h2>What it found and proposes</h2>
      ${findings.length ? html`<ul>${findings.map((finding) => html`<li>${finding.text}</li>`)}</ul>` : ""}
      ${moves.length ? "" : html`<p>${this.results.tool?.tool === name ? "Nothing needs to be done." : "Not asked yet."}</p>`}
      ${open.length > 1 ? html`<div class="row"><button @click=${() => this.acceptAll(name)}>Accept all ${open.length}</button></div>` : ""}
      <div @try=${(event) => this.listening.hearTrial(event.detail, "the move under trial")}>
        ${moves.map((move) => html`<sh-move-card .song=${this.song} .move=${move} .span=${this.#middle()}
          ?open=${move.id === this.open} @open=${() => { this.open = move.id; }}></sh-move-card>`)}</div>
    </section>`;
  }

  bar() {
    return html`<sh-ab-bar .listening=${this.listening} .tick=${this.tick} .song=${this.song}></sh-ab-bar>`;
  }
}
