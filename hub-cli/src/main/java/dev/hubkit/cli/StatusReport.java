package dev.hubkit.cli;

import dev.hubkit.Hub;
import dev.hubkit.HubStatus;
import dev.hubkit.HubVersion;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.time.SystemTimeSource;
import dev.hubkit.workspace.Endpoint;
import dev.hubkit.workspace.Owner;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;

/** How a hub is, for people and for programs. */
final class StatusReport {
  private StatusReport() {}

  /** What a start has to say. */
  static void started(Hub hub, boolean json, PrintWriter out) {
    HubStatus status = new HubStatus(HubStatus.State.RUNNING, hub.root(), hub.owner(), null);
    Instant now;
    try (SystemTimeSource time = new SystemTimeSource("cli")) {
      now = time.now();
    }
    if (json) {
      printJson(status, now, out);
    } else {
      print(status, now, out, Ansi.AUTO);
    }
  }

  static void print(HubStatus status, Instant now, PrintWriter out, Ansi ansi) {
    String state = status.state().name().toLowerCase(Locale.ROOT);
    String colour = status.running() ? "green" : "yellow";
    String process =
        status.pid() < 0 ? "" : " (process " + status.pid() + uptime(status.since(), now) + ")";
    out.println(
        ansi.string("hub: @|bold," + colour + " " + state + "|@")
            + " in "
            + status.root()
            + process);
    endpoint("Fossil", status.fossil(), out);
    endpoint("NATS  ", status.nats(), out);
    if (status.problem() != null) {
      out.println("  " + status.problem());
    }
    out.flush();
  }

  private static void endpoint(String name, @Nullable Endpoint endpoint, PrintWriter out) {
    if (endpoint != null) {
      out.println(
          "  " + name + "  " + endpoint.url() + (endpoint.external() ? "  (external)" : ""));
    }
  }

  private static String uptime(@Nullable Instant since, Instant now) {
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

  static void printJson(HubStatus status, Instant now, PrintWriter out) {
    JsonWriter json =
        JsonWriter.pretty()
            .beginObject()
            .field("running", status.running())
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
    } else {
      json.field("version", HubVersion.current());
    }
    json.fieldIfSet("problem", status.problem()).endObject();
    out.println(new String(json.toBytes(), StandardCharsets.UTF_8));
    out.flush();
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
