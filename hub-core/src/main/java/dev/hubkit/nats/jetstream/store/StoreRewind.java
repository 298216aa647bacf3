package dev.hubkit.nats.jetstream.store;

/**
 * Puts a store back to what it held at some moment, in one step: what came since is cut off where
 * that is all that has changed, else everything is written anew and takes the place of what there
 * is.
 */
final class StoreRewind {
  // Positions in a segment are ints, and what is written anew is one segment.
  private static final long MAX_ANEW = 1L << 30;

  private final StreamStore store;
  private final StoreWriter writer;
  private final RecordLog log;
  private final StreamIndexes contents;
  private final MessageIndex index;
  private final StoreSnapshot snapshot;

  /** To be made of a store whose buffer is empty. */
  StoreRewind(
      StreamStore store,
      StoreWriter writer,
      RecordLog log,
      StreamIndexes contents,
      StoreSnapshot snapshot) {
    this.store = store;
    this.writer = writer;
    this.log = log;
    this.contents = contents;
    this.snapshot = snapshot;
    index = contents.index;
  }

  void run() {
    if (!cutBack()) {
      writeAnew();
    }
  }

  /** Cuts off what came after a snapshot; false when that is not all that has happened. */
  private boolean cutBack() {
    long last = snapshot.lastSequence();
    if (last > contents.last || !hasAll()) {
      return false;
    }
    if (last < contents.last) {
      // What was recorded before its successor is what was recorded up to the snapshot.
      // If the last message was gone, its sequence may have been given out again at another time.
      if ((last > 0 && !index.contains(last))
          || !index.contains(last + 1)
          || !log.cut(last + 1, index.position(last + 1), snapshot.lastTimestamp())) {
        return false;
      }
      contents.forgetAbove(last);
      contents.expiries.truncated(last);
    } else if (contents.lastTimestamp != snapshot.lastTimestamp()) {
      return false;
    }
    end();
    return true;
  }

  private boolean hasAll() {
    long at = index.next(0);
    for (StoredMessage message : snapshot.messages()) {
      if (at != message.sequence() || !message.isSame(store.get(at))) {
        return false;
      }
      at = index.next(at + 1);
    }
    return at == 0 || at > snapshot.lastSequence();
  }

  private void writeAnew() {
    long size = 0;
    for (StoredMessage message : snapshot.messages()) {
      size += message.length() + message.subject().length() + LogRecord.SUBJECT;
    }
    if (!log.inMemory() && size > MAX_ANEW) {
      store.truncate(0);
      contents.first = 0;
      contents.last = 0;
      contents.lastTimestamp = 0;
      snapshot.fill(store);
      return;
    }
    log.beginAnew();
    contents.clear(0, 0);
    contents.lastTimestamp = 0;
    for (StoredMessage message : snapshot.messages()) {
      store.skip(message.sequence() - contents.last - 1, 0);
      writer.put(message);
    }
    store.skip(snapshot.lastSequence() - contents.last, snapshot.lastTimestamp());
    log.replaceAll();
    end();
  }

  /** The last sequence is that of the snapshot; of an empty one it is as if there never was any. */
  private void end() {
    contents.last = snapshot.lastSequence();
    contents.lastTimestamp = snapshot.lastTimestamp();
    if (index.count() == 0) {
      contents.first = contents.last == 0 ? 0 : contents.last + 1;
    }
  }
}
