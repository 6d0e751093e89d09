// The history: runs as a person thinks of them, and taking one back.

import { agreed, attempt, byId, count, get, listen, make, named, post, tell } from "./page.js";

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const STATES = { undone: "taken back", "partly undone": "partly taken back", open: "under way, or interrupted", damaged: "its record is damaged" };
const FILES = { renamed: "", undone: "taken back", skipped: "not renamed", failed: "not renamed", open: "not done" };

function shown(run) {
  const when = run.started_at ? MOMENT.format(new Date(run.started_at)) : "Unknown time";
  const standing = run.renamed - run.undone;
  const files = make("ul", { kind: "files" });
  const details = make("details", {}, make("summary", { text: "Files" }), files);
  details.addEventListener("toggle", () => {
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

async function showFiles(run, list) {
  const { files } = await get(`/api/runs/${run.run}`);
  list.replaceChildren(
    ...files.map((file) =>
      make(
        "li",
        {},
        named(file.path),
        " → ",
        named(file.new_path),
        FILES[file.state] ? make("span", { kind: "faint", text: ` ${FILES[file.state]}${file.reason ? `: ${file.reason}` : ""}` }) : "",
      ),
    ),
  );
}

async function takeBack(run, when, standing) {
  const words = [make("p", {}, `The run of ${when} in `, named(run.folder), ". A file that has changed since, or whose old name is taken, is left alone.")];
  if (!(await agreed(`Give ${count(standing, "file")} the old name back?`, words, "Take it back"))) return;
  await attempt(async () => {
    const outcome = await post("/api/undo", { run: run.run });
    tell(`${outcome.done} of ${count(outcome.files, "file")} renamed back.${outcome.refused.length ? ` Left alone: ${outcome.refused[0].path}: ${outcome.refused[0].reason}` : ""}`);
  });
}

async function load() {
  const { runs } = await get("/api/runs");
  byId("runs").replaceChildren(...runs.map(shown));
  byId("nothing").hidden = runs.length > 0;
}

let phase = "";
listen({
  state: (state) => {
    if (state.phase !== phase && (state.phase === "applied" || !phase)) attempt(load);
    phase = state.phase;
  },
  undone: () => attempt(load),
});
