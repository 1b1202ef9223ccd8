// One song: transport, timeline, findings, the moves of the chosen finding, notes, history.
import { LitElement, css, html } from "../vendor/lit.js";
import { Later, get, post } from "../lib/api.js";
import { barAt, loopOf } from "../lib/places.js";
import { Scope } from "../lib/scope.js";
import { actOf } from "../lib/shortcuts.js";
import { Listening } from "../audio/listening.js";
import { actsOf } from "./song-acts.js";
import "../lanes/timeline.js";
import "./blind-test.js";
import "./finding-detail.js";
import "./finding-list.js";
import "./help-sheet.js";
import "./history-list.js";
import "./move-card.js";
import "./note-form.js";
import "./note-list.js";
import "./take-list.js";
import "./transport.js";

const SAYS = { a: "A, the original", d: "The difference of A and B alone" };

class SongPage extends LitElement {
  static properties = { song: {}, chosen: { state: true }, open: { state: true }, playing: { state: true }, seconds: { state: true },
    region: { state: true }, looping: { state: true }, music: { state: true }, at: { state: true }, spectral: { state: true },
    tick: { state: true }, blind: { state: true } };

  static styles = css`
    :host { display: grid; grid-template-rows: auto auto minmax(0, 1fr); height: 100%; min-height: 0; }
    .rooms { display: grid; grid-template-columns: minmax(0, 1fr) clamp(360px, 30vw, 620px); min-height: 0; }
    sh-timeline { min-height: 0; }
    aside { display: grid; grid-template-rows: fit-content(34%) minmax(0, 1fr); border-left: 1px solid var(--line);
      background: var(--panel); min-height: 0; }
    sh-finding-list { max-height: 34vh; } .why { overflow-y: auto; border-top: 1px solid var(--line); min-height: 0; }
    @media (max-width: 900px) { .rooms { grid-template-columns: minmax(0, 1fr); grid-template-rows: 1fr 1fr; } }
  `;

  constructor() {
    super();
    this.scope = new Scope();
    this.seconds = 0; this.playing = false; this.chosen = null; this.open = null; this.region = null; this.looping = false;
    this.music = null; this.at = 0; this.spectral = new Set(); this.tick = 0; this.blind = false; this.fitted = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.scope.listen(window, "keydown", (event) => {
      const act = actOf(event);
      if (act) { event.preventDefault(); this.act(act); }
    });
    // a button that was clicked gives its focus back, so that Space plays; one reached by keys keeps it
    this.scope.listen(this, "click", (event) => { if (event.detail > 0) event.composedPath()[0].closest?.("button")?.blur(); });
    this.scope.everyFrame(() => {
      if (!this.listening) return;
      const { player } = this.listening;
      const seconds = Math.round((player.songFrame() / this.song.rate) * 10) / 10;
      if (seconds !== this.seconds) this.seconds = seconds;
      if (this.playing !== player.playing) this.playing = player.playing;
    });
  }

  disconnectedCallback() { super.disconnectedCallback(); this.scope.end(); this.listening?.close(); }

  willUpdate(changes) {
    if (!changes.has("song")) return;
    if (changes.get("song")?.id !== this.song.id) { this.#opened(); return; }
    this.chosen = this.song.findings.find((f) => f.id === this.chosen?.id) ?? this.song.findings[0] ?? null;
    if (!this.moves.some((move) => move.id === this.open)) this.open = this.moves[0]?.id ?? null;
    this.listening.renew(this.song);
  }

  #opened() {
    this.listening?.close();
    this.listening = new Listening(this.song, () => { this.tick += 1; }, (sentence) => this.say(sentence));
    Object.assign(this, { chosen: this.song.findings[0] ?? null, region: null, looping: false, music: null, at: 0, spectral: new Set() });
    this.open = this.moves[0]?.id ?? null;
    this.#hearMusic(this.song.id);
  }

  async #hearMusic(id) {
    try {
      const music = await get(`songs/${id}/music`);
      if (this.song.id === id) this.music = music;
    } catch (error) {
      if (this.song.id !== id || !this.isConnected) return;
      if (error instanceof Later) setTimeout(() => this.#hearMusic(id), 700);
      else this.say(error.message);
    }
  }

