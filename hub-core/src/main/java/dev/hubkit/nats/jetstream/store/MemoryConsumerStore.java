package dev.hubkit.nats.jetstream.store;

/** A consumer's state in memory; the base of the one in files. */
class MemoryConsumerStore implements ConsumerStore {
  private final SequenceTable pending = new SequenceTable();
  private final SequenceTable redelivered = new SequenceTable();
  private long deliveredConsumer;
  private long deliveredStream;
  private long floorConsumer;
  private long floorStream;
  private boolean closed;

  @Override
  public boolean hasState() {
    return deliveredConsumer != 0 || deliveredStream != 0;
  }

  @Override
  public long deliveredConsumer() {
    return deliveredConsumer;
  }

  @Override
  public long deliveredStream() {
    return deliveredStream;
  }

  @Override
  public void deliver(long consumerSequence, long streamSequence) {
    requireOpen();
    deliveredConsumer = consumerSequence;
    deliveredStream = streamSequence;
  }

  @Override
  public long floorConsumer() {
    return floorConsumer;
  }

  @Override
  public long floorStream() {
    return floorStream;
  }

  @Override
  public void raiseFloor(long consumerSequence, long streamSequence) {
    requireOpen();
    floorConsumer = consumerSequence;
    floorStream = streamSequence;
  }

  @Override
  public int pendingCount() {
    return pending.size();
  }

  @Override
  public boolean isPending(long streamSequence) {
    return pending.contains(streamSequence);
  }

  @Override
  public long pendingConsumer(long streamSequence) {
    return pending.first(streamSequence);
  }

  @Override
  public long pendingSince(long streamSequence) {
    return pending.second(streamSequence);
  }

  @Override
  public void addPending(long streamSequence, long consumerSequence, long timestamp) {
    requireOpen();
    pending.put(streamSequence, consumerSequence, timestamp);
  }

  @Override
  public boolean removePending(long streamSequence) {
    requireOpen();
    return pending.remove(streamSequence);
  }

  @Override
  public long nextPending(long streamSequence) {
    return pending.ceiling(streamSequence);
  }

  /** The highest stream sequence that waits; 0 for none. */
  final long lastPending() {
    return pending.last();
  }

  @Override
  public int redeliveredCount() {
    return redelivered.size();
  }

  @Override
  public long redelivered(long streamSequence) {
    return redelivered.first(streamSequence);
  }

  @Override
  public void setRedelivered(long streamSequence, long times) {
    requireOpen();
    if (times == 0) {
      redelivered.remove(streamSequence);
    } else {
      redelivered.put(streamSequence, times, 0);
    }
  }

  @Override
  public long nextRedelivered(long streamSequence) {
    return redelivered.ceiling(streamSequence);
  }

  @Override
  public void reset(long streamSequence) {
    requireOpen();
    pending.clear();
    redelivered.clear();
    deliveredConsumer = 0;
    floorConsumer = 0;
    deliveredStream = streamSequence;
    floorStream = streamSequence;
  }

  @Override
  public void flush() {
    requireOpen();
  }

  @Override
  public void sync() {
    flush();
  }

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public void delete() {
    close();
  }

  final boolean isClosed() {
    return closed;
  }

  final void requireOpen() {
    if (closed) {
      throw new StoreException.Closed();
    }
  }
}
