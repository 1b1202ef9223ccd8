// Every key of the desk, read off the one table.
import { LitElement, css, html } from "../vendor/lit.js";
import { SHORTCUTS } from "../lib/shortcuts.js";

class HelpSheet extends LitElement {
  static styles = css`
    dialog { background: var(--panel); color: var(--text); border: 1px solid var(--line); border-radius: 6px; padding: var(--s4); }
    table { border-collapse: collapse; } th, td { text-align: left; padding: 2px var(--s3) 2px 0; font-weight: 400; }
    kbd { font: var(--mono); border: 1px solid var(--line); border-radius: 3px; padding: 0 5px; }
    h2 { font-size: 14px; margin: 0 0 var(--s2); }
    button { font: inherit; margin-top: var(--s3); }
  `;

  show() { this.renderRoot.querySelector("dialog").showModal(); }

  render() {
    return html`<dialog aria-labelledby="keys"><h2 id="keys">Keys</h2>
      <table><tbody>${SHORTCUTS.map((s) => html`<tr><th scope="row"><kbd>${s.shown}</kbd></th><td>${s.says}</td></tr>`)}</tbody></table>
      <form method="dialog"><button>Close</button></form></dialog>`;
  }
}
customElements.define("sh-help-sheet", HelpSheet);
