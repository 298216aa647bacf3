package dev.hubkit.junit.trace;

import dev.hubkit.fossil.sync.SyncSummary;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.junit.journal.JournalEntry;
import dev.hubkit.junit.journal.UnmetExpectation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a trace as JSON, as the trace page of hub-core reads it. Times are microseconds after the
 * first step, by the hub's clock ({@code t}) and by the machine's ({@code r}).
 */
final class TraceDocument {
  private static final int VERSION = 1;
  private static final long MICRO = 1000;
  private static final long MILLI = 1_000_000;

  private final TraceContents trace;
  private final List<TraceStep> steps;
  private final int[] causes;
  private final PayloadBudget budget;
  private final JsonWriter out = JsonWriter.compact();
  private final long firstHub;
  private final long firstReal;

  private TraceDocument(TraceContents trace) {
    this.trace = trace;
    steps = trace.steps();
    causes = TraceCauses.of(steps);
    budget = PayloadBudget.of(steps);
    firstHub = steps.isEmpty() ? 0 : steps.get(0).hubNanos();
    firstReal = steps.isEmpty() ? 0 : steps.get(0).realNanos();
  }

  /** Returns the JSON text of a trace, as UTF-8. */
  static byte[] of(TraceContents trace) {
    return new TraceDocument(trace).write();
  }

  private byte[] write() {
    out.beginObject().field("version", VERSION);
    out.field("test", trace.test()).field("result", trace.result());
    out.fieldIfSet("hub", trace.hub());
    out.field("began", firstHub / MILLI).field("dropped", trace.dropped());
    out.field("shortened", budget.dropped());
    writeFailure();
    writeUnmet();
    out.beginArray("entries");
    for (int i = 0; i < steps.size(); i++) {
      write(i, steps.get(i));
    }
    out.endArray();
    out.beginArray("streams");
    trace.streams().forEach(this::writeStream);
    out.endArray();
    return out.endObject().toBytes();
  }

  private void writeFailure() {
    TraceFailure failure = trace.failure();
    if (failure != null) {
      out.beginObject("failure");
      out.field("type", failure.type()).field("message", failure.message());
      out.fieldIfSet("at", failure.at());
      out.endObject();
    }
  }

  private void writeUnmet() {
    Map<Long, Integer> places = new HashMap<>();
    for (int i = 0; i < steps.size(); i++) {
      JournalEntry entry = steps.get(i).entry();
      if (entry != null) {
        places.put(entry.number(), i);
      }
    }
    out.beginArray("unmet");
    for (UnmetExpectation each : trace.unmet()) {
      out.beginObject().field("text", each.text());
      Integer subscription = places.get(each.subscription());
      if (subscription != null) {
        out.field("subscription", subscription);
      }
      out.beginArray("nearest");
      each.nearest().stream().map(places::get).filter(at -> at != null).forEach(out::value);
      out.endArray().endObject();
    }
    out.endArray();
  }

  private void write(int at, TraceStep step) {
    out.beginObject().field("k", step.kind());
    out.field("t", (step.hubNanos() - firstHub) / MICRO);
    out.field("r", (step.realNanos() - firstReal) / MICRO);
    if (causes[at] != TraceCauses.NONE) {
      out.field("c", causes[at]);
    }
    JournalEntry entry = step.entry();
    TraceIncident incident = step.incident();
    if (entry != null) {
      writeEntry(at, entry);
    } else if (incident != null) {
      writeIncident(incident);
    }
    out.endObject();
  }

  private void writeIncident(TraceIncident incident) {
    out.fieldIfSet("account", incident.account()).fieldIfSet("stream", incident.stream());
    if (incident.sequence() != 0) {
      out.unsigned("seq", incident.sequence());
    }
    if (incident.kind() == TraceIncident.Kind.STORED) {
      out.field("s", incident.text());
    } else {
      out.fieldIfSet("d", incident.text());
    }
  }

  private void writeEntry(int at, JournalEntry entry) {
    if (entry.client() != 0) {
      out.field("client", entry.client());
      out.fieldIfSet("name", entry.clientName().orElse(null));
      out.fieldIfSet("account", entry.account().orElse(null));
    }
    out.fieldIfSet("server", entry.server().orElse(null));
    out.fieldIfSet("s", entry.subject()).fieldIfSet("y", entry.reply().orElse(null));
    out.fieldIfSet("i", entry.sid().orElse(null)).fieldIfSet("d", entry.detail());
    out.fieldIfSet("g", entry.isBackground()).fieldIfSet("u", entry.unflushedBytes());
    out.fieldIfSet("status", entry.status());
    entry.sync().ifPresent(this::writeSync);
    switch (entry.kind()) {
      case PUBLISHED, DELIVERED -> {
        writeHeaders(entry);
        out.field("z", entry.payloadLength());
        budget.write(at, entry, out);
      }
      default -> {}
    }
  }

  private void writeHeaders(JournalEntry entry) {
    out.fieldIfSet("x", entry.headerStatus());
    Map<String, List<String>> headers = entry.headers();
    if (!headers.isEmpty()) {
      out.beginObject("h");
      headers.forEach(out::field);
      out.endObject();
    }
  }

  private void writeSync(SyncSummary sync) {
    out.beginObject("sync");
    out.field("received", sync.received().toString()).field("sent", sync.sent().toString());
    out.fieldIfSet("error", sync.error());
    out.endObject();
  }

  private void writeStream(JsonObject stream) {
    JsonObject state = stream.objectOrEmpty("state");
    JsonObject config = stream.objectOrEmpty("config");
    out.beginObject().field("name", stream.string("name", ""));
    out.field("subjects", config.strings("subjects"));
    out.fieldIfSet("retention", config.string("retention"));
    out.unsigned("messages", state.unsigned("messages", 0));
    out.unsigned("bytes", state.unsigned("bytes", 0));
    out.unsigned("first", state.unsigned("first_seq", 0));
    out.unsigned("last", state.unsigned("last_seq", 0));
    out.unsigned("distinct", state.unsigned("num_subjects", 0));
    out.beginArray("consumers");
    stream.objects("consumer_detail").forEach(this::writeConsumer);
    out.endArray().endObject();
  }

  private void writeConsumer(JsonObject consumer) {
    JsonObject config = consumer.objectOrEmpty("config");
    out.beginObject().field("name", consumer.string("name", ""));
    out.fieldIfSet("policy", config.string("ack_policy"));
    String filter = config.string("filter_subject", "");
    out.field("filters", filter.isEmpty() ? config.strings("filter_subjects") : List.of(filter));
    out.unsigned("delivered", consumer.objectOrEmpty("delivered").unsigned("stream_seq", 0));
    out.unsigned("floor", consumer.objectOrEmpty("ack_floor").unsigned("stream_seq", 0));
    out.unsigned("pending", consumer.unsigned("num_pending", 0));
    out.unsigned("outstanding", consumer.unsigned("num_ack_pending", 0));
    out.unsigned("redelivered", consumer.unsigned("num_redelivered", 0));
    out.endObject();
  }
}
