package dev.hubkit.junit;

import dev.hubkit.Hub;
import dev.hubkit.workspace.Endpoint;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.StreamInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What there is to know of a hub when a test with it has failed, as entries of a test report. */
final class FailureReport {
  private static final int LOG_LINES = 40;

  private final HubResource hub;
  private final String journal;

  private FailureReport(HubResource hub, String journal) {
    this.hub = hub;
    this.journal = journal;
  }

  /** Begins a report with what has happened up to now. */
  static FailureReport of(HubResource hub) {
    return new FailureReport(hub, hub.journal().tail());
  }

  /** The report, with how the hub is now. */
  Map<String, String> entries() {
    String prefix = hub.name().isEmpty() ? "hub" : "hub \"" + hub.name() + "\"";
    Map<String, String> entries = new LinkedHashMap<>();
    entries.put(prefix, urls());
    entries.put(prefix + " journal", journal);
    if (hub.hub().owner().nats() != null) {
      entries.put(prefix + " streams", streams());
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

  private String streams() {
    StringBuilder lines = new StringBuilder();
    try {
      JetStreamManagement management = hub.managing().jetStreamManagement();
      for (StreamInfo stream : management.getStreams()) {
        lines.append(describe(stream));
        for (ConsumerInfo consumer : management.getConsumers(stream.getConfiguration().getName())) {
          lines.append(describe(consumer));
        }
      }
    } catch (IOException | JetStreamApiException | RuntimeException e) {
      lines.append("(they can't be asked for: ").append(e.getMessage()).append(')');
    }
    return lines.length() == 0 ? "(none)" : lines.toString().stripTrailing();
  }

  private static String describe(StreamInfo stream) {
    return stream.getConfiguration().getName()
        + " "
        + stream.getConfiguration().getSubjects()
        + ": "
        + stream.getStreamState().getMsgCount()
        + " messages, "
        + stream.getStreamState().getFirstSequence()
        + " to "
        + stream.getStreamState().getLastSequence()
        + "\n";
  }

  private static String describe(ConsumerInfo consumer) {
    return "  "
        + consumer.getName()
        + ": delivered up to "
        + consumer.getDelivered().getStreamSequence()
        + ", acknowledged up to "
        + consumer.getAckFloor().getStreamSequence()
        + ", "
        + consumer.getNumPending()
        + " pending, "
        + consumer.getNumAckPending()
        + " not acknowledged, "
        + consumer.getRedelivered()
        + " redelivered\n";
  }

  private static String log(Path file) {
    try {
      if (!Files.exists(file)) {
        return "(none)";
      }
      List<String> lines = Files.readAllLines(file);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
    } catch (IOException e) {
      return "(it can't be read: " + e.getMessage() + ")";
    }
  }
}
