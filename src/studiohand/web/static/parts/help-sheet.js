// Every key of the desk, read off the one table.
import { LitElement, css, html } from "../vendor/lit.js";
import { SHORTCUTS } from "../lib/shortcuts.js";

const GROUPS = [...new Set(SHORTCUTS.map((entry) => entry.group))];

class HelpSheet extends LitElement {
  static styles = css`
    dialog { background: var(--panel); color: var(--text); border: 1px solid var(--line); border-radius: 6px; padding: var(--s4);
      max-width: min(1040px, 94vw); max-height: 92vh; overflow-y: auto; }
    dialog::backdrop { background: rgb(0 0 0 / 0.5); }
    .groups { columns: 2; column-gap: var(--s4); }
    section { break-inside: avoid; margin-bottom: var(--s3); }
    table { border-collapse: collapse; } th, td { text-align: left; padding: 2px var(--s2) 2px 0; font-weight: 400; vertical-align: top; }
    th { white-space: nowrap; min-width: 84px; }
    kbd { font: var(--mono); border: 1px solid var(--line); border-radius: 3px; padding: 0 5px; }
    h2 { font-size: 14px; margin: 0 0 var(--s2); } h3 { font-size: 12px; margin: 0 0 2px; color: var(--soft); }
    form { margin-top: var(--s3); }
    button { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--line); border-radius: 4px;
      padding: 3px 12px; cursor: pointer; }
    :focus-visible { outline: 2px solid var(--a); outline-offset: 1px; }
  `;

  show() { this.renderRoot.querySelector("dialog").showModal(); }

  render() {
    const rows = (group) => SHORTCUTS.filter((entry) => entry.group === group).map(
      (entry) => html`<tr><th scope="row"><kbd>${entry.shown}</kbd></th><td>${entry.says}</td></tr>`);
    return html`<dialog aria-labelledby="keys"><h2 id="keys">Keys</h2>
      <div class="groups">${GROUPS.map((group) => html`<section><h3>${group}</h3><table><tbody>${rows(group)}</tbody></table></section>`)}</div>
      <form method="dialog"><button>Close</button></form></dialog>`;
  }
}
customElements.define("sh-help-sheet", HelpSheet);
