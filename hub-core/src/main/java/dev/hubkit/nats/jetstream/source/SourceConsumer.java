package dev.hubkit.nats.jetstream.source;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.AckPolicy;
import dev.hubkit.nats.jetstream.config.StreamSource;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders.Name;
import dev.hubkit.nats.jetstream.runtime.SourcePositions;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.wire.HeaderLines;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.Timer;
import dev.hubkit.work.WorkStep;
import java.nio.charset.StandardCharsets;
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
  // A consumer that somebody made is only reset, which takes less time than to make one.
  private static final long RESET_RESPONSE = 5 * SECOND;
  // With this API level came consumers for sources, their reset, and the identity of streams.
  private static final int LEVEL = 4;
  private static final int LEVEL_WITH_IDENTITY = 5;

  private final SourceContext stream;
  private final StreamSource source;
  private final boolean mirror;
  private final SourceRequest request;
  private final SourceMessages messages;
  private @Nullable Subscription deliveries;
  private @Nullable Subscription answers;
  private @Nullable Timer timer;
  private @Nullable ApiFailure failure;
  private int attempts;
  private String consumerName = "";
  private int generation;
  private long sourceSequence;
  private long deliverSequence;
  // The last sequence that deliverSequence counts; older ones come from before a reset.
  private long countedSequence;
  private int apiLevel;
  // Distinguishes the other stream from a later one of its name; empty if that is not known.
  private String identity = "";
  // Whether the other stream is known to be a new one, and must be read from its begin.
  private boolean recreated;
  private SourcePositions.Position stored = SourcePositions.Position.START;
  private boolean changed;
  private final FlowControlStall stall = new FlowControlStall();
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
    this.apiLevel = mirror || !tellsIdentities() ? LEVEL : LEVEL_WITH_IDENTITY;
    this.messages = new SourceMessages(source);
  }

  private boolean tellsIdentities() {
    return stream.jetStream().compatibility().atLeast(Compatibility.V2_15);
  }

  public StreamSource source() {
    return source;
  }

  /**
   * Begins to read.
   *
   * @param after the last message of the other stream that is stored here
   */
  public void start(SourcePositions.Position after, WorkBatch batch) {
    stored = after;
    sourceSequence = after.sequence();
    identity = after.identity();
    recreated = false;
    connect(batch);
  }

  /** Returns the last message of the other stream that is stored here. */
  SourcePositions.Position stored() {
    return stored;
  }

  /** Returns whether {@link #stored} has changed since the last call. */
  boolean takeChanged() {
    boolean was = changed;
    changed = false;
    return was;
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
    String inbox = request.inbox();
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
    schedule(source.consumer() == null ? RESPONSE : RESET_RESPONSE, current);
    String expected = apiLevel < LEVEL_WITH_IDENTITY ? null : identity;
    Message message =
        request.message(inbox, deliver, sourceSequence, recreated, apiLevel, expected);
    if (stream.account().publish(message, batch) == 0) {
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
        String found = HeaderLines.value(message.header(), Name.STREAM_IDENTITY.text());
        connected(answer, found, deliver, current, batch);
        return;
      }
      if (askOtherwise(error.integer("err_code", 0), batch)) {
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

  /** Asks again at once if the error says how; returns whether it does. */
  private boolean askOtherwise(long error, WorkBatch batch) {
    if (error == ApiError.CONSUMER_STREAM_IDENTITY_MISMATCH.errorCode()) {
      sourceSequence = 0;
      identity = "";
      recreated = true;
    } else if (error == ApiError.REQUIRED_API_LEVEL.errorCode()
        || error == ApiError.INVALID_JSON.errorCode()) {
      int lower = apiLevel == LEVEL_WITH_IDENTITY ? LEVEL : 0;
      if (apiLevel == 0 || (lower == 0 && source.consumer() != null)) {
        return false;
      }
      apiLevel = lower;
    } else {
      return false;
    }
    ask(batch);
    return true;
  }

  /** Notes which stream is read, and begins anew if it is another one than before. */
  private void identify(String found) {
    if (recreated || (!found.isEmpty() && !identity.isEmpty() && !identity.equals(found))) {
      log.warn(
          "Source {} of stream {} was deleted and created again; it is read from its begin",
          source.name(),
          stream.name());
      sourceSequence = 0;
    }
    identity = found;
    recreated = false;
  }

  private void connected(
      JsonObject consumer, String found, String deliver, int current, WorkBatch batch) {
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
    stall.clear();
    if (!mirror) {
      identify(found);
    }
    heard = stream.time().epochNanos();
    long behind = delivered.unsigned("stream_seq", 0);
    if (behind > sourceSequence) {
      if (mirror && !stream.mirroredUpTo(behind, batch)) {
        retry();
        return;
      }
      sourceSequence = behind;
    }
    countedSequence = behind;
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

  /** Reads again, a little later, what could not be stored when a majority had it. */
  void readAgain(SourcePositions.Position after) {
    sourceSequence = after.sequence();
    identity = after.identity();
    stored = after;
    retry();
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
    SourceDelivery position = SourceDelivery.of(message.reply());
    if (position == null
        || position.deliveries() > 1
        || !position.consumer().equals(consumerName)) {
      return;
    }
    boolean isNext = position.deliver() == deliverSequence + 1;
    if (position.stream() <= sourceSequence) {
      if (isNext && position.stream() > countedSequence) {
        deliverSequence++;
        countedSequence = position.stream();
      }
      return;
    }
    if (!isNext && !(mirror && position.stream() == sourceSequence + 1)) {
      // A message was lost on the way, or this one was delivered before one that is counted.
      connect(batch);
      return;
    }
    deliverSequence = position.deliver();
    countedSequence = position.stream();
    moving();
    lag = Math.max(0, position.pending() - 1);
    if (store(message, position, batch)) {
      WorkStep.FEED_STORED.reach();
      sourceSequence = position.stream();
      stored = new SourcePositions.Position(sourceSequence, identity);
      changed = true;
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
    String reply = message.reply();
    if (reply != null) {
      if (!FlowControlStall.isAnswerable(reply)) {
        return;
      }
      String header =
          "NATS/1.0\r\nNats-Last-Consumer: "
              + deliverSequence
              + "\r\nNats-Last-Stream: "
              + sourceSequence
              + "\r\n\r\n";
      byte[] bytes = header.getBytes(StandardCharsets.ISO_8859_1);
      // Only durable messages may be acknowledged.
      stream.whenSafe(
          taskBatch -> stream.account().publish(Message.of(reply, null, bytes, NOTHING), taskBatch),
          batch);
      return;
    }
    byte[] header = message.header();
    long last = HeaderLines.number(header, "Nats-Last-Consumer");
    if (last > 0 && last != deliverSequence) {
      connect(batch);
      return;
    }
    String stalled = HeaderLines.value(header, "Nats-Consumer-Stalled");
    if (stalled.isEmpty()) {
      moving();
    } else if (FlowControlStall.isAnswerable(stalled)) {
      if (stall.heard(stalled)) {
        failure = ApiFailure.of(ApiError.SOURCE_CONSUMER_FLOW_CONTROL_STALLED.exception());
        log.warn(
            "{} {} of stream {} is stalled: answers to its flow control do not reach its consumer",
            mirror ? "Mirror" : "Source",
            source.name(),
            stream.name());
      }
      stream.account().publish(Message.of(stalled, null, NOTHING), batch);
    }
  }

  /** Notes that the consumer does not wait for answers to its flow control. */
  private void moving() {
    if (stall.clear()
        && failure != null
        && failure.errorCode() == ApiError.SOURCE_CONSUMER_FLOW_CONTROL_STALLED.errorCode()) {
      failure = null;
    }
  }

  private boolean store(Message message, SourceDelivery position, WorkBatch batch) {
    return mirror
        ? stream.mirrored(messages.mirrored(message), position.stream(), position.time(), batch)
        : stream.sourced(
            messages.sourced(message, position.stream(), identity),
            source.indexName(),
            new SourcePositions.Position(position.stream(), identity),
            batch);
  }

  /**
   * Returns the position in the other stream if a {@code Nats-Stream-Source} header belongs to this
   * source, otherwise the start.
   */
  SourcePositions.Position positionIn(String header) {
    return messages.positionIn(header);
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
    out.field("lag", lag);
    boolean known = stored.identity().isEmpty() || stored.identity().equals(identity);
    if (!mirror && !recreated && known && tellsIdentities()) {
      out.fieldIfSet("seq", stored.sequence());
    }
    out.field("active", heard == 0 ? -1 : stream.time().epochNanos() - heard)
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
