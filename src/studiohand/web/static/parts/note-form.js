// Writing on the timeline: an intent on a span, or a comment at a moment.
import { LitElement, css, html } from "../vendor/lit.js";
import { post } from "../lib/api.js";
import { control } from "./look.js";

class NoteForm extends LitElement {
  static properties = { song: {}, note: { state: true } };

  static styles = [control, css`
    dialog { background: var(--panel); color: var(--text); border: 1px solid var(--line); border-radius: 6px; padding: var(--s4);
      width: min(520px, 94vw); }
    dialog::backdrop { background: rgb(0 0 0 / 0.5); }
    h2 { font-size: 14px; margin: 0 0 var(--s2); } p { color: var(--soft); margin: 0 0 var(--s2); }
    label { display: flex; gap: var(--s2); align-items: center; margin: var(--s1) 0; }
    textarea { width: 100%; min-height: 56px; resize: vertical; }
    input[type="number"] { width: 96px; }
    fieldset { border: 1px solid var(--line); border-radius: 4px; max-height: 150px; overflow-y: auto; columns: 2; margin: var(--s2) 0; }
    legend { color: var(--soft); padding: 0 4px; }
    .row { display: flex; gap: var(--s2); margin-top: var(--s3); } .push { margin-left: auto; }
  `];

  /** A new note. @param {"intent"|"comment"} kind @param {[number, number | null] | null} spanS @param {number} [stem] */
  write(kind, spanS, stem) {
    const [start, end] = spanS ?? [0, null];
    const stems = kind === "intent" && stem !== undefined ? [this.song.stems[stem].name] : [];
    this.#show({ kind, id: "", words: "", start_s: start, end_s: end, at_s: start, stems, blend: false, locked: false });
  }

  /** A note that stands. */
  edit(note) {
    if (note.id === "") { this.#tell("say", "That intent stands in song.toml; change it there."); return; }
    this.#show({ ...note, kind: "at_s" in note ? "comment" : "intent" });
  }

  async #show(note) {
    this.note = note;
    await this.updateComplete;
    this.renderRoot.querySelector("dialog").showModal();
    this.renderRoot.querySelector("textarea").focus();
  }

  #tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true })); }

  #field(name) { return this.renderRoot.querySelector(`[name=${name}]`); }

  async #save(event) {
    event.preventDefault();
    const { kind, id } = this.note;
    const time = (name) => (this.#field(name).value === "" ? null : Number(this.#field(name).value));
    const body = kind === "comment" ? { kind, id, words: this.#field("words").value, at_s: time("start_s") ?? 0 }
      : { kind, id, words: this.#field("words").value, start_s: time("start_s") ?? 0, end_s: time("end_s"),
        stems: [...this.renderRoot.querySelectorAll("[name=stem]:checked")].map((box) => box.value),
        blend: this.#field("blend").checked, locked: this.#field("locked").checked };
    await this.#send("notes", body, kind === "comment" ? "The comment stands." : "The intent stands; listen again and it is heard.");
  }

  async #send(path, body, said) {
    try {
      await post(`songs/${this.song.id}/${path}`, body);
      this.renderRoot.querySelector("dialog").close();
      this.#tell("say", said);
    } catch (error) { this.#tell("say", error.message); this.#field("error").textContent = error.message; }
  }

  #intent(note) {
    const box = (name, label) => html`<label><input type="checkbox" name=${name} .checked=${note[name]}> ${label}</label>`;
    return html`<label>until <input type="number" name="end_s" step="any" min="0" .value=${note.end_s === null ? "" : note.end_s.toFixed(2)}> s (empty: to the end)</label>
      <fieldset><legend>Stems (none: all of them)</legend>
        ${this.song.stems.map((stem) => html`<label><input type="checkbox" name="stem" value=${stem.name} .checked=${note.stems.includes(stem.name)}> ${stem.name}</label>`)}</fieldset>
      ${box("blend", "They are meant to hide one another here")}
      ${box("locked", "Locked: no move may touch these stems")}`;
  }

  render() {
    const note = this.note;
    if (!note) return html`<dialog></dialog>`;
    return html`<dialog aria-labelledby="title"><form @submit=${this.#save}>
      <h2 id="title">${note.id ? "Change" : "Write"} ${note.kind === "intent" ? "an intent" : "a comment"}</h2>
      <p>${note.kind === "intent" ? "What you mean to do here, in your words. It is heard when the song is listened to." : "Words at this moment."}</p>
      <textarea name="words" aria-label="Words" maxlength="500" required .value=${note.words}></textarea>
      <label>${note.kind === "intent" ? "from" : "at"} <input type="number" name="start_s" step="any" min="0" required
        .value=${(note.kind === "intent" ? note.start_s : note.at_s).toFixed(2)}> s</label>
      ${note.kind === "intent" ? this.#intent(note) : ""}
      <output name="error"></output>
      <div class="row"><button type="submit">Save</button>
        <button type="button" @click=${() => this.renderRoot.querySelector("dialog").close()}>Cancel</button>
        ${note.id ? html`<button type="button" class="push" @click=${() => this.#send("notes/withdraw", { id: note.id }, "The note is taken back.")}>Take it back</button>` : ""}
      </div></form></dialog>`;
  }
}
customElements.define("sh-note-form", NoteForm);
