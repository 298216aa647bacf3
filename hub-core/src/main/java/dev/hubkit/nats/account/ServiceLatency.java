package dev.hubkit.nats.account;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.Nuid;
import dev.hubkit.time.GoTime;
import dev.hubkit.time.TimeSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The setting to publish samples of a service's response time. Immutable.
 *
 * @param subject where samples go in the account that exports the service; literal
 * @param sampling how many of a hundred requests are sampled; 0 for those whose headers ask for it
 */
public record ServiceLatency(String subject, int sampling) {
  private static final int ALL = 100;
  private static final String TYPE = "io.nats.server.metric.v1.service_latency";

  /**
   * Returns the headers that have a request sampled, empty when chance has; null when it is not.
   */
  @Nullable Map<String, List<String>> sample(Message request) {
    if (sampling >= ALL || (sampling > 0 && ThreadLocalRandom.current().nextInt(ALL) < sampling)) {
      return Map.of();
    }
    return request.headerLength() == 0 ? null : SamplingHeaders.of(request.header()).sampled();
  }

  /** Writes the setting as the field {@code name} of an object, as claims have it. */
  void write(JsonWriter json, String name) {
    json.beginObject(name);
    if (sampling == 0) {
      json.field("sampling", "headers");
    } else {
      json.field("sampling", sampling);
    }
    json.field("results", subject).endObject();
  }

  /** A request whose response is timed. */
  static final class Sample {
    private final ServiceLatency latency;
    private final SubjectSpace exporter;
    private final @Nullable Requester requester;
    private final RequesterShare disclosure;
    private final Map<String, List<String>> headers;
    private final TimeSource time;
    private final long startNanos;
    private final long startEpoch;

    Sample(
        ServiceLatency latency,
        SubjectSpace exporter,
        @Nullable Requester requester,
        RequesterShare disclosure,
        Map<String, List<String>> headers,
        TimeSource time) {
      this.latency = latency;
      this.exporter = exporter;
      this.requester = requester;
      this.disclosure = disclosure;
      this.headers = headers;
      this.time = time;
      this.startNanos = time.nanoTime();
      this.startEpoch = time.epochNanos();
    }

    /** Writes what has the request sampled, in an account's report. */
    void write(JsonWriter json) {
      headers(json, "tracking_header");
      latency.write(json, "latency");
    }

    private void headers(JsonWriter json, String name) {
      if (!headers.isEmpty()) {
        json.beginObject(name);
        new TreeMap<>(headers).forEach(json::field);
        json.endObject();
      }
    }

    private long requesterRoundTrip() {
      return requester == null ? 0 : requester.roundTripNanos();
    }

    /** Publishes a sample after the service has responded. */
    void responded(@Nullable Requester responder, WorkBatch batch) {
      long took = time.nanoTime() - startNanos;
      long responderRoundTrip = responder == null ? 0 : responder.roundTripNanos();
      JsonWriter json = begin(200, "");
      describe(json, "requestor", requester, disclosure);
      describe(json, "responder", responder, RequesterShare.ALL);
      // What the way to the service and back takes is not the service's.
      end(json, Math.max(0, took - responderRoundTrip), requesterRoundTrip() + took, batch);
    }

    /**
     * Publishes a sample of a request without a response, with a status of nats-server's: 400, 408,
     * 503 or 504.
     */
    void failed(int status, String text, WorkBatch batch) {
      JsonWriter json = begin(status, text);
      describe(json, "requestor", requester, disclosure);
      end(json, 0, 0, batch);
    }

    private JsonWriter begin(int status, String text) {
      return JsonWriter.compact()
          .beginObject()
          .field("type", TYPE)
          .field("id", Nuid.next())
          .field("timestamp", GoTime.stamp(time.epochNanos()))
          .field("status", status)
          .fieldIfSet("description", text);
    }

    private static void describe(
        JsonWriter json, String field, @Nullable Requester who, RequesterShare disclosure) {
      if (who != null) {
        json.beginObject(field);
        who.describe(json, disclosure, "");
        json.endObject();
      }
    }

    private void end(JsonWriter json, long service, long total, WorkBatch batch) {
      headers(json, "header");
      json.field("start", GoTime.stamp(startEpoch - requesterRoundTrip()))
          .field("service", service)
          .field("system", 0)
          .field("total", total)
          .endObject();
      Requester publisher = batch.requester();
      batch.requester(null);
      exporter.publish(Message.of(latency.subject, null, json.toBytes()), batch);
      batch.requester(publisher);
    }
  }
}
