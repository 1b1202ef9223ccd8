// Decisions as a list; any one can be undone, in any order.
import { LitElement, css, html } from "../vendor/lit.js";

class HistoryList extends LitElement {
  static properties = { decisions: {} };

  static styles = css`
    :host { display: block; padding: var(--s2) var(--s3); }
    h2 { font-size: 12px; color: var(--soft); margin: 0 0 var(--s1); font-weight: 600; }
    ol { margin: 0; padding: 0; list-style: none; }
    li { display: flex; gap: var(--s2); padding: 2px 0; align-items: baseline; }
    li.undone span { text-decoration: line-through; color: var(--soft); }
    button { font: inherit; color: inherit; background: none; border: 1px solid var(--line); border-radius: 4px; cursor: pointer;
      margin-left: auto; }
    :focus-visible { outline: 2px solid var(--a); }
  `;

  render() {
    const undo = (number) => this.dispatchEvent(new CustomEvent("undo", { detail: number, bubbles: true, composed: true }));
    return html`<h2>Decisions</h2><ol>${(this.decisions ?? []).map((d) => html`<li class=${d.undone ? "undone" : ""}>
      <span>${d.number}. ${d.verdict}${d.verdict === "refused" ? "" : ` at ${d.amount_percent} %`}: ${d.text} ${d.why ? `(${d.why})` : ""}</span>
      ${d.undone ? "" : html`<button aria-label="Undo decision ${d.number}" @click=${() => undo(d.number)}>Undo</button>`}</li>`)}</ol>`;
  }
}
customElements.define("sh-history-list", HistoryList);
