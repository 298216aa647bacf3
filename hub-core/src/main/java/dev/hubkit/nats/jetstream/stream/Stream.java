package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.PersistMode;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.consumer.Consumers;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.publish.MessageAppender;
import dev.hubkit.nats.jetstream.publish.MirrorAppender;
import dev.hubkit.nats.jetstream.publish.PublishContext;
import dev.hubkit.nats.jetstream.publish.StreamSubscriptions;
import dev.hubkit.nats.jetstream.publish.WriteFailures;
import dev.hubkit.nats.jetstream.runtime.AccountContext;
import dev.hubkit.nats.jetstream.runtime.CommandLog;
import dev.hubkit.nats.jetstream.runtime.ConsumerState;
import dev.hubkit.nats.jetstream.runtime.PublishState;
import dev.hubkit.nats.jetstream.runtime.ReplicatedState;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;
import dev.hubkit.nats.jetstream.runtime.SerialTimer;
import dev.hubkit.nats.jetstream.runtime.SourcePositions;
import dev.hubkit.nats.jetstream.runtime.StreamCommand;
import dev.hubkit.nats.jetstream.runtime.StreamFiles;
import dev.hubkit.nats.jetstream.source.SourceContext;
import dev.hubkit.nats.jetstream.source.SourcesAndMirror;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.nats.jetstream.store.StoreSnapshot;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.jetstream.store.SubjectFilter;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.NameHash;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Supervisor;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One stream: takes the messages of its subjects, stores them, acknowledges them and hands them to
 * its consumers.
 *
 * <p>Confined to the stream's {@link #executor()}, except for what says otherwise.
 */
public final class Stream implements PublishContext, SourceContext {
  // How long an asynchronous store collects what it has to write: maxFlushWait of nats-server.
  private static final long WRITE_DELAY = 8_000_000;

  private final AccountContext jetStream;
  private final StreamStore store;
  private final @Nullable StreamFiles files;
  private final long created;
  private final SerialExecutor executor;
  private final WriteFailures failures;
  private final MessageAppender appender;
  private final MirrorAppender mirror;
  private final StreamSubscriptions subscriptions;
  private final MessageExpiry expiry;
  private final DirectGet directGet;
  private final SourcesAndMirror sources;
  private final StreamAdvisories advisories;
  private final Consumers consumers;
  private final SerialTimer writing;
  private final StreamUsage usage;
  private final OngoingBackup backup;
  private final RemovalNotifier removals;
  private volatile StreamConfig config;
  // Null in a stream without replicas.
  private @Nullable StreamReplica replica;
  private volatile boolean closed;

  /**
   * Makes a stream that takes no messages yet.
   *
   * @param files the files of the stream; null for a stream in memory
   * @param created when it was created, in nanoseconds since the Unix epoch
   */
  public Stream(
      AccountContext jetStream,
      StreamConfig config,
      StreamStore store,
      @Nullable StreamFiles files,
      long created) {
    this.jetStream = jetStream;
    this.config = config;
    this.store = store;
    this.files = files;
    this.created = created;
    this.executor =
        SerialExecutor.held(
            "Stream " + config.name() + " of " + jetStream.account().name(),
            jetStream.supervisor(),
            jetStream.workers(),
            waitsForDisk(),
            this::commit);
    this.writing = new SerialTimer(jetStream.time(), executor, this::write);
    this.failures = new WriteFailures(this);
    this.appender = new MessageAppender(this, failures);
    this.mirror = new MirrorAppender(this, appender, failures);
    this.subscriptions = new StreamSubscriptions(this, appender);
    this.expiry = new MessageExpiry(this);
    this.directGet = new DirectGet(this);
    this.sources = new SourcesAndMirror(this);
    this.advisories = new StreamAdvisories(this, out -> new StreamReport(this).writeState(out));
    this.consumers = new Consumers(this, files);
    this.usage = new StreamUsage(this, () -> appender.footprint() + consumers.footprint());
    // Earlier releases sent the blocks on their disk, and so one archive at a time.
    boolean byEntries = jetStream.compatibility().atLeast(Compatibility.V2_15);
    this.backup = new OngoingBackup(files != null || byEntries, byEntries);
    this.removals = new RemovalNotifier(this, jetStream.supervisor(), appender, consumers);
  }

  /** Makes a stream that takes over the messages and consumers of its predecessor. */
  public Stream(
      AccountContext jetStream, StreamConfig config, StreamHandover estate, long created) {
    this(jetStream, config, estate.store(), estate.files(), created);
    consumers.adoptConsumers(estate.consumers());
  }

