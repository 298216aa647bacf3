package dev.hubkit.nats.jetstream.store;

/** A consumer's state in memory that can tell what has changed in it since it was last asked. */
class RecordingConsumerStore extends MemoryConsumerStore {
  private final ConsumerJournal changes = new ConsumerJournal();
  private final int prefix;
  private boolean deliveredChanged;
  private boolean floorChanged;
  private boolean recording;

  /**
   * Makes an empty state, which does not record yet.
   *
   * @param prefix how many bytes to leave free in front of the changes
   */
  RecordingConsumerStore(int prefix) {
    this.prefix = prefix;
    changes.clear(prefix);
  }

  /** Records the changes from here on. */
  final void record() {
    recording = true;
  }

  final boolean isRecording() {
    return recording;
  }

  /** Returns the changes that were recorded; complete after {@link #finishChanges}. */
  final ConsumerJournal changes() {
    return changes;
  }

  /** Completes the changes; returns false if there are none. */
  final boolean finishChanges() {
    if (deliveredChanged) {
      changes.delivered(ConsumerJournal.DELIVERED, deliveredConsumer(), deliveredStream());
      deliveredChanged = false;
    }
    if (floorChanged) {
      changes.delivered(ConsumerJournal.FLOOR, floorConsumer(), floorStream());
      floorChanged = false;
    }
    return changes.length() > prefix;
  }

  /** Forgets the changes, which are safe now. */
  final void clearChanges() {
    changes.clear(prefix);
  }

  @Override
  public void deliver(long consumerSequence, long streamSequence) {
    super.deliver(consumerSequence, streamSequence);
    deliveredChanged = recording;
  }

  @Override
  public void raiseFloor(long consumerSequence, long streamSequence) {
    super.raiseFloor(consumerSequence, streamSequence);
    floorChanged = recording;
  }

  @Override
  public void addPending(long streamSequence, long consumerSequence, long timestamp) {
    changes.reserve();
    super.addPending(streamSequence, consumerSequence, timestamp);
    if (recording) {
      changes.pending(streamSequence, consumerSequence, timestamp);
    }
  }

  @Override
  public boolean removePending(long streamSequence) {
    changes.reserve();
    boolean removed = super.removePending(streamSequence);
    if (removed && recording) {
      changes.done(streamSequence);
    }
    return removed;
  }

  @Override
  public void setRedelivered(long streamSequence, long times) {
    if (redelivered(streamSequence) == times) {
      requireOpen();
      return;
    }
    changes.reserve();
    super.setRedelivered(streamSequence, times);
    if (recording) {
      changes.redelivered(streamSequence, times);
    }
  }

  @Override
  public void reset(long streamSequence) {
    super.reset(streamSequence);
    if (recording) {
      changes.clear(prefix);
      changes.reset(streamSequence);
      deliveredChanged = false;
      floorChanged = false;
    }
  }
}
