package dev.hubkit.nats.jetstream.store;

/** Finds the messages of a store whose time is over. */
final class StoreExpiry {
  private final StreamIndexes contents;
  private final MessageIndex index;
  private final MessageTtls expiries;
  private final LimitEnforcer limits;
  private final MessageRemover remover;
  private final StoreWriter writer;
  private final StoreReader reader;

  StoreExpiry(
      StreamIndexes contents,
      LimitEnforcer limits,
      MessageRemover remover,
      StoreWriter writer,
      StoreReader reader) {
    this.contents = contents;
    this.limits = limits;
    this.remover = remover;
    this.writer = writer;
    this.reader = reader;
    index = contents.index;
    expiries = contents.expiries;
  }

  /** As {@link StreamStore#nextExpiry}. */
  long nextExpiry() {
    long earliest = Long.MAX_VALUE;
    if (limits.limits().maxAge() > 0) {
      long oldest = expiries.oldestMortal();
      if (oldest != 0) {
        long age =
            (oldest == contents.first ? contents.firstTimestamp() : contents.timestampOf(oldest))
                + limits.limits().maxAge();
        earliest = age < 0 ? Long.MAX_VALUE : age;
      }
    }
    return Math.min(earliest, expiries.firstTime());
  }

  /** As {@link StreamStore#expire}. */
  void expire(long now, ExpiryHandler handler) {
    writer.flushPending();
    if (limits.limits().maxAge() > 0) {
      long oldest = expiries.oldestMortal();
      while (oldest != 0 && contents.timestampOf(oldest) <= now - limits.limits().maxAge()) {
        expireOne(oldest, handler);
        oldest = expiries.nextMortal(oldest + 1);
      }
    }
    for (long sequence : expiries.pollDue(now)) {
      if (index.contains(sequence)) {
        expireOne(sequence, handler);
      }
    }
  }

  private void expireOne(long sequence, ExpiryHandler handler) {
    if (handler == ExpiryHandler.REMOVE) {
      remover.drop(sequence);
      return;
    }
    StoredMessage message = reader.get(sequence);
    if (message == null) {
      return;
    }
    int node = index.subject(sequence);
    if (handler.expire(message, contents.subjects.count(node) == 1) && index.contains(sequence)) {
      writer.flushPending();
      if (index.contains(sequence)) {
        remover.drop(sequence);
      }
    }
  }
}
