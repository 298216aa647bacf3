// The trace as data: what each step is, what caused it, what it caused, and the state at a step.
"use strict";

const Trace = (() => {
  const JUMP = 20000; // microseconds by which one clock has to run ahead of the other
  const ACK = "$JS.ACK.";
  const API = "$JS.API.";
  const INBOX = "_INBOX.";
  const MOST_CLIENT_LANES = 24;
  const TOOLKIT = "hub-junit toolkit";

  /** Splits the subject of an acknowledgement, also the reply subject of a delivery (ADR-15). */
  function ackToken(subject) {
    if (!subject || !subject.startsWith(ACK)) {
      return null;
    }
    const tokens = subject.split(".");
    if (tokens.length < 9 || tokens.length === 10) {
      return null;
    }
    const at = tokens.length === 9 ? 2 : 4;
    return {
      stream: tokens[at],
      consumer: tokens[at + 1],
      deliveries: Number(tokens[at + 2]),
      sequence: Number(tokens[at + 3]),
      pending: Number(tokens[at + 6]),
    };
  }

  /** Returns whether a subject matches a pattern with the wildcards of NATS. */
  function matches(pattern, subject) {
    const wanted = pattern.split(".");
    const given = subject.split(".");
    for (let i = 0; i < wanted.length; i++) {
      if (wanted[i] === ">") {
        return given.length > i;
      }
      if (i >= given.length || (wanted[i] !== "*" && wanted[i] !== given[i])) {
        return false;
      }
    }
    return wanted.length === given.length;
  }

  /** Shows control characters, also those that turn the direction of text, by signs. */
  function plain(text) {
    return String(text).replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (c) => {
      const code = c.charCodeAt(0);
      return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\ufffd";
    });
  }

  function duration(micros) {
    const abs = Math.abs(micros);
    if (abs === 0) {
      return "0";
    }
    if (abs < 1000) {
      return abs + " µs";
    }
    if (abs < 1e6) {
      return (abs / 1e3).toFixed(abs < 1e4 ? 1 : 0) + " ms";
    }
    if (abs < 120e6) {
      return (abs / 1e6).toFixed(abs < 10e6 ? 2 : 1) + " s";
    }
    if (abs < 7200e6) {
      return Math.round(abs / 60e6) + " min";
    }
    if (abs < 48 * 3600e6) {
      return (abs / 3600e6).toFixed(1) + " h";
    }
    return (abs / 86400e6).toFixed(1) + " days";
  }

  function size(bytes) {
    return bytes < 10000 ? bytes + " B" : bytes < 1e7 ? (bytes / 1024).toFixed(1) + " KiB" : (bytes / 1048576).toFixed(1) + " MiB";
  }

  function decode(base64) {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) {
      bytes[i] = text.charCodeAt(i);
    }
    return bytes;
  }

  /** Returns the bytes of a payload that the trace has. */
  function bytesOf(entry) {
    return entry.b !== undefined ? decode(entry.b) : new TextEncoder().encode(entry.p || "");
  }

  function json(entry) {
    if (entry.p === undefined || !/^\s*[[{]/.test(entry.p)) {
      return undefined;
    }
    try {
      return JSON.parse(entry.p);
    } catch (notJson) {
      return undefined;
    }
  }

  class Model {
    constructor(data) {
      this.data = data;
      this.test = data.test || "";
      this.failed = data.result === "failed";
      this.entries = [];
      this.places = []; // of the entries of the data
      this.addAll(data.entries || []);
      if (data.failure) {
        const last = this.entries[this.entries.length - 1] || { t: 0, r: 0 };
        this.entries.push({ k: "FAILURE", t: last.t, r: last.r, d: data.failure.message.split("\n")[0] });
      }
      this.entries.forEach((entry, at) => this.prepare(entry, at));
      this.unmet = (data.unmet || []).map((each) => ({
        text: each.text,
        subscription: this.place(each.subscription),
        nearest: each.nearest.map((n) => this.place(n)),
      }));
      this.unmet.forEach((each) => {
        each.nearest.forEach((at) => this.mark(at, "nearest miss"));
        this.mark(each.subscription, "received nothing");
      });
      this.findLanes();
      this.realTime = this.entries.some((entry) => entry.r > 0);
      this.findings = findings(this);
    }

    place(n) {
      return n === undefined || this.places[n] === undefined ? -1 : this.places[n];
    }

    mark(at, badge) {
      if (at >= 0) {
        this.entries[at].badges.push(badge);
      }
    }

    // The hub's clock and the machine's run alike, unless a test jumps or stops the hub's.
    addAll(given) {
      let before = null;
      for (const entry of given) {
        if (before && before.r > 0 && entry.r > 0) {
          const ahead = entry.t - before.t - (entry.r - before.r);
          if (ahead > JUMP) {
            this.entries.push({ k: "JUMP", t: entry.t, r: entry.r, d: "the hub’s time jumps by " + duration(ahead) });
          } else if (ahead < -JUMP) {
            this.entries.push({ k: "STILL", t: entry.t, r: entry.r, d: "the hub’s clock stood still for " + duration(ahead) });
          }
        }
        before = entry;
        this.places.push(this.entries.length);
        this.entries.push(entry);
      }
    }

    prepare(entry, at) {
      entry.at = at;
      entry.badges = [];
      entry.effects = [];
      entry.cause = entry.c === undefined ? -1 : this.place(entry.c);
      if (entry.cause >= 0 && entry.cause < at) {
        this.entries[entry.cause].effects.push(at);
      }
      const cause = this.cause(entry);
      const token = entry.k === "DELIVERED" ? ackToken(entry.y) : entry.k === "PUBLISHED" ? ackToken(entry.s) : null;
      entry.token = token;
      if (token) {
        entry.stream = token.stream;
        entry.seq = token.sequence;
        entry.consumer = token.stream + " " + token.consumer;
      } else if (entry.s && entry.s.startsWith(API)) {
        entry.api = entry.s.substring(API.length);
        const parts = entry.api.split(".");
        const named = /^(STREAM|CONSUMER|DIRECT)$/.test(parts[0]) ? parts.slice(parts[1] === "MSG" || parts[1] === "DURABLE" ? 3 : 2)[0] : undefined;
        entry.stream = named;
      }
      if (entry.k === "STORED" && cause && cause.k === "PUBLISHED") {
        cause.stream = entry.stream;
      }
      const indirect = !entry.s || entry.s.startsWith(INBOX) || entry.s.startsWith(ACK);
      entry.about = indirect && cause ? cause.about : entry.s || "";
      if (indirect && cause && !entry.stream && cause.k !== "PUBLISHED") {
        entry.stream = cause.stream;
      }
      entry.toolkit = Boolean(entry.g);
      if (entry.k === "STORED" || entry.k === "REMOVED") {
        entry.toolkit = Boolean(cause && cause.toolkit);
      }
      if (/^adversity of an exploration/.test(entry.d || "")) {
        entry.toolkit = true;
      }
      entry.kind = kind(entry);
      if (token && entry.k === "DELIVERED" && token.deliveries > 1) {
        entry.badges.push("redelivery " + token.deliveries);
      }
      if (entry.x && entry.x.startsWith("503")) {
        entry.badges.push("no responders");
      }
      if (entry.k === "DELIVERED" && entry.s && entry.s.startsWith(INBOX)) {
        const answer = json(entry);
        if (answer && answer.error && answer.error.description) {
          entry.failure = answer.error.description;
          entry.badges.push("error");
        } else if (answer && answer.duplicate === true) {
          entry.badges.push("duplicate");
        }
      }
    }

    cause(entry) {
      return entry.cause >= 0 ? this.entries[entry.cause] : null;
    }

    // Of a client that connects again: a server that has crashed begins anew to count its clients.
    findConnections() {
      const open = new Map();
      const all = [];
      for (const entry of this.entries) {
        if (entry.k === "CRASH" || entry.k === "RECOVERY") {
          open.clear();
        }
        if (!entry.client) {
          continue;
        }
        let connection = open.get(entry.client);
        if (!connection) {
          connection = { id: entry.client, name: "", begin: entry.at, end: -1, lane: null };
          all.push(connection);
          open.set(entry.client, connection);
        }
        connection.name = entry.name || connection.name;
        connection.end = entry.at;
        entry.connection = connection;
        if (entry.k === "DISCONNECTED") {
          open.delete(entry.client);
        }
      }
      const lanes = [];
      for (const connection of all) {
        const label = connection.name || "#" + connection.id;
        let lane = lanes.find((each) => each.label === label && each.end < connection.begin);
        if (!lane && lanes.length >= MOST_CLIENT_LANES) {
          lane = lanes[MOST_CLIENT_LANES - 1];
          lane.label = lane.name = lane.short = "other connections";
        } else if (!lane) {
          lane = { id: "c" + lanes.length, kind: "connection", label, first: connection.id, toolkit: label === TOOLKIT };
          lanes.push(lane);
        }
        lane.end = Math.max(lane.end || 0, connection.end);
        connection.lane = lane;
      }
      this.shared = commonPrefix(lanes.filter((lane) => !lane.toolkit).map((lane) => lane.label));
      for (const lane of lanes) {
        const alike = lanes.filter((each) => each.label === lane.label).length > 1;
        lane.name = lane.label + (alike ? " #" + lane.first : "");
        lane.short = lane.toolkit ? "toolkit" : lane.name.substring(lane.name.startsWith(this.shared) ? this.shared.length : 0);
      }
      return lanes;
    }

    findLanes() {
      const clients = this.findConnections();
      const servers = new Map();
      const streams = new Map();
      const consumers = new Map();
      let http = false;
      for (const entry of this.entries) {
        if (entry.client && !servers.has(entry.server || "")) {
          servers.set(entry.server || "", { id: "server " + (entry.server || ""), kind: "server", label: entry.server || "server" });
        }
        if ((entry.k === "STORED" || entry.k === "REMOVED" || entry.token) && !streams.has(entry.stream)) {
          streams.set(entry.stream, { id: "stream " + entry.stream, kind: "stream", label: entry.stream });
        }
        if (entry.token && !consumers.has(entry.consumer)) {
          consumers.set(entry.consumer, { id: "consumer " + entry.consumer, kind: "consumer", label: entry.token.consumer, stream: entry.stream });
        }
        http = http || entry.k === "EXCHANGED";
      }
      (this.data.streams || []).forEach((each) => {
        if (!streams.has(each.name)) {
          streams.set(each.name, { id: "stream " + each.name, kind: "stream", label: each.name });
        }
      });
      if (servers.size === 0 && !http) {
        servers.set("", { id: "server ", kind: "server", label: "server" });
      }
      this.clientLanes = clients;
      this.streamNames = [...streams.keys()];
      const web = http ? [{ id: "http", kind: "connection", label: "HTTP clients" }] : [];
      const repository = http ? [{ id: "repository", kind: "repository", label: "repository" }] : [];
      this.allLanes = [...clients, ...web, ...servers.values(), ...streams.values(), ...consumers.values(), ...repository];
    }

    /** Returns the lanes that steps use. */
    lanesOf(entries, withToolkit) {
      const used = new Set();
      for (const at of entries) {
        const ends = this.ends(this.entries[at]);
        used.add(ends[0]).add(ends[1]);
      }
      return this.allLanes.filter((lane) => used.has(lane.id) || lane.kind === "server" || (lane.kind === "stream" && this.streamNames.length <= 6 && (withToolkit || !lane.label.startsWith("$"))));
    }

    /** Returns the ids of the lanes that an arrow leads from and to; the same for a mark. */
    ends(entry) {
      const server = "server " + (entry.server || "");
      const client = entry.connection ? entry.connection.lane.id : "";
      const cause = this.cause(entry);
      switch (entry.k) {
        case "PUBLISHED":
          return [client, entry.token ? "consumer " + entry.consumer : server];
        case "DELIVERED":
          return [entry.token ? "consumer " + entry.consumer : cause && cause.k === "STORED" ? "stream " + cause.stream : server, client];
        case "STORED":
          return ["server " + ((cause && cause.server) || ""), "stream " + entry.stream];
        case "REMOVED":
          return ["stream " + entry.stream, "stream " + entry.stream];
        case "EXCHANGED":
          return ["http", "repository"];
        case "SENT":
        case "ERROR":
          return [server, client];
        case "CONNECTED":
        case "DISCONNECTED":
        case "SUBSCRIBED":
        case "UNSUBSCRIBED":
        case "RECEIVED":
          return [client, server];
        default:
          return ["", ""];
      }
    }

    /** Returns the places of the steps that a filter shows. */
    filter({ subject, client, stream, toolkit }) {
      const patterns = (subject || "").split(/[\s,]+/).filter((each) => each);
      const found = [];
      for (const entry of this.entries) {
        if (entry.toolkit && !toolkit) {
          continue;
        }
        if (!isMark(entry)) {
          if (patterns.length && !patterns.some((each) => fits(each, entry))) {
            continue;
          }
          if (client && !concerns(this, entry, client)) {
            continue;
          }
          if (stream && entry.stream !== stream) {
            continue;
          }
        }
        found.push(entry.at);
      }
      return found;
    }

    /** Returns the steps that led to a step, the first first. */
    causesOf(entry) {
      const chain = [];
      for (let each = this.cause(entry); each && chain.length < 20; each = this.cause(each)) {
        chain.unshift(each);
      }
      return chain;
    }

    title(entry) {
      switch (entry.k) {
        case "PUBLISHED":
          return entry.token ? ackVerb(entry) + " " + entry.stream + " " + entry.seq : entry.api ? "API " + entry.api : "PUB " + entry.s;
        case "DELIVERED":
          return "MSG " + (entry.s.startsWith(INBOX) ? "answer" + (entry.about ? " to " + entry.about.replace(API, "") : "") : entry.s);
        case "SUBSCRIBED":
          return "SUB " + entry.s;
        case "UNSUBSCRIBED":
          return "UNSUB " + (entry.i || "");
        case "CONNECTED":
          return "CONNECT";
        case "DISCONNECTED":
          return "DISCONNECT";
        case "STORED":
          return "stored as " + entry.stream + " " + entry.seq;
        case "REMOVED":
          return "removed " + (entry.seq ? entry.stream + " " + entry.seq : (entry.d || "") + " of " + entry.stream);
        case "EXCHANGED":
          return (entry.sync ? "SYNC " : "HTTP ") + (entry.d || "");
        case "ERROR":
          return "-ERR " + (entry.d || "");
        case "SENT":
        case "RECEIVED":
          return entry.d || entry.k;
        case "DISTURBED":
          return (entry.server || "") + " " + entry.d;
        case "FAILURE":
          return "the test fails";
        default:
          return entry.d || entry.k;
      }
    }

    /** Returns what follows the title in a line. */
    summary(entry) {
      switch (entry.k) {
        case "PUBLISHED":
        case "DELIVERED":
          return entry.token && entry.k === "PUBLISHED" ? "by " + entry.token.consumer : entry.failure || entry.x || preview(entry);
        case "SUBSCRIBED":
        case "UNSUBSCRIBED":
        case "DISCONNECTED":
          return entry.d || "";
        case "STORED":
          return entry.s;
        case "EXCHANGED":
          return "→ " + entry.status;
        case "FAILURE":
          return entry.d;
        default:
          return "";
      }
    }

    who(entry) {
      return entry.connection ? (entry.connection.name + " #" + entry.client).trim() : "";
    }

    // ---- The state at a step

    stateAt(at) {
      return {
        streams: (this.data.streams || []).map((each) => this.streamAt(each, at)).filter((each) => each),
        connections: this.connectionsAt(at),
      };
    }

    changesOf(stream) {
      this.changes = this.changes || new Map();
      if (!this.changes.has(stream)) {
        this.changes.set(stream, this.entries.filter((each) => each.stream === stream && (each.k === "STORED" || each.k === "REMOVED" || each.token || isCreation(each, stream))));
      }
      return this.changes.get(stream);
    }

    // From the numbers that the server reported at the end, back to the step.
    streamAt(end, at) {
      const changes = this.changesOf(end.name);
      let messages = end.messages;
      let last = end.last;
      let first = end.first;
      let created = -1;
      const subjects = new Set();
      for (let i = changes.length - 1; i >= 0; i--) {
        const each = changes[i];
        if (isCreation(each, end.name)) {
          created = created < 0 || each.at > at ? each.at : created;
        } else if (each.k === "STORED" && each.at > at) {
          messages--;
          last = Math.min(last, each.seq - 1);
        } else if (each.k === "REMOVED" && each.at > at) {
          messages += each.seq ? 1 : parseInt(each.d, 10) || 0;
          first = each.seq ? Math.min(first, each.seq) : first;
        } else if (each.k === "STORED") {
          subjects.add(each.s);
        }
      }
      if (created > at && changes.every((each) => each.at > at)) {
        return null;
      }
      messages = Math.max(0, messages);
      last = Math.max(0, last);
      return {
        name: end.name,
        subjects: end.subjects,
        messages,
        first: messages === 0 ? Math.min(first, last + 1) : Math.min(first, last),
        last,
        distinct: at >= this.lastOf(changes) ? end.distinct : Math.min(subjects.size, Math.max(messages, 0)),
        consumers: end.consumers.map((each) => this.consumerAt(end, each, at, changes)),
      };
    }

    lastOf(changes) {
      return changes.length ? changes[changes.length - 1].at : -1;
    }

    consumerAt(stream, end, at, changes) {
      const key = stream.name + " " + end.name;
      const outstanding = new Map();
      let delivered = 0;
      let pending = -1;
      let storedSince = 0;
      let later = null;
      let storedUntil = 0;
      for (const each of changes) {
        const wanted = each.k === "STORED" && (end.filters.length === 0 || end.filters.some((filter) => matches(filter, each.s)));
        if (each.at > at) {
          if (!later && each.k === "DELIVERED" && each.consumer === key) {
            later = each;
          }
          storedUntil += !later && wanted ? 1 : 0;
        } else if (each.k === "DELIVERED" && each.consumer === key) {
          delivered = Math.max(delivered, each.seq);
          outstanding.set(each.seq, each.token.deliveries);
          pending = each.token.pending;
          storedSince = 0;
        } else if (each.k === "PUBLISHED" && each.consumer === key) {
          settle(outstanding, each, end.policy);
        } else if (wanted) {
          storedSince++;
        }
      }
      const known = pending >= 0 ? pending + storedSince : (later ? later.token.pending + 1 : end.pending) - storedUntil;
      const none = end.policy === "none";
      const open = none ? [] : [...outstanding.keys()];
      return {
        name: end.name,
        delivered,
        pending: Math.max(0, known),
        outstanding: open.length,
        redelivered: none ? 0 : [...outstanding.values()].filter((count) => count > 1).length,
        floor: open.length ? Math.min(...open) - 1 : delivered,
      };
    }

    connectionsAt(at) {
      const found = new Map();
      for (let i = 0; i <= at && i < this.entries.length; i++) {
        const entry = this.entries[i];
        if (entry.k === "CRASH") {
          found.forEach((each) => (each.open = false));
        }
        if (!entry.connection) {
          continue;
        }
        let state = found.get(entry.connection);
        if (!state) {
          const lane = entry.connection.lane;
          state = { id: entry.client, name: lane.short, toolkit: lane.toolkit, open: true, subscriptions: 0, sent: 0, received: 0, unflushed: 0 };
          found.set(entry.connection, state);
        }
        if (entry.k === "DISCONNECTED") {
          state.open = false;
        } else if (entry.k === "SUBSCRIBED") {
          state.subscriptions++;
        } else if (entry.k === "UNSUBSCRIBED") {
          state.subscriptions = Math.max(0, state.subscriptions - 1);
        } else if (entry.k === "PUBLISHED") {
          state.sent++;
        } else if (entry.k === "DELIVERED") {
          state.received++;
          state.unflushed = entry.u || 0;
        }
      }
      return [...found.values()];
    }
  }

  function commonPrefix(names) {
    if (names.length < 2) {
      return names.length === 1 && names[0].includes(" ") ? names[0].substring(0, names[0].lastIndexOf(" ") + 1) : "";
    }
    let prefix = names[0];
    for (const name of names) {
      while (!name.startsWith(prefix)) {
        prefix = prefix.substring(0, prefix.length - 1);
      }
    }
    const end = prefix.lastIndexOf(" ") + 1;
    return names.some((name) => name.length === end) ? "" : prefix.substring(0, end);
  }

  function isCreation(entry, stream) {
    return entry.k === "PUBLISHED" && entry.api === "STREAM.CREATE." + stream;
  }

  function settle(outstanding, ack, policy) {
    const how = ack.p || "+ACK";
    if (how.startsWith("-NAK") || how.startsWith("+WPI")) {
      return;
    }
    if (policy === "all") {
      [...outstanding.keys()].filter((seq) => seq <= ack.seq).forEach((seq) => outstanding.delete(seq));
    } else {
      outstanding.delete(ack.seq);
    }
  }

  function isMark(entry) {
    return entry.kind === "fault" || entry.kind === "time" || entry.kind === "failure";
  }

  function fits(pattern, entry) {
    const subject = entry.about || "";
    if (/(^|\.)(\*|>)(\.|$)/.test(pattern)) {
      return matches(pattern, subject) || (entry.k === "SUBSCRIBED" && matches(pattern, entry.s));
    }
    return subject.includes(pattern) || (entry.k === "SUBSCRIBED" && matches(entry.s, pattern));
  }

  function concerns(model, entry, client) {
    const cause = model.cause(entry);
    const by = entry.connection || (entry.k === "STORED" && cause ? cause.connection : undefined);
    return Boolean(by) && by.lane.id === client;
  }

  function kind(entry) {
    switch (entry.k) {
      case "PUBLISHED":
        return entry.token ? "ack" : entry.api ? "api" : "publish";
      case "DELIVERED":
        return entry.about && entry.about.startsWith(API) ? "api" : "deliver";
      case "STORED":
        return "store";
      case "REMOVED":
        return "remove";
      case "SUBSCRIBED":
      case "UNSUBSCRIBED":
        return "subscribe";
      case "EXCHANGED":
        return "sync";
      case "ERROR":
        return "error";
      case "FAULT":
      case "DISTURBED":
      case "CRASH":
      case "FAULT_END":
      case "RECOVERY":
      case "REWIND":
        return "fault";
      case "JUMP":
      case "STILL":
        return "time";
      case "FAILURE":
        return "failure";
      default:
        return "link";
    }
  }

  function ackVerb(entry) {
    const how = (entry.p || "+ACK").split(/[\s{]/)[0];
    return { "+ACK": "ACK", "-NAK": "NAK", "+WPI": "IN PROGRESS", "+TERM": "TERM", "+NXT": "ACK, NEXT" }[how] || "ACK";
  }

  function preview(entry) {
    if (entry.p !== undefined) {
      return entry.p.length > 120 ? entry.p.substring(0, 120) + "…" : entry.p;
    }
    return entry.z ? size(entry.z) + (entry.b === undefined ? ", not kept" : "") : "";
  }

  // ---- What a person would look for first

  const MOST_FINDINGS = 8;

  function findings(model) {
    const all = [];
    const add = (level, text, at) => all.push({ level, text, at });
    model.unmet.forEach((each) => add("miss", "Waited in vain for " + each.text.split("; nearest: ")[0].split("\n")[0], each.nearest.length ? each.nearest[0] : each.subscription));
    let last = model.entries.length - 1;
    while (last >= 0 && (model.entries[last].k === "DISCONNECTED" || isMark(model.entries[last]))) {
      last--;
    }
    const deliveries = new Map();
    const contents = new Map();
    for (const entry of model.entries) {
      if (entry.toolkit && entry.kind !== "store") {
        continue;
      } else if (entry.k === "FAULT" || entry.k === "DISTURBED" || entry.k === "CRASH") {
        add("fault", capital(model.title(entry)), entry.at);
      } else if (entry.k === "ERROR") {
        add("error", "The server sent an error: " + entry.d, entry.at);
      } else if (entry.failure) {
        // A library looks whether something is there before it makes it.
        add(/\.INFO\./.test(entry.about || "") ? "info" : "error", (entry.about ? "The answer to " + entry.about.replace(API, "") + " is an error: " : "An answer is an error: ") + entry.failure, entry.at);
      } else if (entry.x && entry.x.startsWith("503")) {
        if (all.length < MOST_FINDINGS) {
          noResponders(model, entry, add);
        }
      } else if (entry.k === "DELIVERED" && entry.token && entry.token.deliveries > 1) {
        deliveries.set(entry.consumer + " " + entry.seq, entry);
      } else if (entry.badges.includes("duplicate")) {
        add("info", "A message was a duplicate, and not stored again: " + entry.about, entry.at);
      } else if (entry.k === "STORED") {
        sameContent(model, entry, contents, add);
      } else if (entry.k === "DISCONNECTED" && entry.d && !/client closed/i.test(entry.d) && entry.at < last) {
        add("fault", (entry.name || "A client") + " was disconnected: " + entry.d, entry.at);
      }
    }
    for (const entry of deliveries.values()) {
      add("info", entry.stream + " " + entry.seq + " (" + entry.s + ") was delivered to " + entry.token.consumer + " " + entry.token.deliveries + " times", entry.at);
    }
    // What was expected first, then what was done to the hub, then what follows from that.
    const order = ["miss", "fault", "error", "info"];
    all.sort((one, other) => order.indexOf(one.level) - order.indexOf(other.level));
    return all.length > MOST_FINDINGS ? all.slice(0, MOST_FINDINGS).concat({ level: "more", text: all.length - MOST_FINDINGS + " more", at: -1 }) : all;
  }

  function noResponders(model, entry, add) {
    const later = model.entries.find((each) => each.at > entry.at && each.k === "SUBSCRIBED" && entry.about && matches(each.s, entry.about));
    add("error", "Nobody was subscribed to " + entry.about + (later ? ": " + (later.name || "a client") + " subscribed " + duration(later.r - entry.r) + " later" : ""), entry.at);
    if (later) {
      later.badges.push("too late");
      add("fault", "SUB " + later.s + " by " + (later.name || "a client") + " came after the request", later.at);
    }
  }

  function sameContent(model, entry, contents, add) {
    const cause = model.cause(entry);
    if (!cause || cause.k !== "PUBLISHED" || !cause.z) {
      return;
    }
    const key = JSON.stringify([entry.stream, entry.s, cause.p, cause.b, cause.z]);
    const before = contents.get(key);
    if (before && (cause.p !== undefined || cause.b !== undefined)) {
      entry.badges.push("stored twice");
      add("error", entry.stream + " " + before.seq + " and " + entry.seq + " hold the same message (" + entry.s + "), published twice", entry.at);
    } else {
      contents.set(key, entry);
    }
  }

  function capital(text) {
    return text.charAt(0).toUpperCase() + text.substring(1);
  }

  return { Model, matches, plain, duration, size, bytesOf, json, isMark };
})();