  updated() {
    const timeline = this.part("sh-timeline");
    timeline.position = () => this.listening?.player.songFrame() ?? 0;
    timeline.following = () => this.listening?.player.playing;
  }

  /** @param {string} selector */
  part(selector) { return this.renderRoot.querySelector(selector); }

  say(text) { this.dispatchEvent(new CustomEvent("say", { detail: text, bubbles: true, composed: true })); }

  /** What an act of a key or a button does. @param {string} act */
  async act(act) {
    try { await actsOf(this)[act]?.(); } catch (error) { this.say(error.message); }
  }

  async decide(body) {
    try { await post(`songs/${this.song.id}/decide`, body); } catch (error) { this.say(error.message); }
  }

  hear(mode) {
    if (this.blind) return;
    this.listening.hear(mode);
    const { trial, other } = this.listening;
    this.say(SAYS[mode] ?? (mode === "b" ? `B, ${trial?.what ?? "with the accepted moves"}` : other?.what ?? "Nothing is chosen beside A and B."));
  }

  /** Everything that can stand beside A and B. */
  get others() {
    const { mix, references, takes = [], stems } = this.song;
    return [
      ...(mix && stems.length ? [{ hear: "mix", what: `${mix} (rough mix)` }] : []),
      ...references.map((name) => ({ hear: `reference:${name}`, what: `${name} (reference)` })),
      ...takes.map((name) => ({ hear: `take:${name}`, what: `Take ${Number(name)}` })),
      ...this.moves.map((move, index) => ({ hear: `move:${move.id}`, what: `Move ${index + 1} alone` })),
    ];
  }

  async beside(hear) {
    await this.listening.hearOther(hear, this.others.find((row) => row.hear === hear)?.what ?? "");
    if (hear) this.hear("c");
  }

  nextOther() {
    const rows = this.others;
    if (!rows.length) { this.say("There is nothing to hear beside A and B."); return; }
    const at = rows.findIndex((row) => row.hear === this.listening.other?.hear);
    this.beside(rows[(at + 1) % rows.length].hear);
  }

  soloFinding() {
    const on = this.listening.soloed.size > 0;
    const names = on ? [] : this.chosen?.stems ?? [];
    this.listening.soloOnly(this.song.stems.flatMap((stem, index) => (names.includes(stem.name) ? [index] : [])));
    this.say(names.length ? `${names.join(" and ")} alone.` : "All stems.");
  }

  toggleLoop() {
    this.looping = !this.looping && Boolean(this.region ?? this.chosen);
    this.listening.loop(this.looping ? this.region ?? loopOf(this.chosen) : null);
  }

  /** @param {[number, number] | null} spanS */
  mark(spanS) {
    this.region = spanS;
    if (this.looping) {
      this.looping = Boolean(spanS);
      this.listening.loop(spanS);
    }
  }

  choose(id) {
    this.chosen = this.song.findings.find((f) => f.id === id) ?? null;
    if (!this.chosen) return;
    this.open = this.moves[0]?.id ?? null;
    const span = loopOf(this.chosen);
    this.part("sh-timeline").show(...span);
    if (this.looping) { this.region = null; this.listening.loop(span); } else this.listening.player.seek(span[0] * this.song.rate);
    this.say(this.chosen.text);
  }

  step(by) {
    const list = this.song.findings;
    if (!list.length) return;
    const at = list.findIndex((f) => f.id === this.chosen?.id);
    this.choose(list[(at + by + list.length) % list.length].id);
  }

  stepMove(by) {
    if (!this.moves.length) return;
    const at = this.moves.findIndex((move) => move.id === this.open);
    this.open = this.moves[(at + by + this.moves.length) % this.moves.length].id;
    this.say(this.moves.find((move) => move.id === this.open).text);
  }

  /** @param {number} index */
  toLane(index) {
    const timeline = this.part("sh-timeline");
    const lane = timeline.lanes[index];
    if (!lane) return;
    this.at = index;
    timeline.reveal(index);
    this.say(`${lane.name}, ${lane.says}`);
  }

