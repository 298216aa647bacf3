package dev.hubkit.nats.jetstream.store;

import org.jspecify.annotations.Nullable;

/**
 * The state of a consumer that has replicas on several servers: what a majority has agreed on, and
 * where the consumer leads also what it has changed since then. A leader reads and changes what is
 * ahead, {@link #takeChanges} tells the others, and what they have agreed on comes back by {@link
 * #apply}. When it leads no more, it forgets what was ahead.
 */
public final class ReplicatedConsumerStore implements ConsumerStore {
  private static final byte[] NOTHING = {};

  private final ConsumerStore agreed;
  private @Nullable RecordingConsumerStore ahead;

  /**
   * Makes the state of a replica that follows.
   *
   * @param agreed keeps what a majority has agreed on
   */
  public ReplicatedConsumerStore(ConsumerStore agreed) {
    this.agreed = agreed;
  }

  /** Returns what a majority has agreed on; to be read only. */
  public ConsumerStore agreed() {
    return agreed;
  }

  /** Begins to lead: changes are noted from here on. */
  public void lead() {
    RecordingConsumerStore copy = new RecordingConsumerStore(0);
    ConsumerSnapshot.of(agreed).restore(copy);
    copy.record();
    ahead = copy;
  }

  /** Ends leading: forgets what has not come back by {@link #apply}. */
  public void follow() {
    ahead = null;
  }

  /** Returns what the leader has changed since it was last asked; empty for nothing. */
  public byte[] takeChanges() {
    RecordingConsumerStore leading = leading();
    if (!leading.finishChanges()) {
      return NOTHING;
    }
    byte[] changes = new byte[leading.changes().length()];
    System.arraycopy(leading.changes().bytes(), 0, changes, 0, changes.length);
    leading.clearChanges();
    return changes;
  }

  /** Takes over changes that a majority has; {@link #flush} makes them safe. */
  public void apply(byte[] changes) {
    apply(changes, agreed);
  }

  /**
   * Applies changes that {@link #takeChanges} has returned.
   *
   * @throws IllegalArgumentException if they make no sense
   */
  public static void apply(byte[] changes, ConsumerStore state) {
    if (!ConsumerJournal.replay(changes, 0, changes.length, state)) {
      throw new IllegalArgumentException("changes of a consumer that make no sense");
    }
  }

  /** Replaces what a majority has agreed on by the state of the leader. */
  public void restore(ConsumerSnapshot snapshot) {
    snapshot.restore(agreed);
    agreed.resolveUnknown();
  }

  private ConsumerStore present() {
    RecordingConsumerStore leading = ahead;
    return leading == null ? agreed : leading;
  }

  private RecordingConsumerStore leading() {
    RecordingConsumerStore leading = ahead;
    if (leading == null) {
      throw new IllegalStateException("a replica that follows changes nothing by itself");
    }
    return leading;
  }

  // --- what was delivered and acknowledged ---

  @Override
  public boolean hasState() {
    return present().hasState();
  }

  @Override
  public boolean tellsDelivered() {
    return agreed.tellsDelivered();
  }

  @Override
  public boolean isRecorded() {
    return agreed.isRecorded();
  }

  @Override
  public boolean hasUnknown() {
    return agreed.hasUnknown();
  }

  @Override
  public boolean isUnknown(long streamSequence) {
    return agreed.isUnknown(streamSequence);
  }

  @Override
  public long deliveredConsumer() {
    return present().deliveredConsumer();
  }

  @Override
  public long deliveredStream() {
    return present().deliveredStream();
  }

  @Override
  public void deliver(long consumerSequence, long streamSequence) {
    leading().deliver(consumerSequence, streamSequence);
  }

  @Override
  public long floorConsumer() {
    return present().floorConsumer();
  }

  @Override
  public long floorStream() {
    return present().floorStream();
  }

  @Override
  public void raiseFloor(long consumerSequence, long streamSequence) {
    leading().raiseFloor(consumerSequence, streamSequence);
  }

  // --- waiting for an acknowledgement ---

  @Override
  public int pendingCount() {
    return present().pendingCount();
  }

  @Override
  public boolean isPending(long streamSequence) {
    return present().isPending(streamSequence);
  }

  @Override
  public long pendingConsumer(long streamSequence) {
    return present().pendingConsumer(streamSequence);
  }

  @Override
  public long pendingSince(long streamSequence) {
    return present().pendingSince(streamSequence);
  }

  @Override
  public void addPending(long streamSequence, long consumerSequence, long timestamp) {
    leading().addPending(streamSequence, consumerSequence, timestamp);
  }

  @Override
  public boolean removePending(long streamSequence) {
    return leading().removePending(streamSequence);
  }

  @Override
  public long nextPending(long streamSequence) {
    return present().nextPending(streamSequence);
  }

  // --- delivered more than once ---

  @Override
  public int redeliveredCount() {
    return present().redeliveredCount();
  }

  @Override
  public long redelivered(long streamSequence) {
    return present().redelivered(streamSequence);
  }

  @Override
  public void setRedelivered(long streamSequence, long times) {
    leading().setRedelivered(streamSequence, times);
  }

  @Override
  public long nextRedelivered(long streamSequence) {
    return present().nextRedelivered(streamSequence);
  }

  // --- life ---

  @Override
  public void reset(long streamSequence) {
    leading().reset(streamSequence);
  }

  @Override
  public void flush() {
    agreed.flush();
  }

  @Override
  public void sync() {
    agreed.sync();
  }

  @Override
  public void close() {
    ahead = null;
    agreed.close();
  }

  @Override
  public void delete() {
    ahead = null;
    agreed.delete();
  }
}
