package dev.hubkit.nats.jetstream.store;

/**
 * Removes messages from a store on request: one, those of a filter, or all up to or from a
 * sequence.
 */
final class StorePurge {
  private final RecordLog log;
  private final StreamIndexes contents;
  private final MessageIndex index;
  private final StoreQueries queries;
  private final LimitEnforcer limits;
  private final MessageRemover remover;
  private final StoreWriter writer;
  private final StoreReader reader;

  StorePurge(
      RecordLog log,
      StreamIndexes contents,
      LimitEnforcer limits,
      MessageRemover remover,
      StoreWriter writer,
      StoreReader reader) {
    this.log = log;
    this.contents = contents;
    this.limits = limits;
    this.remover = remover;
    this.writer = writer;
    this.reader = reader;
    index = contents.index;
    queries = new StoreQueries(index, contents.subjects);
  }

  /** As {@link StreamStore#remove}. */
  boolean remove(long sequence) {
    if (!index.contains(sequence)) {
      return false;
    }
    writer.flushPending();
    if (!index.contains(sequence)) {
      return false; // the limits took it
    }
    remover.drop(sequence);
    return true;
  }

  /** As {@link StreamStore#erase}. */
  boolean erase(long sequence) {
    if (!index.contains(sequence)) {
      return false;
    }
    writer.flushAll();
    // Nobody knows how far a damaged record goes.
    StoredMessage message = reader.get(sequence);
    if (message == null) {
      return false;
    }
    if (!log.canErase(sequence)) {
      // As nats-server, which overwrites nothing where it encrypts.
      remover.drop(sequence);
      writer.flush();
      return true;
    }
    if (sequence == contents.last) {
      // A record that is overwritten in part, by a loss of power, says nothing of its sequence.
      log.skip(sequence, contents.lastTimestamp);
      log.flush();
    }
    log.erase(sequence, index.position(sequence), message.timestamp(), index);
    remover.forget(sequence);
    return true;
  }

  /** As {@link StreamStore#purge()}. */
  long purge() {
    writer.flushPending();
    return clear(contents.last + 1, contents.last);
  }

  /** As {@link StreamStore#purge(SubjectFilter, long, long)}. */
  long purge(SubjectFilter filter, long before, long keep) {
    writer.flushPending();
    if (before == 1) {
      return 0; // as nats-server: up to but not including the first
    }
    if (filter.isAll() && keep == 0 && before == 0) {
      return purge();
    }
    if (filter.isAll() && before > 1) {
      return compact(before);
    }
    StreamStore.Matches matches = queries.matches(filter, 1);
    if (matches.messages() == 0 || keep >= matches.messages()) {
      return 0;
    }
    long most = matches.messages() - Math.max(0, keep);
    long[] ascending = queries.select(filter, before == 0 ? Long.MAX_VALUE : before);
    int count = (int) Math.min(most, ascending.length);
    return remove(ascending, count);
  }

  private long remove(long[] ascending, int count) {
    if (count == 1) {
      remover.drop(ascending[0]);
      return 1;
    }
    long bytesBefore = contents.bytes;
    int done = 0;
    try {
      while (done < count) {
        remover.record(ascending[done]);
        contents.forget(ascending[done++]);
        writer.flushIfMuchWaits();
      }
    } finally {
      log.purged();
      remover.notifyRemovals(done, bytesBefore - contents.bytes);
    }
    return count;
  }

  /** As {@link StreamStore#compact}. */
  long compact(long sequence) {
    writer.flushPending();
    if (sequence <= 0) {
      return purge();
    }
    if (sequence > contents.last) {
      return clear(sequence, sequence - 1);
    }
    if (sequence < contents.first || index.count() == 0) {
      return 0;
    }
    long before = index.count();
    long bytesBefore = contents.bytes;
    log.removeBelow(sequence, contents.last, contents.lastTimestamp);
    for (long at = contents.first; at != 0 && at < sequence; at = index.next(at + 1)) {
      contents.forget(at);
    }
    log.purged();
    remover.notifyRemovals(before - index.count(), bytesBefore - contents.bytes);
    return before - index.count();
  }

  /** As {@link StreamStore#truncate}. */
  void truncate(long sequence) {
    writer.flushAll();
    if (sequence == 0) {
      clear(contents.last + 1, contents.last);
      contents.lastTimestamp = 0;
      log.removeAbove(0, 0);
      log.truncated();
      contents.first = 1;
      contents.last = 0;
      writer.allSafe();
      return;
    }
    if (sequence >= contents.last) {
      return;
    }
    long before = index.count();
    long bytesBefore = contents.bytes;
    if (index.contains(sequence)) {
      contents.lastTimestamp = contents.timestampOf(sequence);
    }
    log.removeAbove(sequence, contents.lastTimestamp);
    contents.forgetAbove(sequence);
    log.truncated();
    contents.last = sequence;
    contents.expiries.truncated(sequence);
    if (index.count() == 0) {
      contents.first = contents.last + 1;
    }
    writer.allSafe();
    remover.notifyRemovals(before - index.count(), bytesBefore - contents.bytes);
  }

  private long clear(long newFirst, long newLast) {
    long purged = index.count();
    long purgedBytes = contents.bytes;
    log.clear(newFirst, newLast, contents.lastTimestamp);
    contents.clear(newFirst, newLast);
    remover.recorded();
    limits.forgetOverfull();
    writer.allSafe();
    remover.notifyRemovals(purged, purgedBytes);
    return purged;
  }
}
