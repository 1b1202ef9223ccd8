// One song: transport, timeline, findings, the moves of the chosen finding, the history.
import { LitElement, css, html } from "../vendor/lit.js";
import { bytes, get, post, query } from "../lib/api.js";
import { Scope } from "../lib/scope.js";
import { actOf } from "../lib/shortcuts.js";
import { Player } from "../audio/player.js";
import "../lanes/timeline.js";
import "./finding-list.js";
import "./help-sheet.js";
import "./history-list.js";
import "./move-card.js";
import "./transport.js";

const PRE_ROLL_S = 1;

class SongPage extends LitElement {
  static properties = { song: {}, chosen: { state: true }, playing: { state: true }, mode: { state: true },
    matched: { state: true }, matchDb: { state: true }, looping: { state: true }, seconds: { state: true },
    alone: { state: true }, what: { state: true } };

  static styles = css`
    :host { display: grid; grid-template-rows: auto 1fr; height: 100%; min-height: 0; }
    .rooms { display: grid; grid-template-columns: minmax(0, 1fr) 420px; min-height: 0; }
    .left { display: grid; grid-template-rows: minmax(0, 1fr); min-height: 0; }
    aside { display: grid; grid-template-rows: minmax(120px, 1fr) minmax(0, 1.6fr); border-left: 1px solid var(--line);
      background: var(--panel); min-height: 0; }
    sh-finding-list { min-height: 0; }
    .moves { overflow-y: auto; border-top: 1px solid var(--line); }
    @media (max-width: 900px) { .rooms { grid-template-columns: minmax(0, 1fr); } }
  `;

  constructor() {
    super();
    this.scope = new Scope();
    this.mode = "a"; this.matched = true; this.matchDb = 0; this.looping = false; this.playing = false;
    this.seconds = 0; this.alone = null; this.what = ""; this.chosen = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.scope.listen(window, "keydown", (event) => {
      const act = actOf(event);
      if (act) { event.preventDefault(); this.act(act); }
    });
    this.scope.everyFrame(() => {
      if (!this.player) return;
      const seconds = Math.round((this.player.songFrame() / this.song.rate) * 10) / 10;
      if (seconds !== this.seconds) this.seconds = seconds;
      if (this.playing !== this.player.playing) this.playing = this.player.playing;
    });
  }

  disconnectedCallback() { super.disconnectedCallback(); this.scope.end(); this.player?.close(); this.player = null; }

  willUpdate(changes) {
    if (!changes.has("song")) return;
    const before = changes.get("song");
    if (before?.id !== this.song.id) {
      this.player?.close();
      this.player = new Player(this.song.rate, this.song.frames, (hear, start, frames) => this.#samples(hear, start, frames));
      this.chosen = this.song.findings[0] ?? null;
    } else {
      this.chosen = this.song.findings.find((f) => f.id === this.chosen?.id) ?? this.song.findings[0] ?? null;
      this.#heardB("accepted", "");
    }
  }

  updated() { this.renderRoot.querySelector("sh-timeline").position = () => this.player?.songFrame() ?? 0; }

  async #samples(hear, start, frames) {
    return new Float32Array(await bytes(`songs/${this.song.id}/samples?${query({ hear, start, frames })}`));
  }

  #say(text) { this.dispatchEvent(new CustomEvent("say", { detail: text, bubbles: true, composed: true })); }

