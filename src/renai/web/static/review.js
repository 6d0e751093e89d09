// The review: the table of the plan, what a person says of its rows, and applying it.

import { changes } from "./changes.js";
import { agreed, attempt, byId, count, get, listen, make, named, post, tell, tellUndone } from "./page.js";
import { Panel } from "./panel.js";
import { FILTERS, Rows } from "./rows.js";
import { showStage } from "./stage.js";
import { Table } from "./table.js";

const MOST_NAMED = 8; // files that a dialog names one by one
const STATES = {
  kept: "kept", duplicate: "duplicate", unread: "not read", failed: "failed",
  waiting: "not asked", renamed: "renamed", refused: "left alone",
};

const PICTURED = new Set(["pdf", "epub", "jpg", "jpeg", "png", "tif", "tiff", "webp", "heic", "gif"]);

const rows = new Rows();
const wanted = { filter: "all", search: "", kind: "", category: "", least: 0, sort: "found" };
const said = []; // what can be taken back: lists of [row, choice before]
let answered = Promise.resolve(); // once the server has answered to all that was said
let state = null;
let loading = null; // the plan that is on its way
let isWanted = false; // whether a newer one is

// Drawing.

function drawn(row) {
  const [oldName, newName] = row.new_name ? changes(row.name, row.new_name) : [[row.name], null];
  const old = make("bdi", { dir: "auto" }, ...oldName);
  const fresh = newName ? make("bdi", { dir: "auto" }, ...newName) : null;
  const place = row.new_place ? [make("bdi", { text: `${row.new_place}/`, kind: "moved", dir: "auto" }), " "] : [];
  const sure = row.corrected ? "you" : row.sure < 0 ? "?" : `${row.sure} %`;
  const element = make(
    "div",
    { kind: `row ${row.choice} ${row.state}${row.uncertain ? " uncertain" : ""}`, role: "row" },
    make("span", { role: "gridcell", kind: "c-thumb" }, ...thumbnail(row)),
    make("span", { role: "gridcell", kind: "c-old", title: row.name }, old),
    make("span", { role: "gridcell", kind: "c-new", title: row.new_name }, ...(fresh ? [...place, fresh] : [make("span", { kind: "faint", text: row.reason || "—" })])),
    make("span", { role: "gridcell", kind: "c-folder", title: row.place }, named(row.place)),
    make("span", { role: "gridcell", kind: "c-sure" }, make("span", { kind: "sure", text: sure })),
    make("span", { role: "gridcell", kind: "c-why" }, ...standing(row)),
  );
  return element;
}

/** A row's picture: a sheet with the file's kind on it, until the first page comes, if one does. */
function thumbnail(row) {
  const paper = make("span", { kind: "paper", text: row.kind, "aria-hidden": "true" });
  if (PICTURED.has(row.kind) && row.state !== "unread") {
    const picture = make("img", { alt: "", src: `/pages/${rows.scan}/${row.row}/0/small`, decoding: "async" });
    picture.addEventListener("load", () => paper.replaceChildren(picture));
  }
  return [paper];
}

function standing(row) {
  if (row.state !== "open") return [make("span", { kind: "tag", text: STATES[row.state], title: row.reason })];
  const tag = row.choice || (row.uncertain ? "uncertain" : row.new_name ? "to decide" : "no title");
  return [
    make("span", { kind: `tag ${tag.replace(" ", "-")}`, text: tag }),
    row.new_name && row.reason ? make("span", { kind: "faint", text: row.reason }) : "",
  ];
}

const panel = new Panel(() => {
  byId("board").classList.remove("with-panel");
  table?.refresh(true);
});
const table = new Table(byId("grid"), byId("grid-body"), drawn, (row) => {
  if (panel.isOpen) panel.show(rows, row);
});

function openPanel(focus = "") {
  if (!table.row) return;
  const wasOpen = panel.isOpen;
  byId("board").classList.add("with-panel");
  panel.show(rows, table.row, focus);
  if (!wasOpen) table.refresh(true);
}

/** The filters that leave something, and the one that is chosen. */
const offered = (counts) => FILTERS.filter(([name]) => counts[name] || name === "all" || name === wanted.filter);

function turnFilter(by) {
  const names = offered(rows.counts()).map(([name]) => name);
  const at = names.indexOf(wanted.filter);
  narrow({ filter: names[(at + by + names.length) % names.length] });
}

