// Files: takes and deliveries to drag out or save, and the findings as marker lists.
import { html } from "../vendor/lit.js";
import { get } from "../lib/api.js";
import { WorkPage } from "./work.js";

const SAYS = { csv: "a table", reaper: "Reaper regions", audacity: "Audacity labels" };

class FilesPage extends WorkPage {
  static properties = { held: { state: true } };

  static styles = WorkPage.look;

  willUpdate(changes) {
    super.willUpdate(changes);
    if (changes.has("song")) this.#load();
  }

  async #load() {
    try { this.held = await get(`songs/${this.song.id}/files`); } catch (error) { this.say(error.message); }
  }

  #address(folder, name) { return `/api/songs/${this.song.id}/files/${folder}/${name.split("/").map(encodeURIComponent).join("/")}`; }

  /** Lets a file be dragged onto the desktop or into a DAW, where the browser can. */
  #dragged(event, folder, name) {
    const address = new URL(this.#address(folder, name), location.href);
    event.dataTransfer.setData("DownloadURL", `application/octet-stream:${name.split("/").at(-1)}:${address}`);
  }

  #row(folder, file) {
    return html`<tr><td><a download draggable="true" href=${this.#address(folder, file.name)}
      @dragstart=${(event) => this.#dragged(event, folder, file.name)}>${file.name}</a></td>
      <td>${(file.bytes / 1e6).toFixed(file.bytes < 1e6 ? 3 : 1)} MB</td></tr>`;
  }

  render() {
    return html`${this.bar()}<div class="page">
      <section class="wide" aria-label="Findings as markers"><h2>Findings as markers</h2>
        <div class="row">${(this.held?.markers ?? []).map((kind) => html`
          <a download href="/api/songs/${this.song.id}/markers/${kind}">${SAYS[kind] ?? kind}</a>`)}</div></section>
      ${this.held?.folders.length === 0 ? html`<section class="wide"><p>No take yet: render one on the song page.</p></section>` : ""}
      ${(this.held?.folders ?? []).map((row) => html`<section aria-label=${row.folder}><h2>${row.folder}</h2>
        <table><tbody>${row.files.map((file) => this.#row(row.folder, file))}</tbody></table></section>`)}
    </div>`;
  }
}
customElements.define("sh-files-page", FilesPage);
