// The side panel: pages, fields, and the words each field rests on.

import { attempt, byId, get, make, named, post } from "./page.js";

const LABELS = {
  title: "Title", authors: "Authors", year: "Year", category: "Category", subtitle: "Subtitle",
  publisher: "Publisher", series: "Series", series_index: "Number in the series", isbn: "ISBN",
  language: "Language", doi: "DOI",
};
const ALWAYS = new Set(["title", "authors", "year", "category"]);

export class Panel {
  /**
   * @param onClose is called when the person closes it
   */
  constructor(onClose) {
    this.element = byId("panel");
    this.onClose = onClose;
    this.key = ""; // of what is shown, or on its way
    this.file = ""; // of whose fields are drawn
    this.drawing = null;
  }

  get isOpen() {
    return !this.element.hidden;
  }

  close() {
    this.element.hidden = true;
    this.key = this.file = "";
    this.onClose();
  }

  /** Show a file, unless it is shown already as it is now. */
  async show(rows, row, focus = "") {
    if (!row) return this.close();
    const key = `${rows.scan} ${row.row} ${row.new_name} ${row.corrected}`;
    this.element.hidden = false;
    if (key !== this.key) {
      this.key = key;
      this.drawing = this.load(rows, row, key);
    }
    await this.drawing;
    if (focus && key === this.key) this.element.querySelector(`[name="${focus}"]`)?.select();
  }

  async load(rows, row, key) {
    const file = `${rows.scan}/${row.row}`;
    // Until the file is shown, what is typed would go to the one that was shown before.
    if (file !== this.file) this.element.inert = true;
    let details;
    const came = await attempt(async () => {
      details = await get(`/api/files/${file}`);
    });
    if (this.key !== key) return;
    this.element.inert = false;
    if (!came) return this.close();
    this.file = file;
    const typed = this.typed();
    this.draw(rows, row, details);
    if (typed) this.restore(typed);
  }

  /** The field that has the focus, with what is typed in it and not saved yet. */
  typed() {
    const input = this.element.querySelector("input:focus");
    return input && { name: input.name, text: input.value === input.defaultValue ? null : input.value };
  }

  restore({ name, text }) {
    const input = this.element.querySelector(`[name="${name}"]`);
    if (!input) return;
    input.closest("details")?.setAttribute("open", "");
    input.focus();
    if (text === null) input.select();
    else input.value = text;
  }

  draw(rows, row, details) {
    const close = make("button", { type: "button", kind: "quiet close", text: "×", "aria-label": "Close", onclick: () => this.close() });
    const fields = details.fields
      .filter(({ field, value }) => details.can_be_corrected && (value || ALWAYS.has(field)))
      .map((field) => this.field(rows, row, field));
    const more = details.fields.filter(({ field, value }) => !value && !ALWAYS.has(field));
    this.element.replaceChildren(
      make("div", { kind: "panel-head" }, make("h2", {}, named(row.name)), close),
      make("p", { kind: "path" }, named(details.path)),
      this.pages(rows, row, details),
      row.new_name
        ? make("p", { kind: "becomes" }, make("span", { kind: "label", text: "New name" }), named(row.new_name))
        : null ?? "",
      row.reason ? make("p", { kind: "why", text: row.reason }) : "",
      ...details.sidecars.map((one) =>
        make("p", { kind: "with" }, "with ", named(one.name)),
      ),
      make("div", { kind: "fields" }, ...fields),
      details.can_be_corrected && more.length
        ? make("details", {}, make("summary", { text: "Other fields" }), ...more.map((field) => this.field(rows, row, field)))
        : "",
      ...this.others(details),
    );
  }

  /** The first page, large, and buttons for the others. */
  pages(rows, row) {
    let at = 0;
    const picture = make("img", { kind: "sheet", alt: `Page 1 of ${row.name}` });
    const words = make("span", { kind: "faint" });
    const turn = (by) => () => load(at + by);
    const back = make("button", { type: "button", text: "‹", "aria-label": "Page before", onclick: turn(-1) });
    const on = make("button", { type: "button", text: "›", "aria-label": "Next page", onclick: turn(1) });
    const box = make("div", { kind: "pages", hidden: true }, picture, make("div", { kind: "turning" }, back, words, on));
    const load = async (to) => {
      const response = await fetch(`/pages/${rows.scan}/${row.row}/${to}/large`).catch(() => null);
      if (response?.status !== 200) return;
      const pages = Number(response.headers.get("X-Pages"));
      const url = URL.createObjectURL(await response.blob());
      picture.onload = () => URL.revokeObjectURL(url);
      picture.src = url;
      picture.alt = `Page ${to + 1} of ${row.name}`;
      at = to;
      words.textContent = `${to + 1} of ${pages}`;
      back.disabled = to === 0;
      on.disabled = to + 1 >= pages;
      back.parentElement.hidden = pages < 2;
      box.hidden = false;
    };
    load(0);
    return box;
  }

  /** What other models said, as far as the cache has it. */
  others({ others }) {
    return others.map(({ model, fields }) =>
      make(
        "details",
        {},
        make("summary", { text: `What ${model} said` }),
        make("dl", { kind: "said" }, ...fields.flatMap(({ field, value }) => [make("dt", { text: LABELS[field] }), make("dd", {}, named(value))])),
      ),
    );
  }

  field(rows, row, { field, value, evidence }) {
    const id = `field-${field}`;
    const input = make("input", { id, name: field, dir: "auto", autocomplete: "off", spellcheck: false });
    input.defaultValue = value;
    const save = async () => {
      if (input.value.trim() === value) return;
      const said = { scan: rows.scan, row: row.row, field, text: input.value };
      const isSaved = await attempt(() => post("/api/correct", said));
      if (!isSaved) input.setAttribute("aria-invalid", "true");
    };
    input.addEventListener("change", save);
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") {
        input.value = value;
        input.blur();
      }
      if (event.key === "Enter" || event.key === "Escape") byId("grid").focus();
    });
    return make(
      "div",
      { kind: "pair" },
      make("label", { for: id, text: LABELS[field] + (field === "authors" ? " (parted by ;)" : "") }),
      input,
      evidence ? make("q", { text: evidence, dir: "auto" }) : "",
    );
  }
}