function showFilters() {
  const counts = rows.counts();
  byId("filters").replaceChildren(
    ...offered(counts).map(([name, label]) =>
      make(
        "button",
        { type: "button", kind: "filter", "aria-pressed": name === wanted.filter, "data-filter": name, onclick: () => narrow({ filter: name }) },
        `${label} `,
        make("span", { kind: "count", text: counts[name].toLocaleString("en") }),
      ),
    ),
  );
  const accepted = counts.accepted;
  const part = table.shown.length < rows.all.length ? `${count(table.shown.length, "file")} shown; ` : "";
  byId("chosen").textContent = `${part}${accepted.toLocaleString("en")} accepted, ${counts.undecided.toLocaleString("en")} to decide`;
  const apply = byId("apply");
  apply.disabled = !accepted || state?.phase !== "planned";
  apply.textContent = accepted ? `Rename ${count(accepted, "file")} …` : "Rename …";
}

function showChoices(select, column, all) {
  const choice = wanted[column];
  select.replaceChildren(
    make("option", { value: "", text: all }),
    ...rows.values(column).map(([value, number]) => make("option", { value, text: `${value} (${number.toLocaleString("en")})` })),
  );
  select.value = choice;
  select.closest("label").hidden = select.options.length < 3;
}

/** Show the rows that are wanted. */
function show(keep) {
  const shown = rows.select(wanted, keep ? table.row : null);
  table.show(shown, keep);
  byId("nothing").hidden = shown.length > 0;
  showFilters();
  const button = byId("accept-shown");
  const number = acceptable(shown).length;
  button.textContent = `Accept ${number === shown.length ? "all " : ""}${number.toLocaleString("en")} shown`;
  button.disabled = !number || state?.phase !== "planned";
}

function narrow(change) {
  Object.assign(wanted, change);
  show(false);
}

/** The rows that one click may accept: uncertain ones only where nothing else is shown. */
function acceptable(shown) {
  const open = shown.filter((row) => row.state === "open" && row.new_name && row.choice !== "accepted");
  return wanted.filter === "uncertain" ? open : open.filter((row) => !row.uncertain);
}

// Saying.

async function choose(chosen, choice, isUndo = false) {
  if (!chosen.length || state?.phase !== "planned") return;
  const before = chosen.map((row) => [row, row.choice]);
  const asked = attempt(async () => {
    const numbers = chosen.map((row) => row.row);
    const { refused } = await post("/api/choose", { scan: rows.scan, revision: rows.revision, rows: numbers, choice });
    const left = new Set(refused);
    const done = before.filter(([row]) => !left.has(row.row));
    if (!isUndo && done.length) said.push(done);
    if (left.size) tell(`${count(left.size, "file has", "files have")} another new name by now, or none; look again.`);
  });
  answered = Promise.allSettled([answered, asked]);
  await asked;
}

const acceptShown = () => choose(acceptable(table.shown), "accepted");

function decide(choice) {
  const row = table.row;
  if (!row || row.state !== "open" || (choice === "accepted" && !row.new_name && row.choice !== "skipped")) {
    tell("There is nothing to decide about this file.");
    return;
  }
  choose([row], choice);
  const next = table.shown.findIndex((other, at) => at > table.current && other.state === "open");
  if (next >= 0) table.move(next);
}

async function takeBack() {
  await answered; // what was said last may be on the page before its answer is
  const last = said.pop();
  if (!last) return tell("There is nothing to take back on this page.");
  for (const choice of ["", "accepted", "skipped"]) {
    await choose(last.filter(([, before]) => before === choice).map(([row]) => row), choice, true);
  }
  const at = table.shown.indexOf(last[0][0]);
  if (at >= 0) table.move(at);
}

async function apply() {
  await attempt(async () => {
    const plan = await post("/api/prepare", { scan: rows.scan });
    const words = [make("p", { text: `They get their new names as one run, which you can take back.${plan.sidecars ? ` ${count(plan.sidecars, "file goes", "files go")} along.` : ""}` })];
    if (plan.changed.length) {
      words.push(
        make("p", { text: "These get another name than the one you accepted, as files are left out that would have had it:" }),
        make("ul", {}, ...plan.changed.slice(0, MOST_NAMED).map((one) => make("li", {}, named(one.name), " → ", named(one.new_name)))),
      );
      if (plan.changed.length > MOST_NAMED) words.push(make("p", { text: `and ${plan.changed.length - MOST_NAMED} more` }));
    }
    if (await agreed(`Rename ${count(plan.files, "file")}?`, words, "Rename")) {
      await post("/api/apply", { scan: rows.scan, digest: plan.digest });
    }
  });
}

// What the server tells.

/** Load the plan; once more, if it was asked for while an older one was on its way. */
function load() {
  isWanted = true;
  loading ??= loadWhileWanted().finally(() => (loading = null));
  return loading;
}

async function loadWhileWanted() {
  while (isWanted) {
    isWanted = false;
    takePlan(await get("/api/rows"));
  }
}

