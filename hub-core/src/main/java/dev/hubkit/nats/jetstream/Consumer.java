package dev.hubkit.nats.jetstream;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Batch;
import dev.hubkit.nats.account.Subscriber;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.jetstream.store.ConsumerStore;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One consumer of a stream: delivers the messages it selects, in order, and keeps track of who has
 * acknowledged what. Behaves as a consumer of nats-server 2.14.
 *
 * <p>Everything but what says otherwise is confined to the stream's lane. Work is gathered during a
 * round of the lane ({@link #wake}) and done at its end ({@link #work}), when what was published is
 * safe: then messages are delivered, the state is flushed, and only then clients hear that their
 * acknowledgements were taken.
 */
final class Consumer {
  private static final Logger log = LoggerFactory.getLogger(Consumer.class);

  /** So much is delivered in one go before the lane turns to others. */
  private static final int MESSAGES_AT_ONCE = 1024;

  private static final int BYTES_AT_ONCE = 4 * 1024 * 1024;

  static final long DEFAULT_THRESHOLD = TimeUnit.SECONDS.toNanos(5);

  /** Replay does not wait for less than this. */
  private static final long SMALLEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(1);

  /** How soon the state is written again when that has failed. */
  private static final long RETRY = TimeUnit.SECONDS.toNanos(1);

  /** What the largest message is taken for where the stream has no limit. */
  private static final long LARGEST_MESSAGE = 1024 * 1024;

  private static final byte[] NOTHING = new byte[0];

  private final Stream stream;
  private final Account account;
  private final String name;
  private final long created;
  private final ConsumerStore state;
  private final Cursor cursor;
  private final ConsumerAdvisories advisories;
  private final Acknowledgements acknowledgements;
  private final AckSubject ackSubject;
  private final @Nullable PullDelivery pull;
  private final @Nullable PushDelivery push;
  private final LaneTimer inactivity;
  private final LaneTimer unpause;
  private final LaneTimer hold;
  private final LaneTimer retry;
  private final List<Subscription> subscriptions = new ArrayList<>();
  private final List<String> ackReplies = new ArrayList<>();
  private final Object inboxLock = new Object();
  private List<Ack> inbox = new ArrayList<>();
  private List<Ack> emptyInbox = new ArrayList<>();
  private volatile ConsumerConfig config;
  private volatile boolean closed;
  private long threshold;
  private AckSampling sampling;
  private @Nullable RateLimit rateLimit;

  /** Up to here messages are replayed with the pauses between them; 0 when that is over. */
  private long replayUntil;

  private long lastReplayed;
  private @Nullable Delivery held;
  private boolean awake;
  private boolean registered;

  /** A message on its way, with all that is decided about it. */
  private record Delivery(
      StoredMessage message, long count, String to, String reply, long unusedBytes) {}

  /**
   * Makes a consumer that does nothing yet.
   *
   * @param created nanoseconds since the epoch
   */
  Consumer(Stream stream, ConsumerConfig config, String name, long created, ConsumerStore state) {
    this.stream = stream;
    this.account = stream.account();
    this.name = name;
    this.created = created;
    this.state = state;
    this.config = config;
    this.sampling = AckSampling.parse(config.sampleFreq());
    this.cursor = new Cursor(stream.store(), config);
    this.advisories = new ConsumerAdvisories(stream.jetStream(), stream.name(), name);
    this.acknowledgements = new Acknowledgements(this, state, cursor, advisories);
    this.ackSubject = new AckSubject(stream.name(), name);
    this.pull = config.isPush() ? null : new PullDelivery(this, advisories);
    this.push = config.isPush() ? new PushDelivery(this) : null;
    this.inactivity = new LaneTimer(stream.time(), stream.lane(), this::endIfInactive);
    this.unpause = new LaneTimer(stream.time(), stream.lane(), this::resume);
    this.hold = new LaneTimer(stream.time(), stream.lane(), this::release);
    this.retry = new LaneTimer(stream.time(), stream.lane(), batch -> register());
  }

  // --- what it is ---

  Stream stream() {
    return stream;
  }

  /** Any thread. */
  String name() {
    return name;
  }

  /** When it was created, in nanoseconds since the epoch. Any thread. */
  long created() {
    return created;
  }

  /** Any thread. */
  ConsumerConfig config() {
    return config;
  }

  ConsumerStore state() {
    return state;
  }

  /** What it is, as an archive of the stream tells it. */
  byte[] description() {
    JsonWriter out =
        JsonWriter.compact()
            .beginObject()
            .field("Created", Rfc3339.format(created))
            .field("Name", name);
    config.writeTo(out);
    return out.endObject().toBytes();
  }

  Acknowledgements acknowledgements() {
    return acknowledgements;
  }

  ConsumerAdvisories advisories() {
    return advisories;
  }

  /** The client with the pin; null for a push consumer. */
  @Nullable PinnedClient pinned() {
    return pull == null ? null : pull.pinned();
  }

  boolean isClosed() {
    return closed;
  }

  /** How many pull requests wait, now that those that are over are gone. */
  int waiting() {
    return pull == null ? 0 : pull.waiting();
  }

  /** Is anybody listening to a push consumer? */
  boolean isPushBound() {
    return push != null && push.isActive();
  }

  /** How many messages are to be delivered for the first time. */
  long pending() {
    return cursor.pending();
  }

  /** {@link #pending} as the API reports it. */
  long checkedPending() {
    return cursor.checkedPending();
  }

  long lastConsumerSeq() {
    return state.deliveredConsumer();
  }

  /** The sequence before the one that is looked at next. */
  long lastStreamSeq() {
    return cursor.next() - 1;
  }

  /** Which acknowledgements are to be measured. */
  AckSampling sampling() {
    return sampling;
  }

  /** Do the filters select this subject? */
  boolean selects(String subject) {
    List<String> filters = config.filters();
    if (filters.isEmpty()) {
      return true;
    }
    for (String filter : filters) {
      if (Subjects.matches(subject, filter)) {
        return true;
      }
    }
    return false;
  }

  /** Must the stream keep this message for this consumer? */
  boolean needs(long sequence, String subject) {
    return selects(subject) && acknowledgements.needs(sequence);
  }

  // --- life ---

  /** Sets a new consumer to its start. */
  void start() {
    cursor.start(config, stream.config().maxMessagesPerSubject());
    state.reset(cursor.next() - 1);
    acknowledgements.start();
  }

  /** Takes up the state of an earlier life. */
  void recover() {
    dropBeyond(stream.store().lastSequence());
    cursor.seek(state.deliveredStream() + 1);
    acknowledgements.recover();
  }

  // A stream that lost its end must not have its new messages passed over.
  private void dropBeyond(long last) {
    if (state.deliveredStream() <= last) {
      return;
    }
    for (long at = state.nextPending(last + 1); at != 0; at = state.nextPending(at + 1)) {
      state.removePending(at);
    }
    for (long at = state.nextRedelivered(last + 1); at != 0; at = state.nextRedelivered(at + 1)) {
      state.setRedelivered(at, 0);
    }
    state.deliver(state.deliveredConsumer(), last);
    if (state.floorStream() > last) {
      state.raiseFloor(state.deliveredConsumer(), last);
    }
  }

  /** Begins to serve. */
  void open(Batch batch) {
    cursor.recount();
    applyThreshold();
    applyRateLimit();
    if (config.replayPolicy() == ReplayPolicy.ORIGINAL) {
      replayUntil = stream.store().lastSequence();
    }
    boolean acknowledging =
        config.ackPolicy() == AckPolicy.EXPLICIT || config.ackPolicy() == AckPolicy.ALL;
    if (acknowledging) {
      subscribe(AckSubject.wildcard(stream.name(), name), this::onAck);
      subscribe(
          AckSubject.wildcard(
              stream.jetStream().options().domain(),
              NameHash.of(account.name()),
              stream.name(),
              name),
          this::onAck);
    }
    serve("CONSUMER.MSG.NEXT.", this::onNext);
    serve("CONSUMER.RESET.", this::onReset);
    if (push != null) {
      push.open();
    }
    if (threshold > 0 && !isPushBound()) {
      inactivity.set(threshold);
    }
    applyPause();
    wake(batch);
  }

  private void subscribe(String subject, Subscriber subscriber) {
    subscriptions.add(account.subscribe(subject, null, subscriber));
  }

  private void serve(String action, Subscriber subscriber) {
    String own = action + stream.name() + '.' + name;
    subscribe(ApiRouter.PREFIX + own, subscriber);
    String domain = stream.jetStream().options().domain();
    if (!domain.isEmpty()) {
      subscribe("$JS." + domain + ".API." + own, subscriber);
    }
  }

  /** Ends with the server: the state stays. */
  void shutDown(Batch batch) {
    if (end()) {
      if (pull != null) {
        pull.releaseAll(batch);
      }
      state.close();
    }
  }

  /** Ends for good, telling whoever waits. */
  void delete(Batch batch) {
    if (retire(batch)) {
      state.delete();
    }
  }

  /** {@link #delete} that leaves its state, still open; false when it has ended before. */
  boolean retire(Batch batch) {
    if (!end()) {
      return false;
    }
    if (pull != null) {
      pull.endAll("409 Consumer Deleted", batch);
    }
    return true;
  }

  private boolean end() {
    if (closed) {
      return false;
    }
    closed = true;
    subscriptions.forEach(account::unsubscribe);
    subscriptions.clear();
    inactivity.cancel();
    unpause.cancel();
    hold.cancel();
    retry.cancel();
    acknowledgements.close();
    if (pull != null) {
      pull.close();
    }
    if (push != null) {
      push.close();
    }
    return true;
  }

  // --- changes ---

  /** Puts another configuration into force; it was checked. */
  void update(ConsumerUpdate update, Batch batch) {
    ConsumerConfig before = update.before();
    ConsumerConfig updated = update.after();
    config = updated;
    if (before.inactiveThreshold() != updated.inactiveThreshold()) {
      applyThreshold();
      inactivity.cancel();
      if (threshold > 0) {
        inactivity.set(threshold);
      }
    }
    if (push != null && !before.deliverSubject().equals(updated.deliverSubject())) {
      if (acknowledgements.pending() > 0) {
        acknowledgements.expireAll(batch);
      }
      push.retarget(batch);
    }
    if (before.ackWait() != updated.ackWait()) {
      acknowledgements.ackWaitChanged();
    }
    if (before.rateLimitBps() != updated.rateLimitBps()) {
      applyRateLimit();
    }
    if (!before.sampleFreq().equals(updated.sampleFreq())) {
      sampling = AckSampling.parse(updated.sampleFreq());
    }
    if (pausedUntil(before) != pausedUntil(updated)) {
      applyPause();
      advisePause(batch);
    }
    if (update.changesFilters()) {
      cursor.filter(updated.filters());
      cursor.recount();
    }
    wake(batch);
  }

  /**
   * Goes back, or on, to a sequence; 0 is where acknowledgements are missing from.
   *
   * @return the sequence
   * @throws ApiException if the deliver policy forbids it
   */
  long reset(long sequence, Batch batch) {
    long to = sequence == 0 ? acknowledgements.floor() + 1 : sequence;
    if (sequence != 0) {
      checkReset(sequence);
    }
    cursor.seek(Math.max(1, to));
    acknowledgements.reset();
    cursor.recount();
    wake(batch);
    return cursor.next();
  }

  private void checkReset(long sequence) {
    switch (config.deliverPolicy()) {
      case ALL -> {}
      case BY_START_SEQUENCE -> {
        if (Long.compareUnsigned(sequence, config.optStartSeq()) < 0) {
          throw ApiError.CONSUMER_INVALID_RESET.exception("below start seq");
        }
      }
      case BY_START_TIME -> {
        OffsetDateTime time = config.optStartTime();
        if (time != null && sequence < stream.store().sequenceAt(Rfc3339.epochNanos(time))) {
          throw ApiError.CONSUMER_INVALID_RESET.exception("below start time");
        }
      }
      case LAST, NEW, LAST_PER_SUBJECT ->
          throw ApiError.CONSUMER_INVALID_RESET.exception("not allowed");
    }
  }

  private void applyThreshold() {
    if (config.inactiveThreshold() > 0) {
      threshold = config.inactiveThreshold() + (pull == null ? 0 : jitter());
    } else if (config.isDurable()) {
      threshold = 0;
    } else {
      threshold = DEFAULT_THRESHOLD + jitter();
      config = config.withInactiveThreshold(DEFAULT_THRESHOLD);
    }
  }

  // Up to a second, so that many of them don't end at once.
  private static long jitter() {
    return TimeUnit.MILLISECONDS.toNanos(ThreadLocalRandom.current().nextLong(100, 1000));
  }

  private void applyRateLimit() {
    long burst = stream.config().maxMessageSize();
    rateLimit =
        config.rateLimitBps() == 0
            ? null
            : new RateLimit(
                config.rateLimitBps(),
                burst > 0 ? burst : LARGEST_MESSAGE,
                stream.time().nanoTime());
  }

  private static long pausedUntil(ConsumerConfig config) {
    OffsetDateTime until = config.pauseUntil();
    return until == null ? Long.MIN_VALUE : Rfc3339.epochNanos(until);
  }

  private boolean isPaused() {
    return config.pauseUntil() != null && stream.time().epochNanos() < pausedUntil(config);
  }

  private void applyPause() {
    unpause.cancel();
    if (isPaused()) {
      unpause.set(pausedUntil(config) - stream.time().epochNanos());
    }
  }

  private void resume(Batch batch) {
    advisePause(batch);
    wake(batch);
  }

  /** Tells whether, and until when, deliveries are held. */
  void advisePause(Batch batch) {
    advisories.paused(config.pauseUntil(), isPaused(), batch);
  }

  /** Tells that deliveries are held, if they are. */
  void advisePauseIfPaused(Batch batch) {
    if (isPaused()) {
      advisePause(batch);
    }
  }

  // --- interest ---

  /** Somebody begins to listen to a push consumer, or the last one has gone. */
  void interestChanged(boolean present, Batch batch) {
    if (present) {
      inactivity.cancel();
      wake(batch);
    } else if (threshold > 0 && !inactivity.isSet()) {
      inactivity.set(threshold);
    }
  }

  private void endIfInactive(Batch batch) {
    if (closed) {
      return;
    }
    if (push != null) {
      if (push.isActive()) {
        return;
      }
    } else if (pull != null) {
      long quiet = stream.time().nanoTime() - pull.lastActive();
      if (quiet < threshold) {
        inactivity.set(threshold - quiet);
        return;
      }
      pull.sweep(true, batch);
      if (!pull.isEmpty()) {
        inactivity.set(threshold);
        return;
      }
      // Nobody asks, but somebody may still be at work on what was delivered.
      long wait = acknowledgements.latestDeadline() + threshold - stream.time().epochNanos();
      if (acknowledgements.pending() > 0 && wait > 0) {
        inactivity.set(wait);
        return;
      }
    }
    stream.consumers().delete(this, batch);
  }

  // --- from the clients ---

  private void onAck(Subscription subscription, Message message, Batch batch) {
    Ack ack = Ack.parse(message);
    boolean first;
    synchronized (inboxLock) {
      first = inbox.isEmpty();
      inbox.add(ack);
    }
    if (first) {
      stream.lane().submit(this::takeAcks, batch);
    }
  }

  private void takeAcks(Batch batch) {
    List<Ack> acks;
    synchronized (inboxLock) {
      acks = inbox;
      inbox = emptyInbox;
      emptyInbox = acks;
    }
    try {
      for (int i = 0; i < acks.size() && !closed; i++) {
        take(acks.get(i), batch);
      }
    } finally {
      acks.clear();
    }
    if (closed) {
      return;
    }
    if (pull != null) {
      pull.active();
    } else if (inactivity.isSet()) {
      inactivity.set(threshold);
    }
    register();
  }

  private void take(Ack ack, Batch batch) {
    boolean tell = true;
    switch (ack.kind()) {
      case ACK -> tell = acknowledgements.acknowledge(ack, batch);
      case NEXT -> {
        acknowledgements.acknowledge(ack, batch);
        String reply = ack.reply();
        if (reply != null) {
          next(reply, ack.argument().getBytes(StandardCharsets.UTF_8), batch);
        }
        tell = false;
      }
      case NAK -> acknowledgements.nak(ack, batch);
      case PROGRESS -> acknowledgements.progress(ack.streamSeq());
      case TERM ->
          tell =
              acknowledgements.terminate(
                  ack.streamSeq(), ack.consumerSeq(), ack.deliveries(), ack.argument(), batch);
      case UNKNOWN -> {}
    }
    String reply = ack.reply();
    if (tell && reply != null && ack.streamSeq() != 0) {
      ackReplies.add(reply);
    }
  }

  private void onNext(Subscription subscription, Message message, Batch batch) {
    String reply = message.reply();
    if (reply == null) {
      return;
    }
    if (message.headerLength() > 0 && ConsumerApi.needsNewerServer(message)) {
      account.publish(StatusMessage.plain(reply, "412 Required Api Level"), batch);
      return;
    }
    byte[] payload = message.payload();
    stream.lane().submit(laneBatch -> next(reply, payload, laneBatch), batch);
  }

  private void next(String reply, byte[] payload, Batch batch) {
    if (closed) {
      return;
    }
    if (pull == null) {
      account.publish(StatusMessage.plain(reply, "409 Consumer is push based"), batch);
    } else {
      pull.request(reply, payload, batch);
    }
  }

  private void onReset(Subscription subscription, Message message, Batch batch) {
    if (message.reply() != null) {
      ConsumerApi.reset(this, message.retain(), batch);
    }
  }

  // --- from the stream ---

  /** A message that the filters select is safe in the stream. */
  void stored(long sequence, Batch batch) {
    boolean due = cursor.stored(sequence);
    if (due && !awake && (push != null ? push.isActive() : pull != null && !pull.isEmpty())) {
      wake(batch);
    }
  }

  /** A message that the filters select has left the stream. Must not touch the stream's store. */
  void removed(long sequence) {
    cursor.removed(sequence);
    if (state.isPending(sequence)) {
      stream
          .lane()
          .execute(
              batch -> {
                if (!closed) {
                  acknowledgements.removed(sequence, batch);
                  register();
                }
              });
    } else if (state.redelivered(sequence) > 0) {
      state.setRedelivered(sequence, 0);
      acknowledgements.redeliveries().remove(sequence);
      register();
    }
  }

  /** Many messages have left the stream at once. */
  void recount() {
    cursor.recount();
    acknowledgements.forgetRedeliveredBelow(stream.store().firstSequence());
    register();
  }

  /**
   * Messages were purged; what is left of those that concern this consumer begins at {@code first}.
   *
   * @param partial whether others than those purged are selected too
   */
  void purged(long first, boolean partial, Batch batch) {
    cursor.seekAtLeast(first);
    cursor.recount();
    acknowledgements.purged(first, partial);
    wake(batch);
  }

  // --- delivering ---

  /** Has {@link #work} done at the end of this round of the lane. */
  void wake(Batch batch) {
    if (!awake && !closed) {
      awake = true;
      register();
    }
  }

  private void register() {
    if (!registered) {
      registered = true;
      stream.consumers().register(this);
    }
  }

  /** Delivers what can be delivered, then makes the state safe and answers. */
  void work(Batch batch) {
    registered = false;
    if (closed) {
      return;
    }
    if (awake) {
      awake = false;
      deliverAll(batch);
    }
    try {
      state.flush();
    } catch (StoreException e) {
      log.error("{}: its state can't be written; trying again", this, e);
      retry.set(RETRY);
      return;
    }
    if (!ackReplies.isEmpty()) {
      for (int i = 0; i < ackReplies.size(); i++) {
        account.publish(Message.of(ackReplies.get(i), null, NOTHING), batch);
      }
      ackReplies.clear();
    }
  }

  private void deliverAll(Batch batch) {
    if (held != null) {
      return;
    }
    long bytes = 0;
    boolean full = false;
    for (int i = 0; i < MESSAGES_AT_ONCE && bytes < BYTES_AT_ONCE; i++) {
      boolean ready = push != null ? push.isReady() : pull != null && !pull.isEmpty();
      if (!ready || isPaused()) {
        finish(true, batch);
        return;
      }
      StoredMessage message = nextRedelivery(batch);
      boolean again = message != null;
      if (!again) {
        full = acknowledgements.isFull();
        message = full ? null : cursor.peek();
      }
      if (message == null || !deliver(message, again, batch)) {
        finish(!full, batch);
        return;
      }
      bytes += message.length();
    }
    // There may be more: let others on this lane have their turn first.
    stream.lane().submit(this::wake, batch);
  }

  private void finish(boolean exhausted, Batch batch) {
    if (replayUntil > 0 && cursor.next() > replayUntil) {
      replayUntil = 0;
    }
    if (pull != null && held == null) {
      pull.sweep(exhausted, batch);
    }
  }

  private @Nullable StoredMessage nextRedelivery(Batch batch) {
    Redeliveries queue = acknowledgements.redeliveries();
    while (!queue.isEmpty()) {
      long seq = queue.first();
      if (acknowledgements.giveUp(seq, batch)) {
        continue;
      }
      StoredMessage message = stream.store().get(seq);
      if (message != null) {
        return message;
      }
      acknowledgements.vanished(seq, batch);
    }
    return null;
  }

  /** Delivers a message, or holds it for later; false when nobody can take it now. */
  private boolean deliver(StoredMessage message, boolean again, Batch batch) {
    long seq = message.sequence();
    long count = again ? acknowledgements.countOfNext(seq) : 1;
    long before = cursor.pending();
    String reply =
        ackSubject.of(
            count,
            seq,
            state.deliveredConsumer() + 1,
            message.timestamp(),
            again ? before : Math.max(0, before - 1));
    String to;
    long unusedBytes = 0;
    if (pull == null) {
      to = config.deliverSubject();
    } else {
      long size =
          (long) message.subject().length()
              + reply.length()
              + (config.headersOnly() ? sizeHeader(message).length : message.length());
      PullQueue.Entry entry = pull.choose(size, again ? before + 1 : before, batch);
      if (entry == null) {
        return false;
      }
      to = entry.reply;
      unusedBytes = entry.remaining <= 0 ? entry.remainingBytes : 0;
    }
    if (again) {
      acknowledgements.redeliveries().remove(seq);
    } else {
      cursor.take();
    }
    Delivery delivery = new Delivery(message, count, to, reply, unusedBytes);
    long pause = pause(message, to, reply);
    lastReplayed = message.timestamp();
    if (pause > 0) {
      held = delivery;
      hold.set(pause);
      return false;
    }
    send(delivery, batch);
    return true;
  }

  private long pause(StoredMessage message, String to, String reply) {
    long pause = 0;
    if (replayUntil > 0 && lastReplayed > 0) {
      long gap = message.timestamp() - lastReplayed;
      pause = gap > SMALLEST_PAUSE ? gap : 0;
    }
    if (rateLimit != null) {
      long size = (long) to.length() + reply.length() + message.length();
      pause = Math.max(pause, rateLimit.take(size, stream.time().nanoTime()));
    }
    return pause;
  }

  private void release(Batch batch) {
    Delivery delivery = held;
    if (delivery != null && !closed) {
      held = null;
      send(delivery, batch);
      wake(batch);
    }
  }

  private void send(Delivery delivery, Batch batch) {
    StoredMessage stored = delivery.message();
    long seq = stored.sequence();
    acknowledgements.delivered(seq, state.deliveredConsumer() + 1, delivery.count());
    Message message = message(stored, delivery.reply());
    boolean taken = account.publishTo(delivery.to(), message, batch) > 0;
    if (push != null) {
      push.sent(
          (long) delivery.to().length() + delivery.reply().length() + message.length(),
          taken,
          batch);
    } else if (pull != null) {
      pull.active();
    }
    if (!taken) {
      acknowledgements.undelivered(seq);
    }
    if (config.ackPolicy() == AckPolicy.NONE) {
      stream.acknowledged(seq);
    }
    if (delivery.unusedBytes() > 0) {
      account.publish(
          StatusMessage.unfulfilled(
              delivery.to(), "409 Batch Completed", 0, delivery.unusedBytes()),
          batch);
    }
    register();
  }

  private Message message(StoredMessage stored, String reply) {
    boolean pinning = config.priorityPolicy() == PriorityPolicy.PINNED_CLIENT && pull != null;
    if (!pinning && !config.headersOnly()) {
      return Message.view(
          stored.subject(),
          reply,
          stored.buffer(),
          stored.offset(),
          stored.headerLength(),
          stored.length());
    }
    byte[] header = config.headersOnly() ? sizeHeader(stored) : stored.header();
    if (pinning && pull != null) {
      header = HeaderBlock.add(header, "Nats-Pin-Id", pull.pinned().id());
    }
    byte[] payload = config.headersOnly() ? NOTHING : stored.payload();
    return Message.of(stored.subject(), reply, header, payload);
  }

  private static byte[] sizeHeader(StoredMessage stored) {
    return HeaderBlock.add(
        stored.header(), "Nats-Msg-Size", Integer.toString(stored.payloadLength()));
  }

  @Override
  public String toString() {
    return "Consumer " + account.name() + " > " + stream.name() + " > " + name;
  }
}
