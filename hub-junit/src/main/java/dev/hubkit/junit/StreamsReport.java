package dev.hubkit.junit;

import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.StreamInfo;
import java.io.IOException;

/** Reports the state of a hub's streams and consumers. */
final class StreamsReport {
  private StreamsReport() {}

  /** Returns a line for each stream, and one for each of its consumers. */
  static String of(HubResource hub) {
    StringBuilder lines = new StringBuilder();
    try {
      JetStreamManagement management = hub.toolkitConnection().jetStreamManagement();
      for (StreamInfo stream : management.getStreams()) {
        lines.append(describe(stream));
        for (ConsumerInfo consumer : management.getConsumers(stream.getConfiguration().getName())) {
          lines.append(describe(consumer));
        }
      }
    } catch (IOException | JetStreamApiException | RuntimeException e) {
      lines.append("(the server does not report them: ").append(e.getMessage()).append(')');
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
}