  /**
   * Makes this one replica of the stream, to be called before it is started. It follows until its
   * replica leads.
   */
  void replicate(StreamReplica of) {
    replica = of;
    appender.replicate(of);
    expiry.replicate(of);
    sources.replicate();
  }

  /** Recovers the consumers and the duplicate window, then begins to take messages. */
  public void start() {
    start(consumers::recover);
  }

  /** Starts with these consumers, which are not in files yet. */
  public void start(List<ConsumerState> known) {
    start(() -> consumers.restore(known));
  }

  private void start(Runnable consumersBack) {
    executor.begin(
        batch -> {
          try {
            store.onRemoval(removals);
            appender.recover();
            consumersBack.run();
            StreamReplica own = replica;
            if (own != null) {
              own.opened();
            }
            subscribe();
            if (leads()) {
              sources.update(batch);
              expiry.reschedule();
            }
          } catch (Throwable e) {
            // Subscribes all the same, so that publishers get an error rather than no answer.
            store.fail(e);
            writingHasFailed();
            subscribe();
            throw e;
          }
        });
  }

  @Override
  public void writingHasFailed() {
    failures.failUntilRestart();
  }

  private boolean waitsForDisk() {
    return files != null
        && jetStream.options().syncAlways()
        && config.persistMode() != PersistMode.ASYNC;
  }

  @Override
  public AccountContext jetStream() {
    return jetStream;
  }

  @Override
  public Account account() {
    return jetStream.account();
  }

  @Override
  public TimeSource time() {
    return jetStream.time();
  }

  @Override
  public SerialExecutor executor() {
    return executor;
  }

  @Override
  public String name() {
    return config.name();
  }

  @Override
  public StreamConfig config() {
    return config;
  }

  /** Returns when the stream was created, in nanoseconds since the Unix epoch. Any thread. */
  public long created() {
    return created;
  }

  @Override
  public String identity() {
    return NameHash.of(Rfc3339.format(created));
  }

  @Override
  public StreamStore store() {
    return store;
  }

  public Consumers consumers() {
    return consumers;
  }

