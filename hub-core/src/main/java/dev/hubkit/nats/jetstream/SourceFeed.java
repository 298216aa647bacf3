package dev.hubkit.nats.jetstream;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Batch;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.jetstream.PublishHeaders.Name;
import dev.hubkit.nats.subject.SubjectTransform;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.HeaderLines;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.Nuid;
import dev.hubkit.time.Timer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a stream fed from another one, its mirror's origin or a source: reads it through a push
 * consumer, in order, and begins again where it was when anything is missing. Confined to the lane
 * of the stream that is fed.
 */
final class SourceFeed {
  private static final Logger log = LoggerFactory.getLogger(SourceFeed.class);
  private static final byte[] NOTHING = new byte[0];
  private static final long SECOND = 1_000_000_000L;
  private static final long HEARTBEAT = SECOND;
  private static final long SILENCE = 10 * SECOND;
  private static final long SHORTEST_RETRY = SECOND / 4;
  private static final long LONGEST_RETRY = 30 * SECOND;
  private static final int INACTIVE_SECONDS = 10;

  private final Stream stream;
  private final StreamSource source;
  private final boolean mirror;
  private final List<SubjectTransform> transforms = new ArrayList<>();
  private @Nullable Subscription deliveries;
  private @Nullable Subscription answers;
  private @Nullable Timer timer;
  private @Nullable ApiFailure failure;
  private int attempts;
  private int generation;
  private long sourceSequence;
  private long deliverSequence;
  private long lag;
  private long heard;

  private record ApiFailure(long code, long errorCode, String description) {}

  SourceFeed(Stream stream, StreamSource source, boolean mirror) {
    this.stream = stream;
    this.source = source;
    this.mirror = mirror;
    for (StreamConfig.TransformConfig each : source.transforms()) {
      if (!each.destination().isEmpty()) {
        transforms.add(SubjectTransform.of(each.source(), each.destination()));
      }
    }
  }

  StreamSource source() {
    return source;
  }

  /**
   * Begins to read.
   *
   * @param after the last sequence of the other stream that is known to be here; 0 for none
   */
  void start(long after, Batch batch) {
    sourceSequence = after;
    connect(batch);
  }

  private void connect(Batch batch) {
    disconnect();
    deliverSequence = 0;
    int current = ++generation;
    String id = Nuid.of(8);
    String kind = mirror ? "M" : "S";
    StreamSource.External external = source.external();
    StreamSource.SourceConsumer given = source.consumer();
    String deliver = "$JS." + kind + "." + id;
    if (external != null && !external.deliverPrefix().isEmpty()) {
      deliver = external.deliverPrefix() + "." + kind + "." + id;
    }
    if (given != null) {
      deliver = given.deliverSubject();
    }
    deliveries =
        stream
            .account()
            .subscribe(
                deliver,
                null,
                (subscription, message, from) -> {
                  Message kept = message.retain();
                  stream.lane().submit(lane -> receive(kept, current, lane), from);
                });
    schedule(SILENCE, current);
    if (given == null) {
      request(deliver, current, batch);
    }
  }

  private void request(String deliver, int current, Batch batch) {
    String inbox = "$JS.R." + Nuid.of(8);
    answers =
        stream
            .account()
            .subscribe(
                inbox,
                null,
                (subscription, message, from) -> {
                  Message kept = message.retain();
                  stream.lane().submit(lane -> answered(kept, current), from);
                });
    StreamSource.External external = source.external();
    String api =
        external == null || external.apiPrefix().isEmpty() ? "$JS.API" : external.apiPrefix();
    Message request =
        Message.of(api + ".CONSUMER.CREATE." + source.name(), inbox, consumer(deliver));
    if (stream.account().publish(request, batch) == 0) {
      retry();
    }
  }

