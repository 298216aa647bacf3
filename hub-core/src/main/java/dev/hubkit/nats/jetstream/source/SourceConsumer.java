package dev.hubkit.nats.jetstream.source;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.AckPolicy;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.config.StreamSource;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders.Name;
import dev.hubkit.nats.subject.SubjectTransform;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.HeaderLines;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.Nuid;
import dev.hubkit.time.Timer;
import dev.hubkit.work.WorkStep;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Feeds a stream from another one, the origin of its mirror or a source. Reads it in order through
 * a push consumer, and starts again from the last stored message when one is missing. Confined to
 * the executor of the stream that is fed.
 */
final class SourceConsumer {
  private static final Log log = Log.of(SourceConsumer.class);
  private static final byte[] NOTHING = new byte[0];
  private static final long SECOND = 1_000_000_000L;
  private static final long SILENCE = 10 * SECOND;
  private static final long RESPONSE = 30 * SECOND;
  private static final long SHORTEST_RETRY = SECOND / 4;
  private static final long LONGEST_RETRY = 30 * SECOND;

  private final SourceContext stream;
  private final StreamSource source;
  private final boolean mirror;
  private final SourceRequest request;
  private final List<SubjectTransform> transforms = new ArrayList<>();
  private @Nullable Subscription deliveries;
  private @Nullable Subscription answers;
  private @Nullable Timer timer;
  private @Nullable ApiFailure failure;
  private int attempts;
  private String consumerName = "";
  private int generation;
  private long sourceSequence;
  private long deliverSequence;
  private long lag;
  private long heard;

  private record ApiFailure(long code, long errorCode, String description) {
    static ApiFailure of(ApiException e) {
      return new ApiFailure(e.error().code(), e.error().errorCode(), e.description());
    }
  }

  SourceConsumer(SourceContext stream, StreamSource source, boolean mirror) {
    this.stream = stream;
    this.source = source;
    this.mirror = mirror;
    this.request = new SourceRequest(stream, source, mirror);
    for (StreamConfig.TransformConfig each : source.transforms()) {
      if (!each.destination().isEmpty()) {
        transforms.add(SubjectTransform.of(each.source(), each.destination()));
      }
    }
  }

  public StreamSource source() {
    return source;
  }

  /**
   * Begins to read.
   *
   * @param after the last sequence of the other stream that is stored here; 0 for none
   */
  public void start(long after, WorkBatch batch) {
    sourceSequence = after;
    connect(batch);
  }

  private void connect(WorkBatch batch) {
    try {
      WorkStep.FEED_CONNECT.reach();
      ask(batch);
    } catch (Throwable e) {
      failed(e);
    }
  }

  /** Starts again from what is stored after a step has failed. */
  private void failed(Throwable cause) {
    stream
        .jetStream()
        .supervisor()
        .failed("The feed of " + stream + " from " + source.name(), cause, null);
    retry();
  }

  private void ask(WorkBatch batch) {
    disconnect();
    deliverSequence = 0;
    int current = ++generation;
    String deliver = request.deliverSubject();
    String inbox = "$JS.R." + Nuid.of(8);
    answers =
        stream
            .account()
            .subscribe(
                inbox,
                null,
                (subscription, message, from) -> {
                  Message kept = message.retain();
                  stream
                      .executor()
                      .submit(taskBatch -> answered(kept, deliver, current, taskBatch), from);
                });
    schedule(RESPONSE, current);
    if (stream.account().publish(request.message(inbox, deliver, sourceSequence), batch) == 0) {
      retry();
    }
  }

