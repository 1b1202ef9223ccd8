// Tools: every tool by its form; what it proposes joins the song's moves.
import { css, html } from "../vendor/lit.js";
import { WorkPage } from "./work.js";

class ToolsPage extends WorkPage {
  static properties = { chosen: { state: true } };

  static styles = [...WorkPage.look, css`
    .tool { display: grid; grid-template-columns: 96px minmax(0, 1fr); gap: var(--s2); align-items: baseline; }
    .tool button { text-align: left; }
    h2 + p, form + h2 { margin-top: var(--s2); }
  `];

  render() {
    const tool = this.tool(this.chosen) ?? this.tools[0];
    const result = this.results.tool;
    return html`${this.bar()}<div class="page">
      <section aria-label="Tools">
        <h2>Tools</h2>
        <ul>${this.tools.map((one) => html`<li class="tool"><button aria-pressed=${one.name === tool?.name}
          @click=${() => { this.chosen = one.name; }}>${one.name}</button><span>${one.summary}</span></li>`)}</ul>
      </section>
      ${tool ? html`<section aria-label="Settings of ${tool.name}">
        <h2>${tool.name}</h2>
        <p>${tool.summary} ${tool.needs === "song" ? "It hears the stems." : "It hears the mix with the accepted moves."}</p>
        <sh-tool-form .tool=${tool} ?busy=${this.running} @run-tool=${(event) => this.run(tool.name, event.detail)}></sh-tool-form>
        ${result?.tool === tool.name ? html`<h2>Facts</h2>${this.#facts(result.facts)}` : ""}
      </section>
      <div class="wide">${this.proposals(tool.name)}</div>` : ""}
    </div>`;
  }

  #facts(facts) {
    const plain = Object.entries(facts).filter(([, value]) => value === null || typeof value !== "object");
    return plain.length ? html`<table><tbody>${plain.map(([name, value]) => html`<tr><td>${name.replaceAll("_", " ")}</td>
      <td>${value ?? "–"}</td></tr>`)}</tbody></table>` : html`<p>None beyond what it found.</p>`;
  }
}
customElements.define("sh-tools-page", ToolsPage);
