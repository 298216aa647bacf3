// What the page says of the selected step, and of the state of the hub then.
"use strict";

const Details = (() => {
  const { element } = Diagram;
  const HEX_BYTES = 16;
  const MOST_EFFECTS = 40;
  let wanted = "";

  function item(list, term, value, className) {
    if (value !== undefined && value !== null && value !== "") {
      list.append(element("dt", "", term), element("dd", className || "", value));
    }
  }

  function showStep(panel, model, entry, onSelect) {
    panel.replaceChildren();
    if (!entry) {
      panel.append(element("p", "muted", "Nothing has happened."));
      return;
    }
    const title = element("h3");
    title.append(element("span", "kindname " + entry.kind, model.title(entry)));
    entry.badges.forEach((badge) => title.append(element("span", "badge", badge)));
    panel.append(title, facts(model, entry));
    chain(panel, model, entry, onSelect);
    headers(panel, entry);
    payload(panel, entry);
  }

  function facts(model, entry) {
    const list = element("dl");
    const began = new Date(model.data.began + entry.t / 1000);
    item(list, "Hub’s time", "+" + Trace.duration(entry.t) + " · " + began.toISOString().replace("T", " ").replace("Z", ""));
    item(list, "Real time", model.realTime ? "+" + Trace.duration(entry.r) : "");
    item(list, "Connection", model.who(entry));
    item(list, "Account", entry.account && entry.account !== "$G" ? entry.account : "");
    item(list, "Server", entry.server);
    item(list, "Subject", entry.s, "code");
    item(list, "Reply to", entry.y, "code");
    item(list, "Stream", entry.stream ? entry.stream + (entry.seq ? ", sequence " + entry.seq : "") : "");
    if (entry.token) {
      item(list, "Consumer", entry.token.consumer + ", delivery " + entry.token.deliveries + (entry.k === "DELIVERED" ? ", " + entry.token.pending + " pending" : ""));
    }
    item(list, "Subscription", entry.i);
    item(list, "Size", entry.z === undefined ? "" : Trace.size(entry.z));
    item(list, "Unflushed", entry.u ? Trace.size(entry.u) : "");
    item(list, "Status", entry.x || entry.status);
    item(list, "Error", entry.failure);
    if (entry.sync) {
      item(list, "Received", entry.sync.received, "code");
      item(list, "Sent", entry.sync.sent, "code");
      item(list, "Sync error", entry.sync.error);
    }
    item(list, "Details", ["FAILURE", "JUMP", "STILL"].includes(entry.k) ? "" : entry.d);
    return list;
  }

  function chain(panel, model, entry, onSelect) {
    const causes = model.causesOf(entry);
    const effects = entry.effects.slice(0, MOST_EFFECTS).flatMap((at) => [at, ...model.entries[at].effects.slice(0, 3)]);
    if (causes.length + effects.length === 0) {
      return;
    }
    panel.append(element("h4", "", "Cause and effects"));
    const list = element("ol", "chain");
    const add = (each) => {
      const line = element("li");
      const button = element("button", "", model.title(each));
      button.type = "button";
      if (each === entry) {
        button.setAttribute("aria-current", "step");
      }
      button.append(element("span", "", "+" + Trace.duration(each.t)));
      button.addEventListener("click", () => onSelect(each.at));
      line.append(button);
      list.append(line);
    };
    causes.forEach(add);
    add(entry);
    [...new Set(effects)].forEach((at) => add(model.entries[at]));
    panel.append(list);
    if (entry.effects.length > MOST_EFFECTS) {
      panel.append(element("p", "muted", "and " + (entry.effects.length - MOST_EFFECTS) + " more"));
    }
  }

  function table(names, rows) {
    const made = element("table");
    const head = element("tr");
    names.forEach((name) => {
      const cell = element("th", "", name);
      cell.scope = "col";
      head.append(cell);
    });
    const top = element("thead");
    top.append(head);
    const body = element("tbody");
    rows.forEach((row) => {
      const line = element("tr");
      row.forEach((value) => line.append(element("td", "", value)));
      body.append(line);
    });
    made.append(top, body);
    const around = element("div", "scroll");
    around.append(made);
    return around;
  }

  function headers(panel, entry) {
    const lines = [];
    for (const [name, values] of Object.entries(entry.h || {})) {
      values.forEach((value) => lines.push([name, value]));
    }
    if (lines.length) {
      panel.append(element("h4", "", "Headers"));
      const list = element("dl");
      lines.forEach(([name, value]) => item(list, name, value || "(empty)", "code"));
      panel.append(list);
    }
  }

  function hex(bytes) {
    const lines = [];
    for (let from = 0; from < bytes.length; from += HEX_BYTES) {
      const part = bytes.subarray(from, from + HEX_BYTES);
      const codes = [...part].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
      const text = [...part].map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : ".")).join("");
      lines.push(from.toString(16).padStart(4, "0") + "  " + codes.padEnd(HEX_BYTES * 3) + " " + text);
    }
    return lines.join("\n");
  }

  function payload(panel, entry) {
    if (!entry.z) {
      return;
    }
    const bar = element("div", "payload-bar");
    bar.append(element("h4", "", "Payload, " + Trace.size(entry.z)));
    panel.append(bar);
    if (entry.p === undefined && entry.b === undefined) {
      panel.append(element("p", "muted", "This trace had no room for it."));
      return;
    }
    const parsed = Trace.json(entry);
    const views = new Map();
    if (parsed !== undefined) {
      views.set("JSON", () => JSON.stringify(parsed, null, 2));
    }
    if (entry.p !== undefined) {
      views.set("Text", () => entry.p);
    }
    const bytes = Trace.bytesOf(entry);
    views.set("Hex", () => hex(bytes));
    const shown = element("pre", "payload");
    shown.tabIndex = 0;
    shown.setAttribute("aria-label", "Payload");
    const group = element("fieldset", "switch");
    group.append(element("legend", "hidden", "How to show the payload"));
    const first = views.has(wanted) ? wanted : [...views.keys()][0];
    const choose = (name) => {
      // Text keeps its line breaks; what else cannot be seen is shown by signs.
      const lines = views.get(name)().split(/\r?\n/);
      shown.textContent = lines.map((line) => line.split("\t").map(Trace.plain).join("\t")).join("\n");
      shown.classList.toggle("hex", name === "Hex");
    };
    for (const name of views.keys()) {
      const label = element("label");
      const radio = element("input");
      radio.type = "radio";
      radio.name = "payload-view";
      radio.checked = name === first;
      radio.addEventListener("change", () => {
        wanted = name;
        choose(name);
      });
      label.append(radio, element("span", "", name));
      group.append(label);
    }
    bar.append(group);
    choose(first);
    panel.append(shown);
    if (bytes.length < entry.z) {
      panel.append(element("p", "muted", "The first " + Trace.size(bytes.length) + " of " + Trace.size(entry.z) + "; a journal keeps no more."));
    }
  }

  function showState(panel, model, entry, withToolkit) {
    const state = model.stateAt(entry ? entry.at : -1);
    panel.replaceChildren(element("h3", "", entry ? "After “" + model.title(entry) + "”" : "At the beginning"));
    const streams = state.streams.filter((each) => withToolkit || !each.name.startsWith("$"));
    panel.append(element("h4", "", "Streams"));
    if (streams.length === 0) {
      panel.append(element("p", "muted", "none"));
    } else {
      panel.append(table(["Stream", "Messages", "First", "Last", "Subjects"], streams.map((each) => [each.name, each.messages, each.first, each.last, each.distinct])));
    }
    const consumers = streams.flatMap((stream) => stream.consumers.map((each) => [each.name, each.pending, each.outstanding, each.floor, each.redelivered]));
    if (consumers.length) {
      panel.append(element("h4", "", "Consumers"), table(["Consumer", "Pending", "Not acked", "Ack floor", "Redelivered"], consumers));
    }
    const open = state.connections.filter((each) => withToolkit || !each.toolkit);
    panel.append(element("h4", "", "Connections"));
    if (open.length === 0) {
      panel.append(element("p", "muted", "none"));
    } else {
      panel.append(table(["Connection", "Subs", "Sent", "Received", "Unflushed"], open.map((each) => [
        each.name + (each.name.includes("#") ? "" : " #" + each.id) + (each.open ? "" : " (closed)"),
        each.subscriptions, each.sent, each.received, each.open ? Trace.size(each.unflushed) : "–"])));
    }
    panel.append(element("p", "muted note", "Counted back from what the server reported when the test ended."));
  }

  return { showStep, showState };
})();
