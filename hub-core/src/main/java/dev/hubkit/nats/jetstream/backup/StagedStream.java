package dev.hubkit.nats.jetstream.backup;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.archive.ArchiveReader;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.MessageTtl;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders.Name;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.runtime.ServerUsage;
import dev.hubkit.nats.jetstream.runtime.StreamFiles;
import dev.hubkit.nats.jetstream.store.ConsumerStore;
import dev.hubkit.nats.jetstream.store.MemoryStore;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.jetstream.store.SubjectFilter;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.Stream;
import dev.hubkit.nats.jetstream.validation.ConsumerValidator;
import dev.hubkit.nats.jetstream.validation.InheritedConsumerLimits;
import dev.hubkit.nats.jetstream.validation.StreamValidator;
import dev.hubkit.nats.wire.Message;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A stream that is being read from an archive and does not belong to its account yet; its files are
 * staged beside those of the streams. Confined to the executor of its {@link Restore}.
 */
final class StagedStream implements ArchiveReader.Target {
  private final AccountJetStream jetStream;
  private final StreamConfig config;
  private final @Nullable StreamFiles files;
  private final StreamStore store;
  private final Map<String, Arrival> consumers = new LinkedHashMap<>();
  private long created;
  private long accounted;
  private long goneUpTo;
  private long goneAt;
  private boolean byEntries;
  private String current = "";
  private long promised;
  private long begins;

  /** A consumer read from the archive. */
  private record Arrival(StreamFiles.ConsumerDescription description, ConsumerStore state) {}

  StagedStream(AccountJetStream jetStream, StreamConfig config) {
    this.jetStream = jetStream;
    this.config = config;
    this.created = jetStream.time().epochNanos();
    this.files = config.storage() == StorageType.MEMORY ? null : jetStream.factory().stage(config);
    this.store =
        files == null ? MemoryStore.create(StreamFiles.limits(config)) : files.open(config);
  }

  // --- callbacks of the archive reader ---

  @Override
  public void stream(byte[] json) {
    JsonObject meta = Json.parseObject(json);
    if (!meta.string("name", "").equals(config.name())) {
      throw ApiError.STREAM_RESTORE.exception("stream names do not match");
    }
    created = created(meta, created);
  }

  private static long created(JsonObject meta, long unset) {
    return Rfc3339.epochNanos(meta.string("Created", ""), unset);
  }

  @Override
  public void begin(long first, long bytes) {
    byEntries = true;
    if (bytes < 0) {
      throw ServerUsage.exceeded(config.storage());
    }
    long reserved = Math.max(config.maxBytes(), bytes);
    jetStream.resources().checkReservation(config.toBuilder().maxBytes(reserved).build());
    // Others may not take meanwhile what the rest of the archive needs.
    promised = bytes;
    account();
    checkRoom();
    checkCreation();
    begins = Math.max(1, first);
    if (Long.compareUnsigned(config.firstSequence(), begins) > 0) {
      begins = config.firstSequence();
    }
    store.compact(begins);
  }

  /**
   * Checks what counts for the creation of any stream.
   *
   * @throws ApiException if the stream can't be created
   */
  public void checkCreation() {
    try {
      if (config.replicas() > 1
          && jetStream.cluster() == null
          && !jetStream.options().acceptReplicas()) {
        throw ApiError.STREAM_REPLICAS_NOT_SUPPORTED.exception();
      }
      jetStream.checkOverlap(config);
    } catch (ApiException e) {
      throw byEntries ? ApiError.STREAM_RESTORE.exception("error adding stream: " + e.quoted()) : e;
    }
  }

  @Override
  public long largestPayload() {
    int most = jetStream.serverLimits().maxPayload();
    return most <= 0 ? Long.MAX_VALUE : most;
  }

  @Override
  public long largestMessage() {
    return config.maxMessageSize() < 0 ? Long.MAX_VALUE : config.maxMessageSize();
  }