  private byte[] consumer(String deliver) {
    JsonWriter out = JsonWriter.compact().beginObject().field("stream_name", source.name());
    out.beginObject("config")
        .field("deliver_subject", deliver)
        .field("ack_policy", "none")
        .field("ack_wait", 22L * 3600 * SECOND)
        .field("max_deliver", 1)
        .field("replay_policy", "instant")
        .field("flow_control", true)
        .field("idle_heartbeat", HEARTBEAT)
        .field("inactive_threshold", INACTIVE_SECONDS * SECOND)
        .field("mem_storage", true)
        .field("num_replicas", 1)
        .field("direct", true);
    if (sourceSequence > 0) {
      out.field("deliver_policy", "by_start_sequence")
          .unsigned("opt_start_seq", sourceSequence + 1);
    } else if (source.startSequence() != 0) {
      out.field("deliver_policy", "by_start_sequence")
          .unsigned("opt_start_seq", source.startSequence());
    } else if (source.startTime() != null) {
      out.field("deliver_policy", "by_start_time")
          .field("opt_start_time", Rfc3339.format(source.startTime()));
    } else {
      out.field("deliver_policy", "all");
    }
    List<String> filters =
        source.transforms().stream().map(StreamConfig.TransformConfig::source).toList();
    if (!source.filterSubject().isEmpty()) {
      out.field("filter_subject", source.filterSubject());
    } else if (filters.size() == 1 && !filters.get(0).isEmpty()) {
      out.field("filter_subject", filters.get(0));
    } else if (filters.size() > 1) {
      out.field("filter_subjects", filters);
    }
    return out.endObject().endObject().toBytes();
  }

  private void answered(Message message, int current) {
    if (current != generation) {
      return;
    }
    try {
      JsonObject answer = Json.parseObject(message.payload());
      JsonObject error = answer.object("error");
      if (error == null) {
        failure = null;
        attempts = 0;
        heard = stream.time().epochNanos();
        return;
      }
      failure =
          new ApiFailure(
              error.integer("code", 500),
              error.integer("err_code", 0),
              error.string("description", ""));
    } catch (JsonException e) {
      log.debug("No answer about {} of stream {}", source.name(), stream.name(), e);
    }
    retry();
  }

  private void retry() {
    disconnect();
    generation++;
    attempts++;
    schedule(Math.min(LONGEST_RETRY, SHORTEST_RETRY << Math.min(attempts, 10)), generation);
  }

  private void schedule(long delay, int current) {
    if (timer != null) {
      timer.cancel();
    }
    timer =
        stream
            .time()
            .schedule(
                delay,
                () ->
                    stream
                        .lane()
                        .execute(
                            batch -> {
                              if (current == generation && !stream.isClosed()) {
                                connect(batch);
                              }
                            }));
  }

  private void receive(Message message, int current, Batch batch) {
    if (current != generation || stream.isClosed()) {
      return;
    }
    heard = stream.time().epochNanos();
    schedule(SILENCE, current);
    if (isControl(message)) {
      control(message, batch);
      return;
    }
    Position position = Position.of(message.reply());
    if (position == null || position.deliveries() > 1) {
      return;
    }
    if (source.consumer() == null && position.deliver() != deliverSequence + 1) {
      if (position.deliver() > deliverSequence) {
        connect(batch); // something was lost on the way
      }
      return;
    }
    deliverSequence = position.deliver();
    if (position.stream() <= sourceSequence) {
      return;
    }
    lag = Math.max(0, position.pending() - 1);
    if (store(message, position, batch)) {
      sourceSequence = position.stream();
    } else {
      retry();
    }
  }

  private static boolean isControl(Message message) {
    return message.payloadLength() == 0
        && message.headerLength() > 0
        && message.text().isEmpty()
        && startsWith(message, "NATS/1.0 100");
  }

  private static boolean startsWith(Message message, String text) {
    return message.headerLength() >= text.length()
        && new String(
                message.buffer(), message.offset(), text.length(), StandardCharsets.ISO_8859_1)
            .equals(text);
  }