function takePlan(plan) {
  const isOther = plan.scan !== rows.scan;
  rows.load(plan);
  if (isOther) said.length = 0;
  showChoices(byId("kind"), "kind", "all kinds");
  showChoices(byId("category"), "category", "all categories");
  show(!isOther);
}

function take(now) {
  const isOther = now.scan !== state?.scan;
  const before = state?.phase;
  state = now;
  state.refused = rows.all.filter((row) => row.state === "refused").length;
  showStage(state);
  const hasPlan = ["planned", "applying", "applied"].includes(state.phase);
  for (const id of ["tools", "board", "actions"]) byId(id).hidden = !hasPlan;
  if (isOther) panel.close();
  if (hasPlan && (state.scan !== rows.scan || state.revision !== rows.revision)) attempt(load);
  else if (before !== state.phase) show(true);
}

listen({
  state: take,
  reload: () => attempt(load),
  rows: (changed) => {
    if (changed.scan !== rows.scan) return;
    if (!changed.rows) return attempt(load);
    if (changed.revision !== rows.revision + 1) return attempt(load);
    rows.update(changed);
    show(true);
  },
  undone: tellUndone,
});

// Mouse and keys.

byId("grid-body").addEventListener("click", (event) => {
  const element = event.target.closest(".row");
  if (!element) return;
  table.move(Number(element.dataset.at));
  byId("grid").focus({ preventScroll: true });
});
byId("grid-body").addEventListener("dblclick", () => openPanel());
for (const [id, choice] of [["skip", "skipped"], ["accept", "accepted"]]) {
  byId(id).addEventListener("click", () => {
    decide(choice);
    byId("grid").focus({ preventScroll: true }); // so that the keys go on from here
  });
}
byId("accept-shown").addEventListener("click", acceptShown);
byId("apply").addEventListener("click", apply);
byId("search").addEventListener("input", (event) => narrow({ search: event.target.value }));
byId("kind").addEventListener("change", (event) => narrow({ kind: event.target.value }));
byId("category").addEventListener("change", (event) => narrow({ category: event.target.value }));
byId("sort").addEventListener("change", (event) => narrow({ sort: event.target.value }));
byId("least").addEventListener("input", (event) => {
  byId("least-shown").textContent = event.target.value;
  narrow({ least: Number(event.target.value) });
});

const page = () => Math.max(1, Math.floor(byId("grid").clientHeight / table.rowHeight) - 1);
const KEYS = [
  [["j", "ArrowDown", "n"], "J, N or ↓", "next file", () => table.move(table.current + 1)],
  [["k", "ArrowUp", "p"], "K, P or ↑", "file before", () => table.move(table.current - 1)],
  [["a"], "A", "accept: it gets the new name", () => decide("accepted")],
  [["s"], "S", "skip: it keeps its name", () => decide("skipped")],
  [["e"], "E", "edit its title", () => openPanel("title")],
  [["A"], "Shift A", "accept all that are shown, but for uncertain ones", acceptShown],
  [["f"], "F", "next filter", () => turnFilter(1)],
  [["F"], "Shift F", "filter before", () => turnFilter(-1)],
  [["u"], "U", "take back what you said last", takeBack],
  [["Enter", "o"], "O or Enter", "open the file's panel", () => openPanel()],
  [["/"], "/", "search", () => byId("search").select()],
  [["r"], "R", "rename what is accepted", apply],
  [["PageDown"], "Page ↓", "further down", () => table.move(table.current + page())],
  [["PageUp"], "Page ↑", "further up", () => table.move(table.current - page())],
  [["Home"], "Home", "first file", () => table.move(0)],
  [["End"], "End", "last file", () => table.move(table.shown.length - 1)],
  [["Escape"], "Esc", "close the panel", () => panel.close()],
  [["?"], "?", "these keys", () => byId("help").showModal()],
];
byId("keys").replaceChildren(
  ...KEYS.flatMap(([, keys, meaning]) => [make("dt", {}, make("kbd", { text: keys })), make("dd", { text: meaning })]),
);
byId("help-button").addEventListener("click", () => byId("help").showModal());
byId("help-close").addEventListener("click", () => byId("help").close());

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const at = event.target;
  if (at.matches("input, select, textarea")) {
    if (at.id === "search" && ["Escape", "Enter", "ArrowDown"].includes(event.key)) byId("grid").focus();
    return;
  }
  if (event.key === "Enter" && at.closest("button, a, summary")) return;
  const isLocked = event.key.length === 1 && !event.shiftKey; // by Caps Lock, if it is a capital
  const pressed = isLocked ? event.key.toLowerCase() : event.key;
  const key = KEYS.find(([keys]) => keys.includes(pressed));
  if (!key || byId("board").hidden) return;
  event.preventDefault();
  key[3]();
});
