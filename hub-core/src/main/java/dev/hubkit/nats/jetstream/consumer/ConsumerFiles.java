package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.log.Log;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.runtime.ConsumerState;
import dev.hubkit.nats.jetstream.runtime.StreamContext;
import dev.hubkit.nats.jetstream.runtime.StreamFiles;
import dev.hubkit.nats.jetstream.store.ConsumerStore;
import dev.hubkit.nats.jetstream.store.ReplicatedConsumerStore;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.nats.jetstream.store.StreamDirectory;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes and recovers the consumers of a stream and keeps their descriptions. The consumers that it
 * returns do not serve yet. Confined to the stream's executor.
 */
final class ConsumerFiles {
  private static final Log log = Log.of(ConsumerFiles.class);

  private final StreamContext stream;
  private final @Nullable StreamFiles files;
  private final ConsumerRegistry registry;
  private boolean replicated;

  /**
   * Keeps the consumers of a stream.
   *
   * @param files null for a stream in memory
   * @param registry the set that the consumers will belong to
   */
  ConsumerFiles(StreamContext stream, @Nullable StreamFiles files, ConsumerRegistry registry) {
    this.stream = stream;
    this.files = files;
    this.registry = registry;
  }

  /** Has the consumers that are made from here on follow until they are to lead. */
  void replicate() {
    replicated = true;
  }

  /** Returns the names of the stored consumers. */
  public List<String> names() {
    return files == null ? List.of() : files.consumers();
  }

  /**
   * Makes a new consumer. Like nats-server, it takes over a state that it finds there: that of a
   * consumer whose description is damaged.
   *
   * @throws ApiException {@link ApiError#CONSUMER_CREATE} if its files cannot be made
   */
  public Consumer create(ConsumerConfig config, String name) {
    if (files != null && !config.isInMemory() && !StreamDirectory.canHold(name)) {
      throw storeFailed();
    }
    long created = stream.time().epochNanos();
    ConsumerStore state = null;
    boolean isFound = false;
    try {
      state = openState(name, config);
      isFound = state.hasState();
      Consumer consumer = new Consumer(stream, registry, config, name, created, state);
      if (isFound) {
        log.warn(
            "Consumer {} of stream {} takes over the state in its files, delivered up to {}",
            name,
            stream.name(),
            state.deliveredStream());
        consumer.recover();
      } else {
        consumer.start();
      }
      // Comes first, because a state without a description counts as one whose description is lost.
      describe(name, config, created, startOf(config, state.deliveredStream()));
      state.flush();
      return consumer;
    } catch (StoreException e) {
      log.error("Consumer {} of stream {} cannot be stored", name, stream.name(), e);
      if (state != null) {
        discard(state, name, isFound);
      }
      throw storeFailed();
    }
  }

  /**
   * Makes a consumer that follows. It takes over a state that it finds.
   *
   * @param created nanoseconds since the epoch
   * @throws ApiException {@link ApiError#CONSUMER_CREATE} if its files cannot be made
   */
  public Consumer assign(ConsumerConfig config, String name, long created) {
    if (files != null && !config.isInMemory() && !StreamDirectory.canHold(name)) {
      throw storeFailed();
    }
    try {
      describe(name, config, created, -1);
      ConsumerStore state = new ReplicatedConsumerStore(openState(name, config));
      return new Consumer(stream, registry, config, name, created, state);
    } catch (StoreException e) {
      log.error("Consumer {} of stream {} cannot be stored", name, stream.name(), e);
      throw storeFailed();
    }
  }

  // errConsumerStoreFailed of nats-server; the cause goes into the log.
  private static ApiException storeFailed() {
    return ApiError.CONSUMER_CREATE.exception("error creating store for consumer");
  }

  private void discard(ConsumerStore state, String name, boolean wasFound) {
    try {
      if (wasFound) {
        state.close();
      } else {
        state.delete();
      }
    } catch (StoreException e) {
      log.warn(
          "Files of the deleted consumer {} of stream {} cannot be removed",
          name,
          stream.name(),
          e);
    }
  }