  toggleSpectral(index) {
    const of = this.part("sh-timeline").lanes[index]?.of;
    if (!of) return;
    const seen = new Set(this.spectral);
    if (!seen.delete(of)) seen.add(of);
    this.spectral = seen;
  }

  #lane({ act, index }) {
    const lane = this.part("sh-timeline").lanes[index];
    if (act === "choose") this.toLane(index);
    if (act === "solo") this.listening.toggle("soloed", lane.stem);
    if (act === "mute") this.listening.toggle("muted", lane.stem);
    if (act === "sees") this.toggleSpectral(index);
  }

  get moves() {
    return this.chosen ? this.song.moves.filter((move) => move.because.includes(this.chosen.id)) : [];
  }

  #timeline() {
    const { listening } = this;
    return html`<sh-timeline .song=${this.song} .chosen=${this.chosen} .music=${this.music} .soloed=${listening.soloed} .muted=${listening.muted}
      .spectral=${this.spectral} .at=${this.at} .region=${this.region} ?looping=${this.looping} .hears=${listening.hears} ?quiet=${this.playing}
      @seek=${(event) => listening.player.seek(event.detail)} @choose=${(event) => this.choose(event.detail)}
      @region=${(event) => this.mark(event.detail)} @lane=${(event) => this.#lane(event.detail)}
      @note=${(event) => this.part("sh-note-form").edit(event.detail)}></sh-timeline>`;
  }

  #why() {
    return html`<div class="why" @seek=${(event) => this.listening.player.seek(event.detail)} @try=${(event) => this.listening.hearTrial(event.detail, "the move under trial")}>
      ${this.chosen ? html`<sh-finding-detail .song=${this.song} .finding=${this.chosen}
        @hear=${() => { if (!this.looping) this.toggleLoop(); this.listening.player.play(); }}
        @alone=${() => this.soloFinding()}></sh-finding-detail>` : ""}
      ${this.moves.map((move) => html`<sh-move-card .song=${this.song} .move=${move} .span=${this.chosen} ?open=${move.id === this.open}
        @open=${() => { this.open = move.id; }}></sh-move-card>`)}
      ${this.song.intents.length + this.song.comments.length ? html`<sh-note-list .song=${this.song}
        @note=${(event) => this.part("sh-note-form").edit(event.detail)}></sh-note-list>` : ""}
      ${this.song.history.length ? html`<sh-history-list .history=${this.song.history}
        @decide=${(event) => this.decide(event.detail)}></sh-history-list>` : ""}
      <sh-take-list .song=${this.song} @beside=${(event) => this.beside(event.detail)}></sh-take-list></div>`;
  }

  render() {
    const bar = barAt(this.music, this.seconds);
    const place = { seconds: this.seconds, bar: bar ? `${bar.bar}.${bar.beat}` : "" };
    return html`
      <sh-transport .listening=${this.listening} .tick=${this.tick} ?playing=${this.playing} ?looping=${this.looping} .place=${place}
        ?running=${this.song.running} .others=${this.others} .foundBand=${this.chosen?.band_hz} ?blind=${this.blind}
        @act=${(event) => this.act(event.detail)} @other=${(event) => this.beside(event.detail)}
        @way=${(event) => this.listening.listenIn(event.detail)} @band-alone=${(event) => this.listening.soloBand(event.detail)}></sh-transport>
      <sh-blind-test .listening=${this.listening} @blind=${(event) => { this.blind = event.detail; }}></sh-blind-test>
      <div class="rooms">${this.#timeline()}
        <aside aria-label="Findings and moves" @act=${(event) => this.act(event.detail)}>
          <sh-finding-list .findings=${this.song.findings} .chosen=${this.chosen} ?heard=${this.song.heard}
            @choose=${(event) => this.choose(event.detail)}></sh-finding-list>${this.#why()}</aside>
      </div>
      <sh-note-form .song=${this.song}></sh-note-form>
      <sh-help-sheet></sh-help-sheet>`;
  }
}
customElements.define("sh-song-page", SongPage);
