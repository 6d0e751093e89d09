// What all pages share: asking the server, saying that something went wrong, making elements.

/** An answer that is an error; its message is for the person. */
export class Refusal extends Error {
  constructor(message, isStale) {
    super(message);
    this.isStale = isStale;
  }
}

async function answered(request) {
  let response;
  try {
    response = await request;
  } catch {
    throw new Refusal("The server does not answer. Is it still running?", false);
  }
  if (response.status === 403) {
    throw new Refusal("The server was started anew: open the address that it printed.", false);
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Refusal(answer.error ?? `The server answered ${response.status}.`, answer.stale === true);
  }
  return answer;
}

export const get = (address) => answered(fetch(address));

export const post = (address, values = {}) =>
  answered(
    fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(values),
    }),
  );

export const byId = (id) => document.getElementById(id);

/** Make an element; texts are always set as text, so that no name can be markup. */
export function make(name, { text, kind, ...attributes } = {}, ...children) {
  const element = document.createElement(name);
  if (kind) element.className = kind;
  if (text !== undefined) element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("aria-")) {
      element.setAttribute(key, value);
      continue;
    }
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Make a name: its direction is its own, whatever stands beside it. */
export const named = (text, kind = "") => make("bdi", { text, kind, dir: "auto" });

export const count = (number, one, many = `${one}s`) =>
  `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

let toastEnds = 0;

export function tell(words) {
  const toast = byId("toast");
  toast.textContent = words;
  toast.hidden = false;
  clearTimeout(toastEnds);
  toastEnds = setTimeout(() => (toast.hidden = true), 8000);
}

/** Tell what came of taking a run back; the history says of each file why it was left alone. */
export function tellUndone({ run, files, done, refused }) {
  const left = refused ? ` ${count(refused, "file was", "files were")} left alone; the history says why.` : "";
  tell(`Run ${run}: ${done.toLocaleString("en")} of ${count(files, "file")} renamed back.${left}`);
}

/** Do something and tell what the server refused; returns whether it was done. */
export async function attempt(action) {
  try {
    await action();
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    tell(error.message);
    return false;
  }
}

/** Ask in a dialog; resolves to whether the person agreed. */
export function agreed(title, words, yes) {
  const dialog = byId("confirm");
  byId("confirm-title").textContent = title;
  byId("confirm-words").replaceChildren(...words);
  byId("confirm-yes").textContent = yes;
  return new Promise((resolve) => {
    const end = (answer) => {
      dialog.close();
      resolve(answer);
    };
    byId("confirm-yes").onclick = () => end(true);
    byId("confirm-no").onclick = () => end(false);
    dialog.oncancel = () => resolve(false);
    dialog.showModal();
    byId("confirm-yes").focus();
  });
}

/**
 * Listen to the server; it is said when it has ended. A page that is out of sight does not listen:
 * browsers have six connections to a server for all their tabs, and the seventh tab would wait for
 * ever. Back in sight, it is told the state as it is then.
 */
export function listen(handlers) {
  const linkState = byId("link-state");
  let source = null;
  const follow = () => {
    if (document.hidden) {
      source?.close();
      source = null;
    } else if (!source) {
      source = new EventSource("/events");
      source.onopen = () => (linkState.hidden = true);
      source.onerror = () => (linkState.hidden = false);
      for (const [name, handle] of Object.entries(handlers)) {
        source.addEventListener(name, (event) => handle(JSON.parse(event.data)));
      }
    }
  };
  document.addEventListener("visibilitychange", follow);
  follow();
}
