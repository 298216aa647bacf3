package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.consumer.Consumer;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.runtime.ConsumerState;
import dev.hubkit.nats.jetstream.runtime.StreamState;
import dev.hubkit.nats.jetstream.store.ConsumerSnapshot;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.nats.jetstream.store.StoreSnapshot;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * The streams of an account at one moment, with their messages, their consumers and the states of
 * these. Each stream is recorded between two rounds of its executor, so the snapshot has everything
 * that was acknowledged before.
 *
 * <p>The snapshot leaves out what lasts only as long as a connection: waiting pull requests, and
 * the rest of the last messages per subject with which a consumer was about to begin. Consumers
 * that mirrors and sources have made come back with their mirrors and sources.
 *
 * <p>Immutable, and thread-safe.
 */
public final class AccountSnapshot {
  /** How long it may take to record or restore the streams, which can have gigabytes. */
  private static final long PATIENCE_SECONDS = 300;

  /** A snapshot without streams. */
  public static final AccountSnapshot EMPTY = new AccountSnapshot(List.of());

  private final List<StreamState> streams;

  /** Makes a snapshot of these streams. */
  public AccountSnapshot(List<StreamState> streams) {
    this.streams = List.copyOf(streams);
  }

  /** Returns whether the snapshot has no streams. */
  public boolean isEmpty() {
    return streams.isEmpty();
  }

  public List<StreamState> streams() {
    return streams;
  }

  /**
   * Takes a snapshot. Waits for changes to the set of streams that are under way, so threads that
   * serve clients must not call it.
   *
   * @throws StoreException if messages cannot be read
   */
  public static AccountSnapshot of(AccountJetStream jetStream) {
    return exclusively(
        jetStream,
        batch -> {
          List<CompletableFuture<StreamState>> parts = new ArrayList<>();
          for (Stream stream : jetStream.streams()) {
            parts.add(onExecutor(stream, batch, taskBatch -> state(stream)));
          }
          return all(parts).thenApply(done -> new AccountSnapshot(joined(parts)));
        });
  }

  private static StreamState state(Stream stream) {
    List<ConsumerState> consumers = new ArrayList<>();
    for (Consumer consumer : stream.consumers().listed()) {
      if (!consumer.config().sourcing()) {
        consumers.add(
            new ConsumerState(
                consumer.name(),
                consumer.config(),
                consumer.created(),
                ConsumerSnapshot.of(consumer.state())));
      }
    }
    return new StreamState(
        stream.config(), stream.created(), StoreSnapshot.of(stream.store()), consumers);
  }

  /**
   * Restores the streams of an account to this snapshot and deletes all other streams. Publishes no
   * advisories; waiting pull requests are answered as if their consumers had been deleted. Messages
   * published meanwhile may find no stream. Threads that serve clients must not call it.
   *
   * @throws StoreException if files cannot be written; then streams are missing
   */
  public void rewind(AccountJetStream jetStream) {
    AccountSnapshot.<Boolean>exclusively(
        jetStream,
        batch -> {
          Map<String, StreamState> wanted = new LinkedHashMap<>();
          streams.forEach(state -> wanted.put(state.config().name(), state));
          List<CompletableFuture<Optional<StreamHandover>>> parts = new ArrayList<>();
          for (Stream stream : List.copyOf(jetStream.streams())) {
            jetStream.remove(stream);
            StreamState state = wanted.get(stream.name());
            boolean stays = state != null && isOf(stream, state);
            parts.add(onExecutor(stream, batch, taskBatch -> end(stream, stays, taskBatch)));
          }
          return all(parts).thenCompose(done -> replaceOnExecutor(jetStream, joined(parts)));
        });
  }

  private static boolean isOf(Stream stream, StreamState state) {
    return stream.created() == state.created() && stream.config().equals(state.config());
  }

  private static Optional<StreamHandover> end(Stream stream, boolean stays, WorkBatch batch) {
    if (stays) {
      return stream.detach(batch);
    }
    stream.deleteQuietly(batch);
    return Optional.empty();
  }

  private CompletableFuture<Boolean> replaceOnExecutor(
      AccountJetStream jetStream, List<Optional<StreamHandover>> left) {
    CompletableFuture<Boolean> replaced = new CompletableFuture<>();
    jetStream.executor().execute(batch -> complete(replaced, () -> replace(jetStream, left)));
    return replaced;
  }

  private boolean replace(AccountJetStream jetStream, List<Optional<StreamHandover>> left) {
    Map<String, StreamHandover> estates = new LinkedHashMap<>();
    left.forEach(each -> each.ifPresent(estate -> estates.put(estate.stream(), estate)));
    Map<Stream, List<ConsumerState>> restored = new LinkedHashMap<>();
    boolean done = false;
    try {
      for (StreamState state : streams) {
        StreamHandover estate = estates.get(state.config().name());
        restored.put(jetStream.factory().restore(state, estate), state.consumers());
      }
      done = true;
    } finally {
      if (!done) {
        estates.values().forEach(StreamHandover::close);
      }
    }
    jetStream.adopt(restored);
    return true;
  }

