// The form of any tool, generated from the schema of its settings: range, unit, default and sentence of each.
import { LitElement, css, html } from "../vendor/lit.js";
import { control } from "./look.js";

/** The type behind optionals and references. @param {any} field @param {any} schema */
function resolved(field, schema) {
  const inner = (field.anyOf ?? field.allOf)?.find((option) => option.type !== "null");
  if (inner) return { ...resolved(inner, schema), default: field.default, description: field.description, unit: field.unit };
  if (field.$ref) return { ...schema.$defs[field.$ref.split("/").pop()], ...field };
  return field;
}

class ToolForm extends LitElement {
  static properties = { tool: {}, busy: { type: Boolean }, verb: {}, given: { state: true } };

  static styles = [control, css`
    :host { display: block; }
    form { display: grid; gap: var(--s2); }
    .field { display: grid; grid-template-columns: 130px 150px minmax(0, 1fr); gap: var(--s1) var(--s2); align-items: center; }
    .field small { color: var(--soft); }
    .value { display: inline-flex; gap: var(--s1); align-items: center; color: var(--soft); }
    input[type="number"] { width: 96px; } input[type="text"], select { width: 146px; }
    .row { display: flex; gap: var(--s2); align-items: center; }
    button.main { border-color: var(--a); }
    @media (max-width: 900px) { .field { grid-template-columns: 110px minmax(0, 1fr); } .field small { grid-column: 1 / -1; } }
  `];

  constructor() { super(); this.given = {}; this.verb = "Run"; }

  willUpdate(changes) {
    if (changes.has("tool") && changes.get("tool")?.name !== this.tool?.name) this.given = {};
  }

  /** What differs from the defaults; the server checks it. */
  get values() { return this.given; }

  #set(name, value) {
    const { [name]: before, ...rest } = this.given;
    this.given = value === null ? rest : { ...rest, [name]: value };
  }

  #number(name, field) {
    const { minimum, maximum } = field;
    return html`<span class="value"><input id=${name} type="number" step="any" min=${minimum ?? ""} max=${maximum ?? ""}
      placeholder=${field.default ?? "none"} .value=${String(this.given[name] ?? "")} aria-describedby="${name}-says"
      @change=${(event) => this.#set(name, event.target.value === "" ? null : Number(event.target.value))}>${field.unit ?? ""}</span>`;
  }

  #choice(name, field) {
    return html`<select id=${name} aria-describedby="${name}-says" @change=${(event) => this.#set(name, event.target.value)}>
      ${field.enum.map((option) => html`<option ?selected=${option === (this.given[name] ?? field.default)}>${option}</option>`)}</select>`;
  }

  #words(name, field) {
    const numbers = field.items?.type === "number" || field.prefixItems?.[0]?.type === "number";
    const parsed = (text) => text.split(",").map((word) => word.trim()).filter(Boolean).map((word) => (numbers ? Number(word) : word));
    return html`<input id=${name} type="text" autocomplete="off" placeholder="a, b, c" aria-describedby="${name}-says"
      .value=${(this.given[name] ?? []).join(", ")}
      @change=${(event) => this.#set(name, event.target.value.trim() ? parsed(event.target.value) : null)}>`;
  }

  #control(name, field) {
    if (field.enum) return this.#choice(name, field);
    if (field.type === "boolean") {
      return html`<input id=${name} type="checkbox" ?checked=${this.given[name] ?? field.default} aria-describedby="${name}-says"
        @change=${(event) => this.#set(name, event.target.checked)}>`;
    }
    if (field.type === "array") return this.#words(name, field);
    if (field.type === "string") {
      return html`<input id=${name} type="text" autocomplete="off" .value=${this.given[name] ?? ""} aria-describedby="${name}-says"
        @change=${(event) => this.#set(name, event.target.value || null)}>`;
    }
    return this.#number(name, field);
  }

  #field([name, declared]) {
    const field = resolved(declared, this.tool.schema);
    const range = field.minimum === undefined ? "" : ` ${field.minimum} to ${field.maximum}${field.unit ? ` ${field.unit}` : ""}.`;
    return html`<div class="field"><label for=${name}>${name.replaceAll("_", " ")}</label>${this.#control(name, field)}
      <small id="${name}-says">${field.description ?? ""}${range}</small></div>`;
  }

  #submitted(event) {
    event.preventDefault();
    this.dispatchEvent(new CustomEvent("run-tool", { detail: this.values, bubbles: true, composed: true }));
  }

  render() {
    if (!this.tool) return html``;
    return html`<form aria-label="Settings of ${this.tool.name}" @submit=${this.#submitted}>
      ${Object.entries(this.tool.schema.properties ?? {}).map((entry) => this.#field(entry))}
      <div class="row"><button class="main" ?disabled=${this.busy}>${this.verb}</button><slot></slot></div>
    </form>`;
  }
}
customElements.define("sh-tool-form", ToolForm);
