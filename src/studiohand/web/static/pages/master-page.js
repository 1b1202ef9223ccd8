// Master: what would make the mix a record, what services and codecs do to it, and files for the places.
import { html } from "../vendor/lit.js";
import { get } from "../lib/api.js";
import { decibels } from "../lib/axes.js";
import { WorkPage } from "./work.js";

class MasterPage extends WorkPage {
  static properties = { known: { state: true }, chosen: { state: true }, withGuide: { state: true } };

  static styles = WorkPage.look;

  constructor() { super(); this.known = { services: [], codecs: [], places: [] }; this.chosen = new Set(); this.withGuide = false; }

  connectedCallback() {
    super.connectedCallback();
    get("places").then((known) => { this.known = known; }, (error) => this.say(error.message));
  }

  #toggle(name) {
    const chosen = new Set(this.chosen);
    if (!chosen.delete(name)) chosen.add(name);
    this.chosen = chosen;
  }

  /** Hear the song at the level at which a service plays it. */
  #simulate(row) { this.listening.hearOther("accepted", `as ${row.title} plays it`, row.gain_db ?? 0); }

  #hearCodec(sound, codec) {
    this.listening.hearOther(`${sound}:${this.results.face.key}:${codec}`, sound === "codec" ? `after ${codec}` : `what ${codec} changed`, 0);
  }

  #playback(face) {
    return html`<table><caption hidden>What services do to the level</caption>
      <thead><tr><th scope="col">service</th><th scope="col">does</th><th scope="col">known from</th><th scope="col">hear</th></tr></thead>
      <tbody>${face.playback.map((row) => html`<tr><td>${row.title}</td><td>${row.text.split(": ").at(-1)}</td><td>${row.told}, ${row.date}</td>
        <td><button aria-label="Hear as ${row.title} plays it" @click=${() => this.#simulate(row)}>Hear</button></td></tr>`)}</tbody></table>`;
  }

  #codecs(face) {
    const number = (value) => (value === null ? "–" : value.toFixed(2));
    return html`<table><caption hidden>What codecs make of it</caption>
      <thead><tr><th scope="col">codec</th><th scope="col">true peak after, dBTP</th><th scope="col">rise, dB</th><th scope="col">headroom</th><th scope="col">hear</th></tr></thead>
      <tbody>${face.codecs.map((row) => html`<tr><td>${row.codec}</td><td>${number(row.true_peak_after_dbtp)}</td><td>${number(row.rise_db)}</td>
        <td>${row.headroom_db ? decibels(row.headroom_db) : "enough"}</td>
        <td><button aria-label="Hear after ${row.codec}" @click=${() => this.#hearCodec("codec", row.codec)}>Decoded</button>
          <button aria-label="Hear what ${row.codec} changed" @click=${() => this.#hearCodec("artefacts", row.codec)}>Artefacts</button></td></tr>`)}</tbody></table>`;
  }

  #facing() {
    const face = this.results.face;
    return html`<section aria-label="Where it is played">
      <h2>Where it is played</h2>
      <p>Facts about this mix with the accepted moves, not orders.</p>
      <div class="row"><button ?disabled=${this.running} @click=${() => this.ask("face")}>Try services and codecs</button></div>
      ${face ? html`<p>The mix has ${face.integrated_lufs ?? "no"} LUFS and peaks at ${face.true_peak_dbtp ?? "–"} dBTP.</p>
        ${this.#playback(face)}${this.#codecs(face)}` : ""}
    </section>`;
  }

  #delivery() {
    const made = this.results.deliver;
    return html`<section aria-label="Deliver">
      <h2>Deliver</h2>
      <p>Files for the places, with a report and checksums, into this song's folder.</p>
      <div class="row">${this.known.places.map((place) => html`<label><input type="checkbox" ?checked=${this.chosen.has(place.name)}
        @change=${() => this.#toggle(place.name)}> ${place.title}</label>`)}</div>
      <div class="row"><label><input type="checkbox" @change=${(event) => { this.withGuide = event.target.checked; }}> although a guide is in it</label>
        <button ?disabled=${this.running || !this.chosen.size}
          @click=${() => this.ask("deliver", { places: [...this.chosen], with_guide: this.withGuide })}>Write the files</button></div>
      ${made ? html`<ul>${made.files.map((file) => html`<li><a download href="/api/songs/${this.song.id}/files/${made.folder}/${encodeURI(file)}">${file}</a></li>`)}</ul>` : ""}
    </section>`;
  }

  render() {
    return html`${this.bar()}<div class="page">
      <section aria-label="Where it should land">
        <h2>Where it should land</h2>
        <sh-tool-form .tool=${this.tool("master")} verb="Propose a master" ?busy=${this.running}
          @run-tool=${(event) => this.run("master", event.detail)}></sh-tool-form>
      </section>
      ${this.proposals("master")}
      ${this.#facing()}
      ${this.#delivery()}
    </div>`;
  }
}
customElements.define("sh-master-page", MasterPage);
