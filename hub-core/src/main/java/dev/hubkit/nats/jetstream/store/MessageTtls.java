package dev.hubkit.nats.jetstream.store;

/** Which messages have a time to live, and which are spared by the age limit. */
final class MessageTtls {
  private final MessageIndex index;
  private final ExpiryQueue ttls = new ExpiryQueue();
  private final SequenceTable immortal = new SequenceTable();
  private long cursor; // below it no message is subject to the age limit

  MessageTtls(MessageIndex index) {
    this.index = index;
  }

  /** Adds a new message. */
  void add(long sequence, long timestamp, long ttl) {
    if (ttl > 0) {
      // Messages that went early stay in the queue until there are too many of them.
      if (ttls.size() > 2 * index.count() + 1024) {
        ttls.retain(index::contains);
      }
      // A time after 2262 overflows, and has passed already: storeRawMsg of nats-server.
      long expiry = timestamp + ttl;
      ttls.add(expiry < timestamp ? timestamp : expiry, sequence);
    } else if (ttl < 0) {
      immortal.put(sequence, 0, 0);
    }
  }

  /** Removes a message that is gone. */
  void remove(long sequence) {
    if (immortal.size() > 0) {
      immortal.remove(sequence);
    }
  }

  /** Removes sequences above {@code last}, which are gone and will come again. */
  void truncated(long last) {
    cursor = Math.min(cursor, last + 1);
    ttls.retain(sequence -> sequence <= last && index.contains(sequence));
  }

  void clear() {
    ttls.clear();
    immortal.clear();
    cursor = 0;
  }

  /** When the next time to live ends; {@link Long#MAX_VALUE} for never. */
  long firstTime() {
    while (ttls.size() > 0 && !index.contains(ttls.firstSequence())) {
      ttls.removeFirst();
    }
    return ttls.firstTime();
  }

  /** Takes out the sequences whose time to live is over, in ascending order. */
  long[] pollDue(long now) {
    LongList due = new LongList();
    while (ttls.firstTime() <= now) {
      due.add(ttls.firstSequence());
      ttls.removeFirst();
    }
    return due.sorted();
  }

  /** The oldest message that the age limit is for; 0 for none. */
  long oldestMortal() {
    long at = nextMortal(cursor);
    // What comes later has a higher sequence than all there are.
    cursor = at == 0 ? index.previous(Long.MAX_VALUE) + 1 : at;
    return at;
  }

  /** The first such message at or above {@code from}; 0 for none. */
  long nextMortal(long from) {
    long at = index.next(from);
    while (at != 0 && immortal.contains(at)) {
      at = index.next(at + 1);
    }
    return at;
  }
}