  private void control(Message message, Batch batch) {
    if (message.reply() != null) {
      stream.account().publish(Message.of(message.reply(), null, NOTHING), batch);
      return;
    }
    byte[] header = message.header();
    if (HeaderLines.number(header, "Nats-Last-Consumer") != deliverSequence
        && source.consumer() == null) {
      connect(batch);
      return;
    }
    String stalled = HeaderLines.value(header, "Nats-Consumer-Stalled");
    if (!stalled.isEmpty()) {
      stream.account().publish(Message.of(stalled, null, NOTHING), batch);
    }
  }

  private boolean store(Message message, Position position, Batch batch) {
    String subject = message.subject();
    for (SubjectTransform transform : transforms) {
      Optional<String> changed = transform.apply(subject);
      if (changed.isPresent()) {
        subject = changed.get();
        break;
      }
    }
    if (mirror) {
      return stream.mirrored(
          message.withSubject(subject, null), position.stream(), position.time(), batch);
    }
    byte[] header = HeaderBlock.remove(message.header(), Name.STREAM_SOURCE.text());
    header = HeaderBlock.removePrefix(header, "Nats-Expected-");
    header = HeaderBlock.removePrefix(header, "Nats-Batch-");
    header =
        HeaderBlock.add(
            header, Name.STREAM_SOURCE.text(), origin(position.stream(), message.subject()));
    return stream.sourced(Message.of(subject, null, header, message.payload()), batch);
  }

  /** What a sourced message says about where it is from: stream, sequence, filters, subject. */
  private String origin(long sequence, String subject) {
    String[] name = source.indexName().split(" ", -1);
    return name[0] + " " + sequence + " " + name[1] + " " + name[2] + " " + subject;
  }

  /**
   * The sequence in the other stream, if a {@code Nats-Stream-Source} header is of this feed; 0.
   */
  long sequenceIn(String header) {
    String[] fields = header.split(" ", -1);
    if (fields.length >= 4
        && (fields[0] + " " + fields[2] + " " + fields[3]).equals(source.indexName())) {
      return Math.max(0, PublishHeaders.digits(fields[1]));
    }
    return 0;
  }

  /** Where a delivery stands, from its reply subject (ADR-15). */
  private record Position(long deliveries, long stream, long deliver, long time, long pending) {
    static @Nullable Position of(@Nullable String reply) {
      if (reply == null || !reply.startsWith("$JS.ACK.")) {
        return null;
      }
      List<String> tokens = Subjects.tokens(reply);
      int at = tokens.size() == 9 ? 4 : 6;
      if (tokens.size() < at + 5) {
        return null;
      }
      return new Position(
          PublishHeaders.digits(tokens.get(at)),
          PublishHeaders.digits(tokens.get(at + 1)),
          PublishHeaders.digits(tokens.get(at + 2)),
          PublishHeaders.digits(tokens.get(at + 3)),
          PublishHeaders.digits(tokens.get(at + 4)));
    }
  }

  /** A stream has come into being: time to try again, if it is the one. */
  void appeared(String name, Batch batch) {
    if (failure != null && source.external() == null && source.name().equals(name)) {
      connect(batch);
    }
  }

  /** Writes how it goes into the open object. */
  void writeTo(JsonWriter out) {
    out.field("name", source.name());
    source.writeExternal(out);
    out.field("lag", lag)
        .field("active", heard == 0 ? -1 : stream.time().epochNanos() - heard)
        .fieldIfSet("filter_subject", source.filterSubject());
    source.writeTransforms(out);
    if (failure != null) {
      out.beginObject("error")
          .field("code", failure.code())
          .field("err_code", failure.errorCode())
          .field("description", failure.description())
          .endObject();
    }
  }

  private void disconnect() {
    if (deliveries != null) {
      stream.account().unsubscribe(deliveries);
      deliveries = null;
    }
    if (answers != null) {
      stream.account().unsubscribe(answers);
      answers = null;
    }
  }

  void stop() {
    generation++;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    disconnect();
  }
}
