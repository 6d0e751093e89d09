// The history: runs as a person thinks of them, and taking one back.

import { agreed, attempt, byId, count, get, listen, make, named, post, tellUndone } from "./page.js";

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const STATES = { undone: "taken back", "partly undone": "partly taken back", open: "under way, or interrupted", damaged: "its record is damaged" };
const FILES = { renamed: "", undone: "taken back", skipped: "not renamed", failed: "not renamed", open: "not done" };

const opened = new Set(); // runs whose files are shown, also when the list is made anew

function shown(run) {
  const when = run.started_at ? MOMENT.format(new Date(run.started_at)) : "Unknown time";
  const standing = run.renamed - run.undone;
  const files = make("ul", { kind: "files" });
  const details = make("details", { open: opened.has(run.run) }, make("summary", { text: "Files" }), files);
  details.addEventListener("toggle", () => {
    if (details.open) opened.add(run.run);
    else opened.delete(run.run);
    if (details.open && !files.childElementCount) attempt(() => showFiles(run, files));
  });
  return make(
    "li",
    { kind: "run" },
    make(
      "div",
      { kind: "run-head" },
      make("h2", { text: when }),
      make("p", { kind: "lead" }, `${count(run.renamed, "file")} in `, named(run.folder || "?")),
      STATES[run.state] ? make("span", { kind: "tag", text: STATES[run.state] }) : "",
      make("span", { kind: "faint", text: `run ${run.run}` }),
      standing && run.state !== "damaged"
        ? make("button", { type: "button", text: "Take back …", "aria-label": `Take back the run of ${when}`, onclick: () => takeBack(run, when, standing) })
        : "",
    ),
    run.problem ? make("p", { kind: "why", text: run.problem }) : details,
  );
}

/** What became of a file besides its new name and, if an undo has refused it, why. */
function fate(file) {
  const word = file.state === "renamed" && file.reason ? "not taken back" : FILES[file.state];
  return word && file.reason ? `${word}: ${file.reason}` : word;
}

/** Show the files of a run; those with a reason, which a person wants to know of, come first. */
async function showFiles(run, list) {
  const { files } = await get(`/api/runs/${run.run}`);
  files.sort((a, b) => Boolean(b.reason) - Boolean(a.reason));
  list.replaceChildren(
    ...files.map((file) =>
      make(
        "li",
        {},
        named(file.path),
        " → ",
        named(file.new_path),
        fate(file) ? make("span", { kind: "faint", text: ` ${fate(file)}` }) : "",
      ),
    ),
  );
}

async function takeBack(run, when, standing) {
  const words = [make("p", {}, `The run of ${when} in `, named(run.folder), ". A file that has changed since, or whose old name is taken, is left alone.")];
  if (!(await agreed(`Give ${count(standing, "file")} the old name back?`, words, "Take it back"))) return;
  await attempt(async () => {
    tellUndone(await post("/api/undo", { run: run.run }));
  });
}

async function load() {
  const { runs } = await get("/api/runs");
  byId("runs").replaceChildren(...runs.map(shown));
  byId("nothing").hidden = runs.length > 0;
}

document.addEventListener("visibilitychange", () => document.hidden || attempt(load));

let phase = "";
listen({
  state: (state) => {
    if (state.phase !== phase && (state.phase === "applied" || !phase)) attempt(load);
    phase = state.phase;
  },
  undone: (outcome) => {
    if (outcome.refused) opened.add(outcome.run);
    attempt(load);
  },
});