  /**
   * Recovers a stored consumer.
   *
   * @throws StoreException if its files cannot be read
   * @throws dev.hubkit.json.JsonException if its description cannot be parsed
   */
  public Consumer recover(String name) {
    if (files == null) {
      throw new IllegalStateException("a stream in memory keeps no consumers");
    }
    StreamFiles.ConsumerDescription found = files.readConsumer(name);
    String own = found.name().isEmpty() ? name : found.name();
    ConsumerStore state = files.openConsumer(name);
    if (replicated) {
      ConsumerStore shared = new ReplicatedConsumerStore(state);
      return new Consumer(stream, registry, found.config(), own, found.created(), shared);
    }
    if (!state.isRecorded()) {
      log.warn(
          "The state of consumer {} of stream {} is lost; the consumer starts again {}",
          own,
          stream.name(),
          found.start() > 0 ? "after sequence " + found.start() : "where its deliver policy says");
    }
    passOverLost(own, state);
    return recover(own, found, state);
  }

  /**
   * Marks messages as delivered that the state says were, even if the files of the stream have lost
   * them.
   */
  private void passOverLost(String name, ConsumerStore state) {
    long last = stream.store().lastSequence();
    if (state.deliveredConsumer() > 0 && state.deliveredStream() > last) {
      log.error(
          "Consumer {} of stream {} has delivered messages up to {}, but the stream has lost those"
              + " after {}; the consumer continues after them",
          name,
          stream.name(),
          state.deliveredStream(),
          last);
      stream.store().skip(state.deliveredStream() - last, 0);
      stream.store().flush();
    }
  }

  /** Adds a consumer from elsewhere, with its state. */
  public Consumer adopt(StreamFiles.ConsumerDescription found, ConsumerStore state) {
    return recover(found.name(), found, state);
  }

  private Consumer recover(
      String name, StreamFiles.ConsumerDescription found, ConsumerStore state) {
    Consumer consumer =
        new Consumer(stream, registry, found.config(), name, found.created(), state);
    if (state.hasUnknown() && state.floorStream() < found.start()) {
      state.raiseFloor(state.floorConsumer(), found.start());
    }
    if (state.hasState()) {
      consumer.recover();
    } else if (found.start() > 0) {
      state.reset(found.start());
      consumer.recover();
    } else {
      consumer.start();
    }
    return consumer;
  }

  /**
   * Restores a consumer from a snapshot.
   *
   * @param old the detached consumer of that name from the stream's predecessor; null for none. Its
   *     state is taken over if possible, otherwise deleted
   */
  public Consumer restore(ConsumerState known, @Nullable Consumer old) {
    boolean anew = known.state().deliveredStream() == 0 && known.config().startsAtLast();
    ConsumerStore state;
    if (old != null && !anew && isSame(old, known)) {
      state = old.state();
    } else {
      if (old != null) {
        old.state().delete();
      }
      long start = startOf(known.config(), known.state().deliveredStream());
      describe(known.name(), known.config(), known.created(), start);
      state = openState(known.name(), known.config());
    }
    Consumer consumer =
        new Consumer(stream, registry, known.config(), known.name(), known.created(), state);
    if (anew) {
      consumer.start();
    } else {
      known.state().restore(state);
      consumer.recover();
    }
    return consumer;
  }

  private static boolean isSame(Consumer old, ConsumerState known) {
    return old.created() == known.created() && old.config().equals(known.config());
  }

  private ConsumerStore openState(String name, ConsumerConfig config) {
    return files == null || config.isInMemory()
        ? ConsumerStore.inMemory()
        : files.openConsumer(name);
  }

  /**
   * Returns the sequence at which a consumer without a state begins again, unless its deliver
   * policy still tells.
   */
  private static long startOf(ConsumerConfig config, long sequence) {
    return switch (config.deliverPolicy()) {
      case LAST, NEW, LAST_PER_SUBJECT -> sequence;
      case ALL, BY_START_SEQUENCE, BY_START_TIME -> -1;
    };
  }

  private void describe(String name, ConsumerConfig config, long created, long start) {
    if (files != null && !config.isInMemory()) {
      files.writeConsumer(new StreamFiles.ConsumerDescription(name, config, created, start));
    }
  }

  /**
   * Stores a new configuration of a consumer.
   *
   * @throws ApiException {@link ApiError#CONSUMER_STORE_FAILED}
   */
  public void update(Consumer consumer, ConsumerConfig config) {
    try {
      long start = startOf(config, consumer.state().floorStream());
      describe(consumer.name(), config, consumer.created(), start);
    } catch (StoreException e) {
      throw ApiError.CONSUMER_STORE_FAILED.exception(String.valueOf(e.getMessage()));
    }
  }
}
