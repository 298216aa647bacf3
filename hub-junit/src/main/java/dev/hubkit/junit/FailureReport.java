package dev.hubkit.junit;

import dev.hubkit.Hub;
import dev.hubkit.workspace.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Describes the hub of a failed test, as entries of the test report. */
final class FailureReport {
  private static final int LOG_LINES = 40;

  private final HubResource hub;
  private final String journal;

  private FailureReport(HubResource hub, String journal) {
    this.hub = hub;
    this.journal = journal;
  }

  /** Begins a report, with the journal up to now. */
  static FailureReport of(HubResource hub) {
    return new FailureReport(hub, hub.journal().tail());
  }

  /** Completes the report with the current state of the hub. */
  Map<String, String> entries() {
    String prefix = hub.name().isEmpty() ? "hub" : "hub \"" + hub.name() + "\"";
    Map<String, String> entries = new LinkedHashMap<>();
    entries.put(prefix, urls());
    entries.put(prefix + " journal", journal);
    if (hub.hub().owner().nats() != null) {
      entries.put(
          prefix + " streams",
          NatsClient.isPresent()
              ? StreamsReport.of(hub)
              : "(no NATS client is on the class path to ask with)");
    }
    entries.put(prefix + " log", log(hub.hub().workspace().log()));
    return entries;
  }

  private String urls() {
    Hub whole = hub.hub();
    return present(whole.owner().nats(), "NATS")
        + present(whole.owner().fossil(), "Fossil")
        + "root "
        + hub.root();
  }

  private String present(@Nullable Endpoint endpoint, String what) {
    if (endpoint == null) {
      return "";
    }
    return what + " " + (what.equals("NATS") ? hub.natsUrl() : hub.fossilUrl()) + ", ";
  }

  private static String log(Path file) {
    try {
      if (!Files.exists(file)) {
        return "(none)";
      }
      List<String> lines = Files.readAllLines(file);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
    } catch (IOException e) {
      return "(unreadable: " + e.getMessage() + ")";
    }
  }
}
