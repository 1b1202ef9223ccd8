// The player of the pages beside the song page: play, place, A, B, difference, what stands beside them, level match.
import { LitElement, css, html } from "../vendor/lit.js";
import { clock, decibels } from "../lib/axes.js";
import { Scope } from "../lib/scope.js";
import { control } from "./look.js";

class AbBar extends LitElement {
  static properties = { listening: {}, song: {}, tick: {}, seconds: { state: true }, playing: { state: true } };

  static styles = [control, css`
    :host { display: flex; gap: var(--s1) var(--s3); align-items: center; flex-wrap: wrap; padding: var(--s1) var(--s3);
      background: var(--panel); border-bottom: 1px solid var(--line); }
    .a[aria-pressed="true"] { color: var(--a); } .b[aria-pressed="true"] { color: var(--b); }
    .d[aria-pressed="true"] { color: var(--delta); } .c[aria-pressed="true"] { color: var(--good); }
    .main { min-width: 34px; }
    .group { display: inline-flex; gap: 2px; align-items: center; }
    .time { font: var(--mono); min-width: 60px; }
    input[type="range"] { width: min(34vw, 420px); padding: 0; accent-color: var(--a); }
    small { color: var(--soft); font-variant-numeric: tabular-nums; }
  `];

  constructor() { super(); this.scope = new Scope(); this.seconds = 0; this.playing = false; }

  connectedCallback() {
    super.connectedCallback();
    this.scope.everyFrame(() => {
      const player = this.listening?.player;
      if (!player) return;
      const seconds = Math.round((player.songFrame() / this.song.rate) * 10) / 10;
      if (seconds !== this.seconds) this.seconds = seconds;
      if (this.playing !== player.playing) this.playing = player.playing;
    });
  }

  disconnectedCallback() { super.disconnectedCallback(); this.scope.end(); }

  #offset() {
    const { matched, offsets, mode, other } = this.listening;
    if (mode === "c" && other?.playedAtDb !== undefined) return `${other.what}: ${decibels(other.playedAtDb)}`;
    if (!matched) return "levels as they are";
    return mode === "c" && other ? `${other.what} ${decibels(offsets.C)}` : `B ${decibels(offsets.B)}`;
  }

  render() {
    if (!this.listening) return html``;
    const { player, mode, other, matched } = this.listening;
    const one = (name, label, says) => html`<button class="main ${name}" aria-pressed=${mode === name} title=${says} aria-label=${says}
      @click=${() => this.listening.hear(name)}>${label}</button>`;
    return html`
      <button class="main" aria-label=${this.playing ? "Pause" : "Play"}
        @click=${() => (player.playing ? player.pause() : player.play())}>${this.playing ? "❚❚" : "▶"}</button>
      <span class="time">${clock(this.seconds)}</span>
      <input type="range" min="0" max=${this.song.frames / this.song.rate} step="0.1" .value=${String(this.seconds)}
        aria-label="Place in the song" aria-valuetext=${clock(this.seconds)}
        @input=${(event) => player.seek(Number(event.target.value) * this.song.rate)}>
      <span class="group" role="group" aria-label="What is heard">
        ${one("a", "A", "A: the original")}${one("b", "B", "B: with the moves")}${one("d", "Δ", "Δ: the difference alone")}
        ${other ? one("c", "V", `V: ${other.what}`) : ""}</span>
      <button aria-pressed=${matched} @click=${() => this.listening.match(!matched)}>Level match</button>
      <small>${this.#offset()}</small>`;
  }
}
customElements.define("sh-ab-bar", AbBar);
