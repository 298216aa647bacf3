// The sequence diagram: a virtual list, of which only the steps in view are in the document.
"use strict";

const Diagram = (() => {
  const ROW = 30;
  const SMALL_ROW = 46;
  const SPARE = 8;
  const NARROW = 62;
  const SVG = "http://www.w3.org/2000/svg";

  function element(name, className, text) {
    const made = document.createElement(name);
    if (className) {
      made.className = className;
    }
    if (text !== undefined) {
      made.textContent = Trace.plain(text);
    }
    return made;
  }

  function shape(name, attributes) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) {
      made.setAttribute(key, value);
    }
    return made;
  }

  class View {
    /** Draws into the elements of the page; calls back when somebody selects a step. */
    constructor(model, list, space, heads, onSelect) {
      this.model = model;
      this.list = list;
      this.space = space;
      this.heads = heads;
      this.onSelect = onSelect;
      this.visible = [];
      this.rows = new Map();
      this.related = new Set();
      this.selected = -1;
      this.lines = element("div", "lines");
      space.append(this.lines);
      list.addEventListener("scroll", () => this.later());
      list.addEventListener("keydown", (event) => this.key(event));
      list.addEventListener("click", (event) => {
        const row = event.target.closest(".step");
        if (row) {
          onSelect(Number(row.dataset.at));
        }
      });
      new ResizeObserver(() => this.layout()).observe(list);
    }

    show(visible, withToolkit) {
      this.visible = visible;
      this.index = new Map(visible.map((at, i) => [at, i]));
      this.lanes = this.model.lanesOf(visible, withToolkit);
      this.layout();
    }

    layout() {
      if (!this.lanes) {
        return;
      }
      const small = window.innerWidth < 900;
      this.row = small ? SMALL_ROW : ROW;
      this.space.style.height = this.visible.length * this.row + "px";
      const width = this.list.clientWidth - (small ? 58 : 88);
      const count = Math.max(1, this.lanes.length);
      const share = small ? width * 0.42 : width * 0.55;
      this.lane = Math.max(small ? 12 : 16, Math.min(small ? 30 : 104, Math.floor(share / count)));
      this.width = this.lane * count;
      this.x = new Map(this.lanes.map((lane, i) => [lane.id, i * this.lane + this.lane / 2]));
      this.lines.style.left = (small ? 58 : 88) + "px";
      this.lines.style.width = this.width + "px";
      const middle = (this.lane / 2).toFixed(1);
      this.lines.style.backgroundImage =
        "linear-gradient(to right, transparent " + middle + "px, var(--line) " + middle + "px, var(--line) calc(" + middle + "px + 1px), transparent calc(" + middle + "px + 1px))";
      this.lines.style.backgroundSize = this.lane + "px 100%";
      this.drawHeads();
      this.clear();
      this.draw();
    }

    drawHeads() {
      const narrow = this.lane < NARROW;
      const small = window.innerWidth < 900;
      this.heads.classList.toggle("narrow", narrow);
      const lanes = element("div", "head-lanes");
      lanes.style.width = this.width + "px";
      lanes.style.height = narrow ? (small ? "84px" : "96px") : "34px";
      this.lanes.forEach((lane, i) => {
        const head = element("div", "head " + lane.kind);
        head.append(element("b", "", lane.short || lane.label), element("small", "", lane.kind === lane.label ? "" : lane.kind));
        head.title = Trace.plain(lane.kind + " " + (lane.name || lane.label));
        head.style.left = i * this.lane + "px";
        head.style.width = this.lane + "px";
        if (narrow) {
          head.style.height = "100%";
        }
        lanes.append(head);
      });
      this.heads.replaceChildren(element("div", "head-time"), lanes);
    }

    clear() {
      this.rows.forEach((row) => row.remove());
      this.rows.clear();
    }

    later() {
      if (!this.waiting) {
        this.waiting = true;
        requestAnimationFrame(() => {
          this.waiting = false;
          this.draw();
        });
      }
    }

    draw() {
      const first = Math.max(0, Math.floor(this.list.scrollTop / this.row) - SPARE);
      const last = Math.min(this.visible.length, Math.ceil((this.list.scrollTop + this.list.clientHeight) / this.row) + SPARE);
      for (const [i, row] of this.rows) {
        if (i < first || i >= last) {
          row.remove();
          this.rows.delete(i);
        }
      }
      const fresh = document.createDocumentFragment();
      for (let i = first; i < last; i++) {
        if (!this.rows.has(i)) {
          const row = this.makeRow(i);
          this.rows.set(i, row);
          fresh.append(row);
        }
      }
      this.space.append(fresh);
    }

    makeRow(i) {
      const entry = this.model.entries[this.visible[i]];
      const row = element("div", "step " + entry.kind);
      row.id = "step-" + entry.at;
      row.dataset.at = entry.at;
      row.setAttribute("role", "option");
      row.setAttribute("aria-setsize", this.visible.length);
      row.setAttribute("aria-posinset", i + 1);
      row.style.transform = "translateY(" + i * this.row + "px)";
      const time = element("time", "", this.timeText(entry));
      const text = element("div", "text");
      text.append(element("b", "", this.model.title(entry)));
      const more = element("span", "more");
      entry.badges.forEach((badge) => more.append(element("i", "badge", badge)));
      const summary = this.model.summary(entry);
      if (summary) {
        more.append(element("span", "summary", summary));
      }
      if (more.firstChild) {
        text.append(more);
      }
      row.setAttribute("aria-label", Trace.plain([this.timeText(entry), this.model.who(entry), this.model.title(entry), ...entry.badges, summary].filter((each) => each).join(", ")));
      row.append(time, Trace.isMark(entry) ? this.sign() : this.arrow(entry), text);
      this.dress(row, entry);
      return row;
    }

    dress(row, entry) {
      row.classList.toggle("selected", entry.at === this.selected);
      row.classList.toggle("related", this.related.has(entry.at));
      row.classList.toggle("near", entry.badges.includes("nearest miss"));
      row.setAttribute("aria-selected", entry.at === this.selected ? "true" : "false");
    }

    timeText(entry) {
      return "+" + Trace.duration(entry[this.clock || "t"]);
    }

    // What a test does to the hub concerns all lanes, and its text takes their room.
    sign() {
      const drawing = shape("svg", { width: 22, height: this.row, "aria-hidden": "true", focusable: "false" });
      drawing.append(shape("path", { class: "tip", d: "M11 " + (this.row / 2 - 6) + "l6 6-6 6-6-6z" }));
      return drawing;
    }

    arrow(entry) {
      const drawing = shape("svg", { width: this.width, height: this.row, "aria-hidden": "true", focusable: "false" });
      const ends = this.model.ends(entry);
      const from = this.x.get(ends[0]);
      const to = this.x.get(ends[1]);
      const y = this.row / 2;
      if (from === undefined || to === undefined) {
        drawing.append(shape("circle", { cx: from === undefined ? (to === undefined ? this.width / 2 : to) : from, cy: y, r: 3.5 }));
      } else if (from === to) {
        drawing.append(shape("circle", { cx: from, cy: y, r: 4.5 }));
      } else {
        const side = to > from ? 1 : -1;
        const tip = Math.min(7, this.lane / 2);
        drawing.append(shape("circle", { cx: from, cy: y, r: 2.5 }));
        drawing.append(shape("line", { x1: from, y1: y, x2: to - side * tip, y2: y }));
        drawing.append(shape("path", { class: "tip", d: "M" + to + " " + y + "l" + -side * tip + " -4.5v9z" }));
      }
      return drawing;
    }

    /** Selects a step and scrolls to it. */
    select(at, related) {
      this.selected = at;
      this.related = related;
      this.rows.forEach((row, i) => this.dress(row, this.model.entries[this.visible[i]]));
      const i = this.index.get(at);
      if (i === undefined) {
        this.list.removeAttribute("aria-activedescendant");
        return;
      }
      const top = i * this.row;
      if (top < this.list.scrollTop + this.row) {
        this.list.scrollTop = Math.max(0, top - 2 * this.row);
      } else if (top > this.list.scrollTop + this.list.clientHeight - 2 * this.row) {
        this.list.scrollTop = top - this.list.clientHeight + 3 * this.row;
      }
      this.draw();
      this.list.setAttribute("aria-activedescendant", "step-" + at);
    }

    /** Returns the step that many places after the selected one, of those that are shown. */
    neighbour(places) {
      let i = this.index.get(this.selected);
      if (i === undefined) {
        i = this.visible.findIndex((at) => at > this.selected);
        i = i < 0 ? this.visible.length : i;
        i = places > 0 ? i - 1 : i;
      }
      return this.visible[Math.max(0, Math.min(this.visible.length - 1, i + places))];
    }

    key(event) {
      const page = Math.max(1, Math.floor(this.list.clientHeight / this.row) - 1);
      const entry = this.model.entries[this.selected];
      const all = this.visible.length;
      const moves = {
        ArrowDown: () => this.neighbour(1),
        ArrowUp: () => this.neighbour(-1),
        PageDown: () => this.neighbour(page),
        PageUp: () => this.neighbour(-page),
        Home: () => this.visible[0],
        End: () => this.visible[all - 1],
        ArrowLeft: () => (entry ? entry.cause : -1),
        ArrowRight: () => (entry && entry.effects.length ? entry.effects[0] : -1),
      };
      const move = moves[event.key];
      if (move && !event.ctrlKey && !event.metaKey && !event.altKey && all > 0) {
        event.preventDefault();
        const at = move();
        if (at !== undefined && at >= 0) {
          this.onSelect(at);
        }
      }
    }
  }

  return { View, element };
})();
