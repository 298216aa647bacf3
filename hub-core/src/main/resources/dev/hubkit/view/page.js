// Puts the parts of the page together.
"use strict";

(() => {
  const byId = (id) => document.getElementById(id);
  const { element } = Diagram;
  const model = new Trace.Model(JSON.parse(byId("data").textContent));
  const diagram = new Diagram.View(model, byId("steps"), byId("space"), byId("heads"), select);
  const range = byId("position");
  const canvas = byId("density");
  let clock = "t";
  let current = -1;
  let visible = [];

  // ---- Head

  document.title = "Trace of " + Trace.plain(model.test);
  byId("test").textContent = Trace.plain(model.test);
  byId("result").textContent = model.failed ? "✕ failed" : "✓ passed";
  byId("result").classList.add(model.failed ? "failed" : "passed");
  const about = [new Date(model.data.began || 0).toISOString().replace("T", " ").substring(0, 19) + " UTC of the hub"];
  if (model.data.hub) {
    about.push("hub “" + model.data.hub + "”");
  }
  if (model.data.dropped) {
    about.push(model.data.dropped + " older entries were dropped: the journal keeps the last");
  }
  if (model.data.shortened) {
    about.push(model.data.shortened + " messages without payload: there was no room");
  }
  byId("about").textContent = Trace.plain(about.join(" · "));

  // ---- What happened

  const failure = model.data.failure;
  if (failure) {
    byId("failure").hidden = false;
    byId("failure-type").textContent = Trace.plain(failure.type);
    byId("failure-at").textContent = Trace.plain(failure.at || "");
    byId("failure-message").textContent = failure.message.split("\n").map(Trace.plain).join("\n").trim();
  }
  for (const finding of model.findings) {
    const line = element("li");
    const shown = element(finding.at >= 0 ? "button" : "span", "finding " + finding.level, finding.text);
    if (finding.at >= 0) {
      shown.type = "button";
      shown.addEventListener("click", () => select(finding.at));
    }
    line.append(shown);
    byId("findings").append(line);
  }
  if (!failure && model.findings.length === 0) {
    byId("findings").append(element("li", "muted", model.entries.length + " steps, nothing out of the ordinary."));
  }

  // ---- Filter

  model.clientLanes.forEach((lane) => {
    const option = element("option", "", lane.short);
    option.value = lane.id;
    byId("by-client").append(option);
  });
  model.streamNames.forEach((name) => {
    const option = element("option", "", name);
    option.value = name;
    byId("by-stream").append(option);
  });

  function applyFilter() {
    const toolkit = byId("with-toolkit").checked;
    visible = model.filter({ subject: byId("by-subject").value.trim(), client: byId("by-client").value, stream: byId("by-stream").value, toolkit });
    diagram.show(visible, toolkit);
    byId("nothing").hidden = visible.length > 0;
    byId("count").textContent = visible.length + " of " + model.entries.length + " steps";
    drawDensity();
    if (current >= 0) {
      select(current);
    }
  }

  byId("filter").addEventListener("submit", (event) => event.preventDefault());
  byId("filter").addEventListener("input", applyFilter);

  // ---- Time line

  function span() {
    const all = model.entries;
    const begin = all.length ? all[0][clock] : 0;
    let end = begin;
    for (const entry of all) {
      end = Math.max(end, entry[clock]);
    }
    return [begin, Math.max(end, begin + 1)];
  }

  const [begin, last] = [{ t: 0, r: 0 }, { t: 1, r: 1 }];

  function measure() {
    for (const each of ["t", "r"]) {
      clock = each;
      [begin[each], last[each]] = span();
    }
    clock = "t";
    const real = document.querySelector("input[name=clock][value=r]");
    real.disabled = !model.realTime;
    // Hours of the hub that pass in milliseconds leave no room for the rest.
    if (model.realTime && last.t - begin.t > 20 * (last.r - begin.r)) {
      real.checked = true;
      clock = "r";
    }
    diagram.clock = clock;
  }

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function drawDensity() {
    const width = Math.max(1, canvas.clientWidth);
    const height = Math.max(1, canvas.clientHeight);
    const scale = window.devicePixelRatio || 1;
    canvas.width = width * scale;
    canvas.height = height * scale;
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    const counts = new Array(Math.ceil(width / 3) + 1).fill(0);
    const at = (entry) => ((entry[clock] - begin[clock]) / (last[clock] - begin[clock])) * (width - 2);
    const marks = [];
    for (const place of visible) {
      const entry = model.entries[place];
      counts[Math.floor(at(entry) / 3)]++;
      if (entry.kind === "fault" || entry.kind === "failure" || entry.kind === "error") {
        marks.push(["--fault", at(entry)]);
      } else if (entry.kind === "time" || entry.badges.length) {
        marks.push(["--time", at(entry)]);
      }
    }
    const most = Math.max(1, ...counts);
    pen.fillStyle = colour("--api");
    counts.forEach((count, i) => {
      const tall = count === 0 ? 0 : 3 + (Math.log1p(count) / Math.log1p(most)) * (height - 5);
      pen.fillRect(i * 3, height - tall, 2, tall);
    });
    for (const [name, x] of marks.slice(0, 2000)) {
      pen.fillStyle = colour(name);
      pen.fillRect(x, 0, 2, height);
    }
    if (current >= 0) {
      pen.fillStyle = colour("--accent");
      pen.fillRect(Math.max(0, at(model.entries[current]) - 1), 0, 3, height);
    }
  }

  range.addEventListener("input", () => {
    const wanted = begin[clock] + (Number(range.value) / 1000) * (last[clock] - begin[clock]);
    let found = visible[0];
    for (const at of visible) {
      if (model.entries[at][clock] <= wanted) {
        found = at;
      }
    }
    if (found !== undefined) {
      select(found, true);
    }
  });
  document.querySelectorAll("input[name=clock]").forEach((radio) =>
    radio.addEventListener("change", () => {
      clock = radio.value;
      diagram.clock = clock;
      diagram.layout();
      drawDensity();
      select(current);
    }));
  byId("previous").addEventListener("click", () => step(-1));
  byId("next").addEventListener("click", () => step(1));

  function step(places) {
    const at = diagram.neighbour(places);
    if (at !== undefined) {
      select(at);
    }
  }

  // ---- The selected step

  function related(entry) {
    const found = new Set(entry.effects);
    model.causesOf(entry).forEach((each) => found.add(each.at));
    return found;
  }

  function select(at, scrubbing) {
    const entry = model.entries[at];
    if (!entry) {
      return;
    }
    current = at;
    diagram.select(at, related(entry));
    byId("clock").textContent = "+" + Trace.duration(entry[clock]) + " · " + Trace.plain(model.title(entry));
    if (!scrubbing) {
      range.value = String(Math.round((1000 * (entry[clock] - begin[clock])) / (last[clock] - begin[clock])));
    }
    range.setAttribute("aria-valuetext", byId("clock").textContent);
    showSide();
    drawDensity();
  }

  function showSide() {
    const entry = model.entries[current];
    if (byId("panel-state").hidden) {
      Details.showStep(byId("panel-step"), model, entry, select);
    } else {
      Details.showState(byId("panel-state"), model, entry, byId("with-toolkit").checked);
    }
  }

  // ---- Tabs

  const tabs = [byId("tab-step"), byId("tab-state")];

  function choose(tab) {
    tabs.forEach((each) => {
      const on = each === tab;
      each.setAttribute("aria-selected", String(on));
      each.tabIndex = on ? 0 : -1;
      byId(each.getAttribute("aria-controls")).hidden = !on;
    });
    showSide();
  }

  tabs.forEach((tab, i) => {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
        const other = tabs[1 - i];
        choose(other);
        other.focus();
      }
    });
  });

  // ---- Begin

  measure();
  applyFilter();
  // Where a test has failed for nothing that clients did, the toolkit's own traffic may say why.
  if (visible.length === 0 && model.entries.length > 0) {
    byId("with-toolkit").checked = true;
    applyFilter();
  }
  const cause = model.findings.find((finding) => finding.at >= 0);
  const start = cause ? cause.at : visible[visible.length - 1];
  if (start !== undefined) {
    select(start);
  } else {
    showSide();
  }
  new ResizeObserver(drawDensity).observe(canvas);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawDensity);
})();
