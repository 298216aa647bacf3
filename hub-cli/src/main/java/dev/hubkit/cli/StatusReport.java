package dev.hubkit.cli;

import dev.hubkit.Hub;
import dev.hubkit.HubStatus;
import dev.hubkit.HubVersion;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.time.SystemTimeSource;
import dev.hubkit.workspace.Endpoint;
import dev.hubkit.workspace.Owner;
import dev.hubkit.workspace.UpstreamState;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reports how a hub is, to people and to programs. */
final class StatusReport {
  private StatusReport() {}

  /** Reports a start. */
  static void started(Hub hub, Output output) {
    print(
        new HubStatus(
            HubStatus.State.RUNNING, hub.root(), hub.owner(), hub.workspace().upstreams(), null),
        output);
  }

  static void print(HubStatus status, Output output) {
    Instant now = now();
    if (output.isJson()) {
      output.json(json(JsonWriter.pretty().beginObject(), status, now).endObject());
      return;
    }
    String process =
        status.pid() < 0 ? "" : " (process " + status.pid() + uptime(status.since(), now) + ")";
    output.line("hub: " + coloured(status) + " in " + status.root() + process);
    endpoint("Fossil", status.fossil(), output);
    endpoint("NATS  ", status.nats(), output);
    status.upstreams().forEach(upstream -> output.plain("  " + upstream(upstream, now)));
    if (status.problem() != null) {
      output.plain("  " + status.problem());
    }
  }

  static Instant now() {
    try (SystemTimeSource time = new SystemTimeSource("cli")) {
      return time.now();
    }
  }

  static String coloured(HubStatus status) {
    String state = status.state().name().toLowerCase(Locale.ROOT);
    return "@|bold," + (status.running() ? "green " : "yellow ") + state + "|@";
  }

  private static void endpoint(String name, @Nullable Endpoint endpoint, Output output) {
    if (endpoint != null) {
      output.plain(
          "  " + name + "  " + endpoint.shown() + (endpoint.external() ? "  (external)" : ""));
    }
  }

  private static String upstream(UpstreamState upstream, Instant now) {
    boolean leaf = upstream.kind() == UpstreamState.Kind.NATS;
    StringBuilder text = new StringBuilder(leaf ? "NATS" : "Fossil");
    text.append(" upstream  ").append(upstream.url());
    String state = leaf ? "connected" : "in sync";
    text.append(upstream.connected() ? "  (" : "  (not ").append(state);
    text.append(uptime(upstream.since(), now).replace(", up ", " for "));
    if (upstream.problem() != null) {
      text.append(": ").append(upstream.problem());
    }
    if (!upstream.domain().isEmpty()) {
      text.append("; JetStream domain ").append(upstream.domain());
    }
    if (!upstream.remoteDomain().isEmpty()) {
      text.append(", there ").append(upstream.remoteDomain());
    }
    return text.append(')').toString();
  }

  static String uptime(@Nullable Instant since, Instant now) {
    if (since == null) {
      return "";
    }
    Duration up = Duration.between(since, now);
    if (up.toSeconds() < 60) {
      return ", up " + Math.max(0, up.toSeconds()) + " s";
    }
    if (up.toMinutes() < 60) {
      return ", up " + up.toMinutes() + " min";
    }
    return up.toHours() < 48 ? ", up " + up.toHours() + " h" : ", up " + up.toDays() + " days";
  }

  /** Adds the fields of a status to an object. */
  static JsonWriter json(JsonWriter json, HubStatus status, Instant now) {
    json.field("running", status.running())
        .field("state", status.state().name().toLowerCase(Locale.ROOT))
        .field("root", status.root().toString());
    Owner owner = status.owner();
    if (owner != null) {
      json.field("pid", owner.pid())
          .field("since", owner.since().toString())
          .field("uptime_seconds", Math.max(0, Duration.between(owner.since(), now).toSeconds()))
          .field("version", owner.version());
      endpoint("fossil", owner.fossil(), json);
      endpoint("nats", owner.nats(), json);
      if (!status.upstreams().isEmpty()) {
        UpstreamState.write(status.upstreams(), json);
      }
    } else {
      json.field("version", HubVersion.current());
    }
    return json.fieldIfSet("problem", status.problem());
  }

  private static void endpoint(String name, @Nullable Endpoint endpoint, JsonWriter json) {
    if (endpoint != null) {
      json.beginObject(name).field("url", endpoint.url());
      int port = URI.create(endpoint.url().split(",", 2)[0]).getPort();
      if (port > 0) {
        json.field("port", port);
      }
      json.field("external", endpoint.external()).endObject();
    }
  }
}