  private void answered(Message message, String deliver, int current, WorkBatch batch) {
    if (current != generation || stream.isClosed()) {
      return;
    }
    try {
      WorkStep.FEED_ANSWERED.reach();
      JsonObject answer = Json.parseObject(message.payload());
      JsonObject error = answer.object("error");
      if (error == null) {
        connected(answer, deliver, current, batch);
        return;
      }
      failure =
          new ApiFailure(
              error.integer("code", 500),
              error.integer("err_code", 0),
              error.string("description", ""));
    } catch (JsonException e) {
      log.debug("No response about {} to stream {}", source.name(), stream.name(), e);
      failure = ApiFailure.of(ApiError.INVALID_JSON.exception(String.valueOf(e.getMessage())));
    } catch (ApiException e) {
      failure = ApiFailure.of(e);
    } catch (Throwable e) {
      failed(e);
      return;
    }
    retry();
  }

  private void connected(JsonObject consumer, String deliver, int current, WorkBatch batch) {
    JsonObject config = consumer.object("config");
    JsonObject delivered = consumer.object("delivered");
    if (config == null || delivered == null) {
      throw (mirror ? ApiError.MIRROR_CONSUMER_SETUP_FAILED : ApiError.SOURCE_CONSUMER_SETUP_FAILED)
          .exception("invalid consumer create response");
    }
    if (source.consumer() != null
        && !config.string("ack_policy", "").equals(AckPolicy.FLOW_CONTROL.text())) {
      throw (mirror
              ? ApiError.MIRROR_CONSUMER_REQUIRES_ACK_FC
              : ApiError.SOURCE_CONSUMER_REQUIRES_ACK_FC)
          .exception();
    }
    failure = null;
    attempts = 0;
    heard = stream.time().epochNanos();
    long behind = delivered.unsigned("stream_seq", 0);
    if (behind > sourceSequence) {
      if (mirror && !stream.mirroredUpTo(behind, batch)) {
        retry();
        return;
      }
      sourceSequence = behind;
    }
    consumerName = consumer.string("name", "");
    unsubscribeAnswers();
    schedule(SILENCE, current);
    deliveries =
        stream
            .account()
            .subscribe(
                deliver,
                null,
                (subscription, message, from) -> {
                  Message kept = message.retain();
                  stream.executor().submit(taskBatch -> receive(kept, current, taskBatch), from);
                });
  }

  private void retry() {
    attempts++;
    // Comes first, so that there is another try whatever fails below.
    schedule(Math.min(LONGEST_RETRY, SHORTEST_RETRY << Math.min(attempts, 10)), generation + 1);
    generation++;
    disconnect();
  }

  private void schedule(long delay, int current) {
    Timer before = timer;
    timer = stream.time().schedule(delay, () -> onTimer(current));
    if (before != null) {
      before.cancel();
    }
  }

  // Runs on the thread of the timers.
  private void onTimer(int current) {
    stream
        .executor()
        .execute(
            batch -> {
              if (current == generation && !stream.isClosed()) {
                connect(batch);
              }
            });
  }

  private void receive(Message message, int current, WorkBatch batch) {
    if (current != generation || stream.isClosed()) {
      return;
    }
    try {
      WorkStep.FEED_RECEIVE.reach();
      receiveCurrent(message, current, batch);
    } catch (Throwable e) {
      failed(e);
    }
  }

