// Do one thing in the page as often as told; return the milliseconds until each was painted.
async ([act, times]) => {
  const painted = () => new Promise((resolve) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = resolve;
    channel.port2.postMessage(null);
  }));
  const grid = document.getElementById("grid"), search = document.getElementById("search");
  const say = (element, value, kind) => {
    element.value = value;
    element.dispatchEvent(new Event(kind, { bubbles: true }));
  };
  const press = (key) => grid.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const ACTS = {
    scroll: () => (grid.scrollTop += grid.clientHeight),
    leap: (at) => (grid.scrollTop = (at % 2 ? 0.9 : 0.1) * grid.scrollHeight),
    next: () => press("j"),
    ends: (at) => press(at % 2 ? "Home" : "End"),
    search: (at) => say(search, ["", "1", "12", "tides", "volume 77"][at % 5], "input"),
    filter: (at) => document.querySelector(`[data-filter=${at % 2 ? "all" : "undecided"}]`).click(),
    slide: (at) => say(document.getElementById("least"), 7 * at, "input"),
    sort: (at) => say(document.getElementById("sort"), ["new", "unsure", "old"][at % 3], "change"),
  };
  const took = [];
  for (let at = 0; at < times; at++) {
    await painted();
    const begin = performance.now();
    ACTS[act](at);
    await painted();
    took.push(performance.now() - begin);
  }
  say(document.getElementById("least"), 0, "input");
  say(search, "", "input");
  return took;
}
