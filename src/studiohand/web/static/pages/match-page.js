// Match: the mix towards its references, a move for each dimension, each with an amount of its own.
import { html } from "../vendor/lit.js";
import "../parts/compare-view.js";
import "../parts/reference-list.js";
import { WorkPage } from "./work.js";

class MatchPage extends WorkPage {
  static styles = WorkPage.look;

  render() {
    const compared = this.results.compare;
    return html`${this.bar()}<div class="page">
      <section aria-label="References" @hear-reference=${(event) => this.listening.hearOther(`reference:${event.detail}`, event.detail)}>
        <h2>References</h2>
        ${this.song.references.length ? "" : html`<p>Add finished records whose sound this song should come nearer to.</p>`}
        <sh-reference-list .song=${this.song} .hears=${this.listening?.other?.hear}></sh-reference-list>
      </section>
      <section aria-label="How far">
        <h2>How far</h2>
        <sh-tool-form .tool=${this.tool("match")} verb="Propose moves" ?busy=${this.running || !this.song.references.length}
          @run-tool=${(event) => this.run("match", event.detail)}>
          <button type="button" ?disabled=${this.running} @click=${() => this.ask("compare")}>Compare</button>
        </sh-tool-form>
      </section>
      ${compared ? html`<section class="wide" aria-label="Comparison"><h2>Mix and references</h2>
        <sh-compare-view .compared=${compared}></sh-compare-view></section>` : ""}
      <div class="wide">${this.proposals("match")}</div>
    </div>`;
  }
}
customElements.define("sh-match-page", MatchPage);