  private void receiveCurrent(Message message, int current, WorkBatch batch) {
    heard = stream.time().epochNanos();
    schedule(SILENCE, current);
    if (isControl(message)) {
      control(message, batch);
      return;
    }
    Position position = Position.of(message.reply());
    if (position == null
        || position.deliveries() > 1
        || !position.consumer().equals(consumerName)) {
      return;
    }
    boolean isNext = position.deliver() == deliverSequence + 1;
    if (position.stream() <= sourceSequence) {
      deliverSequence += isNext ? 1 : 0;
      return;
    }
    if (!isNext && !(mirror && position.stream() == sourceSequence + 1)) {
      if (mirror || position.deliver() > deliverSequence) {
        connect(batch); // a message was lost on the way
      }
      return;
    }
    deliverSequence = position.deliver();
    lag = Math.max(0, position.pending() - 1);
    if (store(message, position, batch)) {
      WorkStep.FEED_STORED.reach();
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

  private void control(Message message, WorkBatch batch) {
    if (message.reply() != null) {
      // Only durable messages may be acknowledged.
      stream.commitPending(batch);
      String header =
          "NATS/1.0\r\nNats-Last-Consumer: "
              + deliverSequence
              + "\r\nNats-Last-Stream: "
              + sourceSequence
              + "\r\n\r\n";
      byte[] bytes = header.getBytes(StandardCharsets.ISO_8859_1);
      stream.account().publish(Message.of(message.reply(), null, bytes, NOTHING), batch);
      return;
    }
    byte[] header = message.header();
    long last = HeaderLines.number(header, "Nats-Last-Consumer");
    if (last > 0 && last != deliverSequence) {
      connect(batch);
      return;
    }
    String stalled = HeaderLines.value(header, "Nats-Consumer-Stalled");
    if (!stalled.isEmpty()) {
      stream.account().publish(Message.of(stalled, null, NOTHING), batch);
    }
  }

  private boolean store(Message message, Position position, WorkBatch batch) {
    String subject = message.subject();
    for (SubjectTransform transform : transforms) {
      Optional<String> changed = transform.apply(subject);
      if (changed.isPresent()) {
        subject = changed.get();
        break;
      }
    }
    if (mirror) {
      Message plain = message;
      if (message.headerLength() > 0) {
        plain = message.withHeader(withoutPublishing(message.header()));
      }
      return stream.mirrored(
          plain.withSubject(subject, null), position.stream(), position.time(), batch);
    }
    byte[] header = HeaderBlock.remove(message.header(), Name.STREAM_SOURCE.text());
    header = withoutPublishing(header);
    header =
        HeaderBlock.add(
            header, Name.STREAM_SOURCE.text(), origin(position.stream(), message.subject()));
    return stream.sourced(Message.of(subject, null, header, message.payload()), batch);
  }

  // The publisher meant these headers for the other stream.
  private static byte[] withoutPublishing(byte[] header) {
    return HeaderBlock.removePrefix(
        HeaderBlock.removePrefix(header, "Nats-Expected-"), "Nats-Batch-");
  }

  /**
   * Returns the {@code Nats-Stream-Source} header of a sourced message: stream, sequence, filters,
   * subject.
   */
  private String origin(long sequence, String subject) {
    String[] name = source.indexName().split(" ", -1);
    return name[0] + " " + sequence + " " + name[1] + " " + name[2] + " " + subject;
  }

  /**
   * Returns the sequence in the other stream if a {@code Nats-Stream-Source} header belongs to this
   * source, otherwise 0.
   */
  long sequenceIn(String header) {
    String[] fields = header.split(" ", -1);
    if (fields.length >= 4
        && (fields[0] + " " + fields[2] + " " + fields[3]).equals(source.indexName())) {
      return Math.max(0, PublishHeaders.digits(fields[1]));
    }
    return 0;
  }

  /** The position of a delivery, from its reply subject (ADR-15). */
  private record Position(
      String consumer, long deliveries, long stream, long deliver, long time, long pending) {
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
          tokens.get(at - 1),
          PublishHeaders.digits(tokens.get(at)),
          PublishHeaders.digits(tokens.get(at + 1)),
          PublishHeaders.digits(tokens.get(at + 2)),
          PublishHeaders.digits(tokens.get(at + 3)),
          PublishHeaders.digits(tokens.get(at + 4)));
    }
  }

  /** Connects again if the stream that was just created is the other one. */
  public void onStreamCreated(String name, WorkBatch batch) {
    if (failure != null && source.external() == null && source.name().equals(name)) {
      connect(batch);
    }
  }

  /** Writes the status into the open object. */
  public void writeTo(JsonWriter out) {
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
    unsubscribeAnswers();
  }

  private void unsubscribeAnswers() {
    if (answers != null) {
      stream.account().unsubscribe(answers);
      answers = null;
    }
  }

  public void stop() {
    generation++;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    disconnect();
  }
}