  @Override
  public void message(
      long sequence,
      long timestamp,
      String subject,
      byte[] buffer,
      int offset,
      int headerLength,
      int length) {
    if (sequence <= store.lastSequence() && !byEntries) {
      return; // a later block never replaces a message
    }
    String header =
        headerLength > 0 && (byEntries || config.allowMessageTtl())
            ? PublishHeaders.parse(buffer, offset, headerLength).text(Name.TTL)
            : "";
    if (byEntries) {
      requireNext(sequence);
      if (isOver(header, timestamp)) {
        skipTo(sequence, timestamp);
        return;
      }
    }
    skipTo(sequence - 1, timestamp);
    long ttl = config.allowMessageTtl() ? MessageTtl.parseOrNone(header) : 0;
    Message message = Message.view(subject, null, buffer, offset, headerLength, length);
    store.appendAt(sequence, subject, message, timestamp, ttl);
  }

  /** Refuses messages before the sequence that the configuration begins with. */
  private void requireNext(long sequence) {
    if (store.lastSequence() >= sequence) {
      throw ApiError.STREAM_RESTORE.exception(
          "failed to store message sequence "
              + Long.toUnsignedString(sequence)
              + ": expected sequence does not match store");
    }
  }

  /**
   * Whether the time of a message is over, even where the stream does not let messages have one.
   */
  private boolean isOver(String ttl, long timestamp) {
    try {
      long lasts = MessageTtl.nanos(MessageTtl.parse(ttl));
      return lasts > 0 && jetStream.time().epochNanos() - timestamp > lasts;
    } catch (ApiException e) {
      throw ApiError.STREAM_RESTORE.exception("failed to parse message TTL: " + e.quoted());
    }
  }

  private void skipTo(long last, long timestamp) {
    long before = store.lastSequence();
    if (last <= before) {
      return;
    }
    if (before == 0) {
      store.compact(last + 1);
    } else {
      store.skip(last - before, timestamp);
    }
  }

  @Override
  public void deleted(long sequence, long timestamp) {
    // The time of the very last message comes with the bounds, if at all.
    goneUpTo = sequence;
    goneAt = timestamp;
  }

  @Override
  public void gone(long from, long to) {
    for (long at = store.nextSequence(SubjectFilter.ALL, from);
        at != 0 && at <= to;
        at = store.nextSequence(SubjectFilter.ALL, at + 1)) {
      store.remove(at);
    }
  }

  @Override
  public void bounds(long first, long last, long lastTimestamp) {
    skipTo(last, lastTimestamp);
    if (first <= store.lastSequence() + 1) {
      store.compact(first);
    }
  }

  @Override
  public void consumer(String name, byte[] json) {
    JsonObject meta = Json.parseObject(json);
    ConsumerConfig found = ConsumerConfig.parse(meta);
    ConsumerConfig checked = accept(name, found);
    // Where the two differ, nats-server takes the name of a durable consumer.
    String actual = byEntries && found.isDurable() ? found.durable() : name;
    if (!StreamValidator.isValidName(actual)) {
      throw ApiError.STREAM_RESTORE.exception("a consumer has the name \"" + actual + "\"");
    }
    StreamFiles.ConsumerDescription description =
        new StreamFiles.ConsumerDescription(
            actual, checked, created(meta, jetStream.time().epochNanos()), -1);
    Arrival known = consumers.get(actual);
    boolean inMemory = files == null || isInMemory(checked);
    if (files != null && !inMemory) {
      files.writeConsumer(description);
    }
    ConsumerStore state;
    if (known != null && isInMemory(known.description().config()) == inMemory) {
      state = known.state();
    } else if (files == null || inMemory) {
      state = ConsumerStore.inMemory();
    } else {
      state = files.openConsumer(actual);
    }
    // Writes a file, too; without one the state would count as lost.
    state.reset(startOf(checked));
    consumers.put(actual, new Arrival(description, state));
    current = actual;
  }

