// The dashboard: what is counted on demand, and what is dropped after a question.
// Answers are markup of the server's templates, in which every name is text.

import { agreed, attempt, byId, count, get, listen, post, tell } from "./page.js";

const MOST_BYTES = 512 * 1024 * 1024; // a browser digests a file only as a whole

function parsed(html) {
  return [...new DOMParser().parseFromString(html, "text/html").body.childNodes];
}

const show = (id, html) => byId(id).replaceChildren(...parsed(html));

const holdings = () => attempt(async () => show("holdings", (await get("/api/holdings")).html));

byId("look").addEventListener("click", (event) =>
  whileBusy(event.target, async () => show("misses", (await get("/api/misses")).html)),
);

async function whileBusy(button, action) {
  button.disabled = true;
  await attempt(action);
  button.disabled = false;
}

// A file of the page, or one that is dropped.

const files = new Map();
let scan = "";

async function loadFiles() {
  const plan = await get("/api/rows");
  const at = Object.fromEntries(plan.columns.map((name, place) => [name, place]));
  files.clear();
  scan = plan.scan;
  for (const row of plan.rows) files.set(`${plan.folders[row[at.folder]] ?? ""}/${row[at.name]}`.replace(/^\//, ""), row[at.row]);
}

byId("file").addEventListener("input", () => {
  const part = byId("file").value.toLowerCase();
  const found = [...files.keys()].filter((name) => name.toLowerCase().includes(part)).slice(0, 30);
  byId("files").replaceChildren(...found.map((name) => Object.assign(document.createElement("option"), { value: name })));
});

async function explainFile() {
  const part = byId("file").value;
  const name = files.has(part) ? part : [...files.keys()].find((each) => each.toLowerCase().includes(part.toLowerCase()));
  if (!part || name === undefined) return tell("No file of this page has that in its name.");
  await attempt(async () => show("explained", (await post("/api/explain", { scan, row: files.get(name) })).html));
}

byId("explain-file").addEventListener("click", explainFile);
byId("file").addEventListener("keydown", (event) => event.key === "Enter" && explainFile());

async function explainDropped(file) {
  if (!file) return;
  if (file.size > MOST_BYTES) return tell("That file is too large for the browser to digest; renai cache explain takes it.");
  if (!crypto.subtle) return tell("The browser computes digests only over TLS or on this machine.");
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  const digest = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  await attempt(async () => show("explained", (await post("/api/explain", { digest, name: file.name })).html));
}

const drop = byId("drop");
byId("upload").addEventListener("change", (event) => explainDropped(event.target.files[0]));
addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
addEventListener("dragleave", () => drop.classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  explainDropped(event.dataTransfer.files[0]);
});

byId("explained").addEventListener("click", async (event) => {
  const digest = event.target.dataset.forget;
  if (!digest) return;
  await attempt(async () => {
    const { html } = await post("/api/forget", { digest });
    if (!(await agreed("Forget this content?", parsed(html), "Forget it"))) return;
    show("explained", (await post("/api/forget", { digest, agreed: true })).html);
    await holdings();
  });
});

// Dropping a part.

byId("prune-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const said = new FormData(event.target);
  const wanted = {
    days: Number(said.get("days")),
    megabytes: Number(said.get("megabytes")),
    provider: said.get("provider"),
    model: said.get("model"),
    layer: said.get("layer"),
  };
  whileBusy(event.submitter, async () => {
    const { html, digest, entries } = await post("/api/prune", wanted);
    show("pruned", html);
    if (!entries || !(await agreed(`Drop ${count(entries, "entry", "entries")}?`, parsed(html), "Drop them"))) return;
    show("pruned", (await post("/api/prune", { ...wanted, agreed: digest })).html);
    await holdings();
  });
});

let phase = "";
listen({
  state: (state) => {
    if (state.phase === phase) return;
    phase = state.phase;
    attempt(loadFiles);
  },
});
holdings();