  /** Returns the directory of the stream's files, or null for a stream in memory. */
  @Nullable
  public Path directory() {
    return files == null ? null : files.path();
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  private void subscribe() {
    if (leads()) {
      subscriptions.update(config.subjects());
    }
    directGet.subscribe();
  }

  /**
   * Returns whether this is the one that takes messages: of the replicas of a stream, only the
   * leader's does.
   */
  public boolean leads() {
    StreamReplica own = replica;
    return own == null || own.isLeading();
  }

  /** Begins to take messages, because the replica on this server leads now. */
  public void lead(WorkBatch batch) {
    if (closed) {
      return;
    }
    appender.lead();
    subscribe();
    sources.update(batch);
    expiry.leaderChanged();
    consumers.dropAcknowledged();
  }

  /** Ceases to take messages, because the replica on this server leads no more. */
  public void follow(WorkBatch batch) {
    if (closed) {
      return;
    }
    subscriptions.pause();
    sources.pause();
    appender.follow();
    expiry.leaderChanged();
  }

  /**
   * Makes a change that a client asks for: at once, or where the stream has replicas, when a
   * majority of them has it. Then there is no answer if this one ceases to lead before.
   */
  public void change(StreamCommand command, CommandLog.Answer answer, WorkBatch batch) {
    StreamReplica own = replica;
    if (own == null) {
      answer.applied(make(command, true, batch), batch);
    } else {
      own.propose(command, answer);
    }
  }

  /**
   * Does what a majority of the replicas has.
   *
   * @param answers whether this replica has proposed it, and tells those who asked for it
   * @return how many messages it has removed or stored
   */
  long apply(StreamCommand command, boolean answers, WorkBatch batch) {
    appender.applying(ReplicatedStream.timeOf(command), answers);
    try {
      return make(command, answers, batch);
    } finally {
      appender.applied();
    }
  }

  private long make(StreamCommand command, boolean answers, WorkBatch batch) {
    if (command instanceof StreamCommand.Update update) {
      update(update.config(), answers, batch);
      return 0;
    }
    if (command instanceof StreamCommand.Purge purge) {
      long purged = purge(purge.subject(), purge.before(), purge.keep(), batch);
      keepPositions();
      return purged;
    }
    if (command instanceof StreamCommand.Expire expire) {
      expiry.apply(expire, batch);
      return 0;
    }
    return new ReplicatedStream(store, appender, mirror, sources).make(command, answers, batch);
  }

  @Override
  public void whenSafe(SerialExecutor.Task task, WorkBatch batch) {
    StreamReplica own = replica;
    if (own == null) {
      commitPending(batch);
      task.run(batch);
    } else {
      own.propose(new StreamCommand.Barrier(), (result, taskBatch) -> task.run(taskBatch));
    }
  }

  @Override
  public void store(String subject, byte[] header, byte[] payload, WorkBatch batch) {
    appender.receiveTrusted(Message.of(subject, null, header, payload), batch);
  }

  /**
   * Submits a task that reads or removes messages. Before it runs, the executor commits what was
   * published earlier in the round.
   */
  public void submit(SerialExecutor.Task task, WorkBatch batch) {
    executor.submit(
        taskBatch -> {
          commitPending(taskBatch);
          task.run(taskBatch);
        },
        batch);
  }

  @Override
  public void commitPending(WorkBatch batch) {
    appender.commit(batch);
    if (store.isUsable()) {
      sources.committed();
    }
  }

  @Override
  public boolean mirrored(Message message, long sequence, long timestamp, WorkBatch batch) {
    StreamReplica own = replica;
    if (own != null) {
      boolean taken = mirror.hasRoomFor(message);
      if (taken) {
        own.propose(new StreamCommand.Mirrored(message.retain(), sequence, timestamp));
      }
      return taken;
    }
    return mirror.receive(message, sequence, timestamp, batch);
  }

  @Override
  public boolean mirroredUpTo(long sequence, WorkBatch batch) {
    StreamReplica own = replica;
    if (own != null) {
      own.propose(new StreamCommand.MirrorSkip(sequence));
      return true;
    }
    return mirror.skipTo(sequence, batch);
  }

  @Override
  public boolean sourced(
      Message message, String source, SourcePositions.Position position, WorkBatch batch) {
    StreamReplica own = replica;
    if (own != null) {
      own.propose(appender.sourced(message, source, position));
      return true;
    }
    return appender.receiveTrusted(message, batch);
  }

  /** Returns why the last write failed; empty if it succeeded. Any thread. */
  public String writeError() {
    return failures.last();
  }

  /** Returns the mirror and the sources of the stream. */
  public SourcesAndMirror sources() {
    return sources;
  }

  /** Returns the backup of the stream that is being sent, or may be. */
  public OngoingBackup backup() {
    return backup;
  }

  /** Returns what publishes the advisories about the stream. */
  public StreamAdvisories advisories() {
    return advisories;
  }

  private void commit(WorkBatch batch) {
    if (closed) {
      return;
    }
    commitPending(batch);
    if (removals.takeMissed()) {
      consumers.rescan(batch);
      appender.recount();
    }
    consumers.committed(batch);
    boolean isSafe = false;
    try {
      // Makes the removals of this round durable: acknowledged messages must not return after a
      // crash.
      isSafe = store.commit();
      if (!isSafe && !writing.isSet()) {
        writing.set(WRITE_DELAY);
      }
    } catch (StoreException e) {
      failures.add(e);
    } finally {
      if (!store.isUsable()) {
        writingHasFailed();
      }
    }
    usage.report();
    subscriptions.roundEnded();
    expiry.reschedule();
    StreamReplica own = replica;
    if (own != null) {
      own.roundEnded(isSafe);
    }
  }

  // Writes what an asynchronous store has collected.
  private void write(WorkBatch batch) {
    if (!closed) {
      try {
        store.flush();
      } catch (StoreException e) {
        failures.add(e);
      }
    }
  }

  @Override
  public void grew(long bytes) {
    usage.grew(bytes);
  }

  @Override
  public long unaccountedBytes() {
    return usage.unreportedStorage();
  }

  @Override
  public void acknowledged(long sequence) {
    switch (config.retention()) {
      case LIMITS -> {}
      case WORK_QUEUE -> discard(sequence);
      case INTEREST -> {
        String subject = store.subjectOf(sequence);
        if (subject != null && !consumers.isNeeded(sequence, subject)) {
          discard(sequence);
        }
      }
    }
  }

  @Override
  public void discard(long sequence) {
    StreamReplica own = replica;
    if (own == null) {
      store.remove(sequence);
    } else {
      own.discard(sequence);
    }
  }

  @Override
  public boolean isInterested(String subject) {
    return consumers.isInterested(subject);
  }

  @Override
  public void appended(long sequence, String subject, WorkBatch batch) {
    consumers.appended(sequence, subject, batch);
  }

  @Override
  public void rescan(WorkBatch batch) {
    consumers.rescan(batch);
  }

  @Override
  public void restartSources(WorkBatch batch) {
    sources.restart(batch);
  }

  @Override
  public void batchAbandoned(String id, String reason, WorkBatch batch) {
    advisories.batchAbandoned(id, reason, batch);
  }

  @Override
  public long purge(String subject, long before, long keep, WorkBatch batch) {
    long purged = store.purge(SubjectFilter.of(subject), before, keep);
    consumers.purged(subject, batch);
    return purged;
  }

  /**
   * Writes how far the sources were read, because the messages that tell it may be gone when the
   * stream is recovered.
   */
  public void keepPositions() {
    if (files != null && !config.sources().isEmpty()) {
      files.write(config, created, sources.positions());
    }
  }

  /** Applies a new configuration. */
  public void update(StreamConfig updated, WorkBatch batch) {
    update(updated, true, batch);
  }

  private void update(StreamConfig updated, boolean tells, WorkBatch batch) {
    StreamConfig before = config;
    if (files != null) {
      files.write(updated, created, sources.positions());
    }
    config = updated;
    subscribe();
    appender.configChanged(before);
    store.limit(StreamFiles.limits(updated));
    consumers.streamUpdated(before, batch);
    if (leads()) {
      sources.update(batch);
    }
    if (tells) {
      advisories.updated(batch);
    }
  }

  /** Returns what the replicas of the stream have in common, as it is now. */
  ReplicatedState replicatedState(WorkBatch batch) {
    commitPending(batch);
    return new ReplicatedState(
        config, StoreSnapshot.of(store), appender.state(), sources.positions());
  }

  /** Returns what is known of published messages; also after the end of the stream. */
  PublishState publishState() {
    return appender.state();
  }

  /** Notes what another replica knew of published messages. */
  void resume(PublishState known) {
    appender.restore(known);
  }

  /** Replaces what there is by the state of the leader. */
  void restore(ReplicatedState state, WorkBatch batch) {
    StreamConfig before = config;
    if (!before.equals(state.config())) {
      update(state.config(), false, batch);
    }
    store.rewind(state.messages());
    sources.recover(state.sources());
    if (files != null) {
      files.write(config, created, sources.positions());
    }
    appender.restore(state.published());
    consumers.rescan(batch);
  }

  /** Closes the stream because the server closes; its files stay. */
  public void close() {
    if (end()) {
      end(this::keepPositions);
      end(consumers::close);
      StreamReplica own = replica;
      if (own != null) {
        own.closing();
      }
      store.close();
    }
  }

  /**
   * Ends the stream so that another one can take over its messages and consumers. Clients that wait
   * for messages are told that the consumer is gone.
   *
   * @return what the next stream takes over; empty if this one has already ended
   */
  public Optional<StreamHandover> detach(WorkBatch batch) {
    if (!end()) {
      return Optional.empty();
    }
    store.onRemoval(null);
    usage.releaseStorage();
    return Optional.of(new StreamHandover(name(), store, files, consumers.detach(batch)));
  }

  /**
   * Deletes the stream, its messages and its consumers without advisories; only clients that wait
   * for messages are told.
   */
  public void deleteQuietly(WorkBatch batch) {
    if (end()) {
      end(() -> consumers.deleteQuietly(batch));
      deleteStored();
    }
  }

  /** Deletes the stream, its messages and its consumers. */
  public void delete(WorkBatch batch) {
    if (end()) {
      end(() -> consumers.delete(batch));
      end(() -> advisories.deleted(batch));
      deleteStored();
    }
  }

  private void deleteStored() {
    try {
      store.delete();
    } finally {
      usage.releaseStorage();
      if (files != null) {
        files.delete();
      }
    }
  }

  /**
   * Ends the parts of the stream; if one of them fails, the others still end. Returns false if the
   * stream has already ended.
   */
  private boolean end() {
    if (closed) {
      return false;
    }
    closed = true;
    usage.releaseHeap();
    end(backup::close);
    end(writing::cancel);
    end(subscriptions::close);
    end(directGet::unsubscribe);
    end(sources::stop);
    end(appender::close);
    end(expiry::close);
    end(failures::close);
    return true;
  }

  private void end(Supervisor.Work step) {
    jetStream.supervisor().run(this, step);
  }

  @Override
  public String toString() {
    return "stream " + name() + " of account " + account().name();
  }
}
