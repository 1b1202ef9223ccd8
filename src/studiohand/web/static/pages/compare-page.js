// Compare: mix and references, section by section, to see and to hear.
import { html } from "../vendor/lit.js";
import "../parts/compare-view.js";
import "../parts/reference-list.js";
import { WorkPage } from "./work.js";

class ComparePage extends WorkPage {
  static styles = WorkPage.look;

  render() {
    const compared = this.results.compare;
    return html`${this.bar()}<div class="page">
      <section class="wide" aria-label="Comparison">
        <h2>Mix and references</h2>
        <p>Each spectrum is held against its own mean, so that louder and quieter records lie over each other.</p>
        <div class="row"><button ?disabled=${this.running} @click=${() => this.ask("compare")}>${compared ? "Compare again" : "Compare"}</button></div>
        <sh-compare-view .compared=${compared}></sh-compare-view>
      </section>
      <section class="wide" aria-label="References" @hear-reference=${(event) => this.listening.hearOther(`reference:${event.detail}`, event.detail)}>
        <h2>References</h2>
        <sh-reference-list .song=${this.song} .hears=${this.listening?.other?.hear}></sh-reference-list>
      </section>
    </div>`;
  }
}
customElements.define("sh-compare-page", ComparePage);