  private ConsumerConfig accept(String name, ConsumerConfig found) {
    try {
      ConsumerValidator validator =
          new ConsumerValidator(config, InheritedConsumerLimits.of(jetStream, config));
      if (byEntries) {
        // nats-server makes each consumer a durable one until the stream is restored.
        ConsumerConfig durable =
            found.isDurable() ? found : found.toBuilder().durable(name).direct(false).build();
        validator.accept(durable, false);
        checkNumber(durable);
      }
      return validator.accept(found, false);
    } catch (ApiException e) {
      throw ApiError.STREAM_RESTORE.exception(
          byEntries
              ? "failed to add consumer \"" + name + "\": " + e.quoted()
              : "error restoring consumer [\"" + name + "\"]: " + e.description());
    }
  }

  private void checkNumber(ConsumerConfig one) {
    if (consumers.containsKey(one.durable())) {
      return;
    }
    long replicas = one.replicas() == 0 ? config.replicas() : one.replicas();
    long byAccount = jetStream.resources().limits(replicas).maxConsumers();
    long max = config.maxConsumers();
    if (max <= 0 || (byAccount > 0 && byAccount < max)) {
      max = byAccount;
    }
    if (max > 0 && consumers.size() >= max) {
      throw ApiError.MAXIMUM_CONSUMERS_LIMIT.exception();
    }
  }

  /** Returns the sequence before the one that a consumer without a state would begin with. */
  private long startOf(ConsumerConfig one) {
    if (!byEntries) {
      return 0;
    }
    long first = one.optStartSeq();
    return (Long.compareUnsigned(first, begins) > 0 ? first : begins) - 1;
  }

  @Override
  public ConsumerStore state(String consumer) {
    Arrival arrival = consumers.get(byEntries ? current : consumer);
    if (arrival == null) {
      throw ApiError.STREAM_RESTORE.exception(
          "error restoring consumer [\"" + consumer + "\"]: its meta.inf is missing");
    }
    return arrival.state();
  }

  // --- completion ---

  /** Makes durable what has been read so far. */
  public void flush() {
    store.flush();
    account();
  }

  private void account() {
    long bytes = Math.max(promised, store.bytes());
    jetStream.resources().used(config.storage(), bytes - accounted);
    accounted = bytes;
  }

  /**
   * Checks that the stream still fits into the limits.
   *
   * @throws ApiException if it does not
   */
  public void checkRoom() {
    jetStream.resources().checkRestored(config);
  }

  /** Completes the stream and makes it safe against loss of power. */
  public void complete() {
    skipTo(goneUpTo, goneAt);
    store.sync();
    for (Arrival arrival : consumers.values()) {
      arrival.state().sync();
    }
    release();
    if (files != null) {
      files.write(config, created);
      close();
    }
  }

  // The stream itself reports its bytes from here on.
  private void release() {
    jetStream.resources().used(config.storage(), -accounted);
    accounted = 0;
  }

  private void close() {
    for (Arrival arrival : consumers.values()) {
      if (!isInMemory(arrival.description().config())) {
        arrival.state().close();
      }
    }
    store.close();
  }

  /**
   * Moves the files into place and returns the stream. To be called within a change of streams.
   *
   * @throws StoreException if the files cannot be moved
   */
  Stream toStream() {
    return files == null
        ? new Stream(jetStream, config, store, null, created)
        : jetStream.factory().adopt(files, config);
  }

  /**
   * Restores the consumers in memory; a stream in files has found those in files. Runs on the
   * executor of the stream.
   */
  void restoreConsumers(Stream stream, WorkBatch batch) {
    for (Arrival arrival : consumers.values()) {
      if (isInMemory(arrival.description().config())) {
        stream.consumers().adopt(arrival.description(), arrival.state(), batch);
      }
    }
  }

  private boolean isInMemory(ConsumerConfig consumer) {
    return files == null || consumer.isInMemory();
  }

  /** Deletes all that was staged. */
  public void discard() {
    release();
    try {
      close();
    } catch (StoreException e) {
      // The store can no longer be written, and need not be.
    }
    if (files != null) {
      files.delete();
    }
  }
}