  /** What an act of a key or a button does. @param {string} act */
  async act(act) {
    const acts = {
      play: () => (this.player.playing ? this.player.pause() : this.player.play()),
      "hear-a": () => this.#hear("a"), "hear-b": () => this.#hear("b"), "hear-d": () => this.#hear("d"),
      match: () => { this.matched = !this.matched; this.#applyMatch(); },
      loop: () => this.#toggleLoop(),
      next: () => this.#step(1), previous: () => this.#step(-1),
      accept: () => this.#card()?.accept(), refuse: () => this.#card()?.refuse(),
      undo: () => this.#decide({ act: "undo" }),
      render: () => this.#post("render"), listen: () => this.#post("listen"), stop: () => this.#post("stop"),
      back: () => this.player.seek(this.player.songFrame() - this.song.rate),
      forward: () => this.player.seek(this.player.songFrame() + this.song.rate),
      "zoom-in": () => this.renderRoot.querySelector("sh-timeline").zoom(0.5),
      "zoom-out": () => this.renderRoot.querySelector("sh-timeline").zoom(2),
      help: () => this.renderRoot.querySelector("sh-help-sheet").show(),
    };
    try { await acts[act]?.(); } catch (error) { this.#say(error.message); }
  }

  #card() { return this.renderRoot.querySelector("sh-move-card"); }

  async #post(what) { await post(`songs/${this.song.id}/${what}`); }

  async #decide(body) {
    try { await post(`songs/${this.song.id}/decide`, body); } catch (error) { this.#say(error.message); }
  }

  #hear(mode) {
    this.mode = mode;
    this.player.hear(mode);
    this.#say({ a: "A, the original", b: `B, ${this.what || "with the accepted moves"}`, d: "The difference alone" }[mode]);
  }

  /** Make B something else, and as loud as A. */
  async #heardB(hear, what) {
    this.what = what;
    try {
      await this.player.setDeck("B", hear);
      const found = await get(`songs/${this.song.id}/match?${query({ hear })}`);
      this.matchDb = found.gain_db;
      this.#applyMatch();
    } catch (error) { this.#say(error.message); }
  }

  #applyMatch() { this.player.setMatch(this.matched ? this.matchDb : 0); }

  async #hearAlone(name) {
    this.alone = this.alone === name ? null : name;
    await this.player.setDeck("A", this.alone ? `stem:${this.alone}` : "original");
    this.#hear("a");
  }

  #toggleLoop() {
    this.looping = !this.looping && Boolean(this.chosen);
    this.player.loop = this.looping ? this.#region() : null;
    this.player.seek(this.player.loop?.start ?? this.player.songFrame());
  }

  #region() {
    const { rate, frames } = this.song;
    const start = Math.max(this.chosen.start_s - PRE_ROLL_S, 0) * rate;
    const stop = Math.max(this.chosen.end_s, this.chosen.start_s + 2) * rate;
    return { start: Math.round(start), stop: Math.min(Math.round(stop), frames) };
  }

  #choose(id) {
    this.chosen = this.song.findings.find((f) => f.id === id) ?? null;
    if (!this.chosen) return;
    this.renderRoot.querySelector("sh-timeline").show(this.chosen.start_s, this.chosen.end_s);
    if (this.looping) this.player.loop = this.#region();
    this.player.seek(this.#region().start);
    this.#say(this.chosen.text);
  }

  #step(by) {
    const list = this.song.findings;
    if (!list.length) return;
    const at = list.findIndex((f) => f.id === this.chosen?.id);
    this.#choose(list[(at + by + list.length) % list.length].id);
  }

  get #moves() {
    return this.chosen ? this.song.moves.filter((move) => move.because.includes(this.chosen.id)) : [];
  }

  render() {
    return html`
      <sh-transport ?playing=${this.playing} .mode=${this.mode} ?matched=${this.matched} .matchDb=${this.matchDb}
        ?looping=${this.looping} .seconds=${this.seconds} .what=${this.what} ?running=${this.song.running}
        @act=${(event) => this.act(event.detail)}></sh-transport>
      <div class="rooms">
        <div class="left"><sh-timeline .song=${this.song} .chosen=${this.chosen} .alone=${this.alone}
          @seek=${(event) => this.player.seek(event.detail)} @choose=${(event) => this.#choose(event.detail)}
          @alone=${(event) => this.#hearAlone(event.detail)}></sh-timeline></div>
        <aside aria-label="Findings and moves">
          <sh-finding-list .findings=${this.song.findings} .chosen=${this.chosen} ?heard=${this.song.heard}
            @choose=${(event) => this.#choose(event.detail)}></sh-finding-list>
          <div class="moves" @try=${(event) => { this.#heardB(event.detail, "the move under trial"); this.#hear("b"); }}>
            ${this.#moves.map((move) => html`<sh-move-card .song=${this.song} .move=${move} .span=${this.chosen}></sh-move-card>`)}
            <sh-history-list .decisions=${this.song.decisions}
              @undo=${(event) => this.#decide({ act: "undo", number: event.detail })}></sh-history-list>
          </div>
        </aside>
      </div>
      <sh-help-sheet></sh-help-sheet>`;
  }
}
customElements.define("sh-song-page", SongPage);