  /**
   * Adds the streams of this snapshot to those of an account, which stay as they are. Publishes no
   * advisories. Threads that serve clients must not call it.
   *
   * @throws IllegalArgumentException if the account has a stream of the same name or with an
   *     overlapping subject; then the account stays as it was
   * @throws StoreException if files cannot be written; then the account stays as it was
   */
  public void addTo(AccountJetStream jetStream) {
    AccountSnapshot.<Boolean>exclusively(
        jetStream,
        batch -> {
          CompletableFuture<Boolean> added = new CompletableFuture<>();
          jetStream
              .executor()
              .execute(taskBatch -> complete(added, () -> add(jetStream, taskBatch)));
          return added;
        });
  }

  private boolean add(AccountJetStream jetStream, WorkBatch batch) {
    for (StreamState state : streams) {
      requireRoom(jetStream, state.config());
    }
    Map<Stream, List<ConsumerState>> restored = new LinkedHashMap<>();
    boolean done = false;
    try {
      for (StreamState state : streams) {
        restored.put(jetStream.factory().restore(state, null), state.consumers());
      }
      done = true;
    } finally {
      if (!done) {
        // Nobody else knows these yet.
        restored.keySet().forEach(stream -> stream.deleteQuietly(batch));
      }
    }
    jetStream.adopt(restored);
    return true;
  }

  private static void requireRoom(AccountJetStream jetStream, StreamConfig config) {
    if (jetStream.stream(config.name()) != null) {
      throw new IllegalArgumentException("There is a stream " + config.name() + " already");
    }
    try {
      jetStream.checkOverlap(config);
    } catch (ApiException e) {
      throw new IllegalArgumentException(
          "Stream " + config.name() + " cannot be added: " + e.description(), e);
    }
  }

  /**
   * Deletes the streams that have the names of those in this snapshot, without advisories. Threads
   * that serve clients must not call it.
   */
  public void removeFrom(AccountJetStream jetStream) {
    AccountSnapshot.<Boolean>exclusively(
        jetStream,
        batch -> {
          List<CompletableFuture<Boolean>> parts = new ArrayList<>();
          for (StreamState state : streams) {
            Stream stream = jetStream.stream(state.config().name());
            if (stream != null) {
              jetStream.remove(stream);
              parts.add(
                  onExecutor(
                      stream,
                      batch,
                      taskBatch -> {
                        stream.deleteQuietly(taskBatch);
                        return true;
                      }));
            }
          }
          return all(parts).thenApply(done -> true);
        });
  }

  /** Returns this snapshot with all times moved by so many nanoseconds. */
  public AccountSnapshot shifted(long nanos) {
    return new AccountSnapshot(streams.stream().map(stream -> stream.shifted(nanos)).toList());
  }

  /** Writes the snapshot in the form that {@link #readFrom} reads. */
  public void writeTo(DataOutput out) throws IOException {
    SnapshotFormat.write(this, out);
  }

  /**
   * Reads a snapshot written by this or another server.
   *
   * @throws IOException if the input is not a snapshot
   */
  public static AccountSnapshot readFrom(DataInput in) throws IOException {
    return SnapshotFormat.read(in);
  }

  // --- work on the executors of the account and its streams ---

  private interface Work<T> {
    T run() throws StoreException;
  }

  private static <T> void complete(CompletableFuture<T> future, Work<T> work) {
    try {
      future.complete(work.run());
    } catch (RuntimeException | Error e) {
      future.completeExceptionally(e);
    }
  }

  private static <T> CompletableFuture<T> onExecutor(
      Stream stream, WorkBatch batch, Function<WorkBatch, T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    stream.submit(taskBatch -> complete(result, () -> work.apply(taskBatch)), batch);
    return result;
  }

  private static CompletableFuture<Void> all(List<? extends CompletableFuture<?>> parts) {
    return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new));
  }

  private static <T> List<T> joined(List<CompletableFuture<T>> parts) {
    return parts.stream().map(CompletableFuture::join).toList();
  }

  /** Runs work that excludes changes to the set of streams, and waits for its end. */
  private static <T> T exclusively(
      AccountJetStream jetStream, Function<WorkBatch, CompletableFuture<T>> work) {
    CompletableFuture<CompletableFuture<T>> begun = new CompletableFuture<>();
    WorkBatch own = new WorkBatch();
    jetStream.mutate(
        (batch, done) -> {
          CompletableFuture<T> under = new CompletableFuture<>();
          try {
            under = work.apply(batch);
          } catch (RuntimeException | Error e) {
            under.completeExceptionally(e);
          }
          begun.complete(
              under.whenComplete(
                  (value, failure) -> {
                    WorkBatch last = new WorkBatch();
                    done.run(last);
                    last.flush();
                  }));
        },
        own);
    own.flush();
    try {
      return begun.thenCompose(Function.identity()).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new CompletionException(e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "The streams of account "
              + jetStream.account().name()
              + " are busy for more than "
              + PATIENCE_SECONDS
              + " seconds; one of them may be stuck",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while waiting for streams", e);
    }
  }
}
