// A table that only ever draws the rows that can be seen, so that 10,000 are as quick as ten.

const AROUND = 8; // rows drawn beyond what is seen

export class Table {
  /**
   * @param grid the element that scrolls
   * @param body the element that holds the rows, as high as all of them together
   * @param draw makes the element of a row
   * @param onMove is called with the row that is the current one now
   */
  constructor(grid, body, draw, onMove) {
    this.grid = grid;
    this.body = body;
    this.draw = draw;
    this.onMove = onMove;
    this.shown = [];
    this.current = -1;
    this.drawn = new Map();
    grid.addEventListener("scroll", () => this.refresh(), { passive: true });
    new ResizeObserver(() => this.refresh(true)).observe(grid);
  }

  get rowHeight() {
    return Number.parseFloat(getComputedStyle(this.grid).getPropertyValue("--row-height")) || 72;
  }

  get headHeight() {
    return this.body.previousElementSibling?.offsetHeight ?? 0;
  }

  /** Show other rows; the current one stays the current one if it is still among them. */
  show(rows, keep) {
    const before = this.shown[this.current];
    this.shown = rows;
    const found = keep && before ? rows.indexOf(before) : -1;
    this.current = found >= 0 ? found : rows.length ? Math.max(0, Math.min(this.current, rows.length - 1)) : -1;
    if (!keep) {
      this.current = rows.length ? 0 : -1;
      this.grid.scrollTop = 0;
    }
    this.grid.setAttribute("aria-rowcount", rows.length + 1);
    this.refresh(true);
    this.moved();
  }

  /** Draw what can be seen; rows that were drawn already stay unless all are to be drawn anew. */
  refresh(anew = false) {
    const height = this.rowHeight;
    this.body.style.height = `${this.shown.length * height}px`;
    const first = Math.max(0, Math.floor(this.grid.scrollTop / height) - AROUND);
    const last = Math.min(
      this.shown.length,
      Math.ceil((this.grid.scrollTop + this.grid.clientHeight) / height) + AROUND,
    );
    if (anew) {
      this.body.replaceChildren();
      this.drawn.clear();
    }
    for (const [at, element] of this.drawn) {
      if (at < first || at >= last) {
        element.remove();
        this.drawn.delete(at);
      }
    }
    for (let at = first; at < last; at++) {
      if (this.drawn.has(at)) continue;
      const element = this.draw(this.shown[at]);
      element.id = `row-${at}`;
      element.dataset.at = at;
      element.setAttribute("aria-rowindex", at + 2);
      element.setAttribute("aria-selected", at === this.current);
      element.style.transform = `translateY(${at * height}px)`;
      const after = [...this.drawn.keys()].filter((other) => other > at).sort((a, b) => a - b)[0];
      this.body.insertBefore(element, after === undefined ? null : this.drawn.get(after));
      this.drawn.set(at, element);
    }
    this.pointOut();
  }

  /** Go to a row and bring it into view. */
  move(to) {
    if (!this.shown.length) return;
    this.current = Math.max(0, Math.min(to, this.shown.length - 1));
    const height = this.rowHeight;
    const top = this.current * height;
    const room = this.grid.clientHeight - this.headHeight;
    if (top < this.grid.scrollTop) this.grid.scrollTop = top;
    else if (top + height > this.grid.scrollTop + room) this.grid.scrollTop = top + height - room;
    this.refresh();
    this.moved();
  }

  pointOut() {
    for (const [at, element] of this.drawn) element.setAttribute("aria-selected", at === this.current);
    if (this.drawn.has(this.current)) this.grid.setAttribute("aria-activedescendant", `row-${this.current}`);
    else this.grid.removeAttribute("aria-activedescendant");
  }

  moved() {
    this.pointOut();
    this.onMove(this.shown[this.current]);
  }

  get row() {
    return this.shown[this.current];
  }
}
