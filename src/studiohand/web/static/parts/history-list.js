// Decisions as a list: any one can be undone, in any order, and one can go to the state after any of them.
import { LitElement, css, html, nothing } from "../vendor/lit.js";
import { control } from "./look.js";

class HistoryList extends LitElement {
  static properties = { history: {} };

  static styles = [control, css`
    :host { display: block; padding: var(--s2) var(--s3); border-bottom: 1px solid var(--line); }
    h2 { font-size: 12px; color: var(--soft); margin: 0 0 var(--s1); font-weight: 600; }
    ol { margin: 0; padding: 0; list-style: none; }
    li { display: flex; gap: var(--s1); padding: 2px 0; align-items: baseline; }
    li.undone .what { text-decoration: line-through; color: var(--soft); }
    .jump .what { color: var(--soft); font-style: italic; }
    .what { flex: 1; } .number { font: var(--mono); color: var(--soft); min-width: 2.2em; text-align: right; }
  `];

  #decide(detail) { this.dispatchEvent(new CustomEvent("decide", { detail, bubbles: true, composed: true })); }

  #decision(d) {
    return html`<li class=${d.undone ? "undone" : ""}><span class="number">${d.number}.</span>
      <span class="what">${d.verdict}${d.verdict === "refused" ? "" : ` at ${d.amount_percent} %`}: ${d.text} ${d.why ? `(${d.why})` : ""}</span>
      ${d.undone ? nothing : html`<button aria-label="Undo decision ${d.number}" @click=${() => this.#decide({ act: "undo", number: d.number })}>Undo</button>`}
      <button aria-label="Go to the state after decision ${d.number}" title="The state after decision ${d.number}"
        @click=${() => this.#decide({ act: "jump", number: d.number })}>Go to</button></li>`;
  }

  #jump(row, isLast) {
    const words = row.takes_back ? "the jump was taken back" : row.to ? `went to the state after decision ${row.to}` : "went to the beginning";
    return html`<li class="jump"><span class="number"></span><span class="what">${words}</span>
      ${isLast && !row.takes_back ? html`<button aria-label="Take the jump back" @click=${() => this.#decide({ act: "undo" })}>Take back</button>` : nothing}</li>`;
  }

  render() {
    const rows = this.history ?? [];
    return html`<h2>Decisions</h2><ol>
      <li><span class="number">0.</span><span class="what">as the stems came</span>
        <button aria-label="Go to the beginning" @click=${() => this.#decide({ act: "jump", number: 0 })}>Go to</button></li>
      ${rows.map((row, index) => (row.verdict === "jumped" ? this.#jump(row, index === rows.length - 1) : this.#decision(row)))}</ol>`;
  }
}
customElements.define("sh-history-list", HistoryList);
