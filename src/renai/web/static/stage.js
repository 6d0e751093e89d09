// What the review is at: progress, price, and the buttons that go with it.

import { attempt, byId, count, make, post } from "./page.js";

const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

function button(text, action, kind = "") {
  return make("button", { type: "button", text, kind, onclick: () => attempt(action) });
}

function asked(price, provider) {
  const calls = count(price.calls, "call");
  const tokens = `about ${SHORT.format(price.prompt_tokens)} tokens of prompts and ${SHORT.format(price.completion_tokens)} of answers`;
  const money = price.money === null ? "at an unknown price ($?)" : `about $${price.money.toPrecision(2)}`;
  const cap = price.max_cost === null ? "" : `, and never more than $${price.max_cost}`;
  return `${count(price.files, "file needs", "files need")} ${provider}: ${calls}, ${tokens}, ${money}${cap}.`;
}

function done(progress) {
  const said = { cached: "from the cache", read: "read", asked: "asked about", failed: "failed" };
  return Object.entries(said)
    .filter(([name]) => progress[name])
    .map(([name, words]) => `${progress[name].toLocaleString("en")} ${words}`)
    .join(", ");
}

const joined = (...words) => words.filter(Boolean).join(" · ");

const n = (number) => number.toLocaleString("en");

const SCAN_AGAIN = () => button("Scan again", () => post("/api/scan"), "quiet");

/** By phase: title, note, part done, buttons. */
const STAGES = {
  idle: (state) => [
    state.paths.length ? "Nothing is shown" : "No folder was given",
    state.paths.length ? "" : "Start it with one: renai web FOLDER",
    null,
    state.paths.length ? [SCAN_AGAIN()] : [],
  ],
  scanning: ({ progress: p, time }) => [
    p.found ? `Hashing files: ${n(p.digested)} of ${n(p.found)}` : "Looking for files …",
    joined("Nothing is spent, and nothing is renamed", time),
    p.found ? p.digested / p.found : null,
    [button("Stop", () => post("/api/stop"))],
  ],
  priced: (state) => [
    "What it will cost",
    asked(state.price, state.provider),
    undefined,
    [
      button("Ask, and pay for it", () => post("/api/ask", { consent: true }), "main"),
      button("Go on without asking", () => post("/api/ask", { consent: false })),
    ],
  ],
  asking: ({ progress: p, time, waiting }) => [
    `Finding out what they are: ${n(p.done)} of ${n(p.found)}`,
    joined(time, done(p), waiting),
    p.found ? p.done / p.found : null,
    [button("Pause", () => post("/api/pause")), button("Stop", () => post("/api/stop"))],
  ],
  pausing: ({ progress: p }) => [
    "Pausing: what was asked is being answered",
    done(p),
    p.found ? p.done / p.found : null,
    [button("Stop", () => post("/api/stop"))],
  ],
  paused: ({ progress: p }) => [
    `Paused at ${n(p.done - p.failed)} of ${n(p.found)}`,
    done(p),
    p.found ? p.done / p.found : null,
    [
      button("Go on", () => post("/api/ask", { consent: true }), "main"),
      button("Stop here", () => post("/api/stop")),
    ],
  ],
  planned: (state) => [
    count(state.progress.found, "file"),
    state.ended_early && state.ended_early !== "stopped" ? `Ended early: ${state.ended_early}` : "",
    undefined,
    [SCAN_AGAIN()],
  ],
  applying: ({ renames, time }) => [
    `Renaming: ${n(renames.done)} of ${n(renames.total)}`,
    joined(time, "Each is recorded before it is done, and can be taken back"),
    renames.total ? renames.done / renames.total : null,
    [],
  ],
  applied: (state) => [
    `${count(state.renames.total - state.refused, "file")} renamed`,
    state.refused ? `${count(state.refused, "file was", "files were")} left alone; the table says why.` : `Run ${state.run} can be taken back.`,
    undefined,
    [
      state.run ? button("Undo", () => post("/api/undo", { run: state.run })) : null,
      button("Scan again", () => post("/api/scan"), "main"),
    ].filter(Boolean),
  ],
};

let last = "";

/** Show the state; buttons are made anew only if the phase is another, so that they keep the focus. */
export function showStage(state) {
  const [title, note, part, buttons] = STAGES[state.phase](state);
  const now = `${state.scan} ${state.phase} ${state.run}`;
  // A count that goes on ten times a second is not read out; what begins and what ends is.
  byId("stage-title").ariaLive = part === undefined || now !== last ? "polite" : "off";
  byId("stage-title").textContent = title;
  byId("stage-note").textContent = [state.notice, note].filter(Boolean).join(" ");
  const progress = byId("progress");
  progress.hidden = part === undefined;
  if (part === null || part === undefined) progress.removeAttribute("value");
  else progress.value = part;
  if (now !== last) byId("stage-buttons").replaceChildren(...buttons);
  last = now;
}
