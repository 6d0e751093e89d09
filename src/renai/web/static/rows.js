// The plan as the page knows it: rows by number, filters, sorting.

const LAST = "\uffff";
const folded = new Map();

/**
 * Return a text as it is sorted: without accents and capitals, and numbers by their value. An
 * Intl.Collator takes three times as long for 10,000 names, which is more than a frame may take.
 */
function sortable(text) {
  if (!folded.has(text)) {
    const plain = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    folded.set(text, plain.replace(/\d+/g, (number) => number.padStart(12, "0")));
  }
  return folded.get(text);
}

export const FILTERS = [
  ["all", "All", () => true],
  ["undecided", "To decide", (row) => row.state === "open" && row.new_name && !row.choice],
  ["uncertain", "Uncertain", (row) => row.uncertain && row.state === "open"],
  ["changed", "Changed", (row) => Boolean(row.new_name)],
  ["accepted", "Accepted", (row) => row.choice === "accepted"],
  ["skipped", "Skipped", (row) => row.choice === "skipped"],
  ["duplicates", "Duplicates", (row) => row.state === "duplicate"],
  ["failed", "Not read, failed", (row) => ["unread", "failed", "refused", "waiting"].includes(row.state)],
];

/** By what rows are sorted; equal ones stay as they were found. */
const ORDERS = {
  found: null,
  unsure: (row) => row.sure,
  sure: (row) => -row.sure,
  old: (row) => sortable(row.name),
  new: (row) => sortable(row.new_name || LAST),
  folder: (row) => `${sortable(row.place)}\n${sortable(row.name)}`,
};

export class Rows {
  constructor() {
    this.scan = "";
    this.revision = 0;
    this.columns = [];
    this.folders = [];
    this.all = [];
  }

  /** Take the whole plan, as the server gives it. */
  load({ scan, revision, columns, folders, rows }) {
    Object.assign(this, { scan, revision, columns, folders });
    folded.clear();
    this.all = rows.map((values) => this.fill({}, values));
  }

  /** Take the rows that have changed; they stay the same objects. */
  update({ revision, folders, rows }) {
    this.revision = revision;
    this.folders = folders;
    for (const values of rows) this.fill(this.all[values[0]], values);
  }

  fill(row, values) {
    this.columns.forEach((name, at) => (row[name] = values[at]));
    row.place = this.folders[row.folder];
    row.new_place = row.new_folder < 0 ? "" : this.folders[row.new_folder];
    row.found = `${row.name}\n${row.new_name}\n${row.place}`.toLowerCase();
    return row;
  }

  counts() {
    const counts = Object.fromEntries(FILTERS.map(([name]) => [name, 0]));
    for (const row of this.all) {
      for (const [name, , matches] of FILTERS) if (matches(row)) counts[name]++;
    }
    return counts;
  }

  values(column) {
    const counts = new Map();
    for (const row of this.all) counts.set(row[column], (counts.get(row[column]) ?? 0) + 1);
    counts.delete("");
    return [...counts].sort((a, b) => b[1] - a[1]);
  }

  /**
   * Return the rows that a person wants to see, in the order wanted. One stays whatever it is now:
   * if the row that is being edited went, the next key would be about the one after it.
   */
  select({ filter, search, kind, category, least, sort }, staying = null) {
    const matches = FILTERS.find(([name]) => name === filter)[2];
    const wanted = search.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = this.all.filter(
      (row) =>
        row === staying ||
        (matches(row) &&
          (!kind || row.kind === kind) &&
          (!category || row.category === category) &&
          (!least || row.sure >= least) &&
          wanted.every((word) => row.found.includes(word))),
    );
    const key = ORDERS[sort];
    if (!key) return shown;
    return shown
      .map((row) => [key(row), row])
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([, row]) => row);
  }
}
