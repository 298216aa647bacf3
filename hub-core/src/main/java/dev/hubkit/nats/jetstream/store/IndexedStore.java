package dev.hubkit.nats.jetstream.store;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/** A store that finds messages by indexes in memory, and keeps them in a log. */
final class IndexedStore implements StreamStore {
  // An append beyond this writes the batch, so that a batch can't take all memory.
  private static final int MAX_BUFFERED = 8 * 1024 * 1024;
  private static final int MAX_SUBJECT = 0xFFFF;

  private final RecordLog log;
  private final MessageIndex index;
  private final SubjectIndex subjects = new SubjectIndex();
  private final StoreQueries queries;
  private final Expiries expiries;
  private StoreLimits limits;
  private @Nullable RemovalListener listener;

  private long bytes;
  private long first;
  private long last;
  private long lastTimestamp;
  // What the last flush has made safe.
  private long safeFirst;
  private long safeLast;
  private long safeLastTimestamp;
  // Subjects that got a message too many since the last flush.
  private int[] overfull = new int[16];
  private int overfullCount;

  private long timestampOf; // a sequence whose time is known
  private long knownTimestamp;
  private long lostMessages;
  private long lostBytes;
  private boolean headMoved; // the oldest messages went, which is not yet on the record
  private boolean closed;

  IndexedStore(RecordLog log, StoreLimits limits) {
    this.log = log;
    this.limits = limits;
    index = new MessageIndex(log.inMemory());
    queries = new StoreQueries(index, subjects);
    expiries = new Expiries(index);
  }

  /** Opens a store on what is in a log. */
  static IndexedStore open(FileLog log, StoreLimits limits) {
    IndexedStore store = new IndexedStore(log, StoreLimits.NONE);
    log.open(store.new Recovery(log));
    store.safeFirst = store.first;
    store.safeLast = store.last;
    store.safeLastTimestamp = store.lastTimestamp;
    // What a limit took may be back, if nothing was flushed after that.
    store.limit(limits);
    store.flush();
    return store;
  }

  // --- writing ---

  @Override
  public long append(
      String subject,
      byte[] buffer,
      int offset,
      int headerLength,
      int length,
      long timestamp,
      long ttl,
      boolean rollup) {
    requireOpen();
    byte[] encoded = encode(subject, length);
    if (limits.discard() != StoreLimits.Discard.OLD) {
      long size = log.sizeOf(encoded.length, headerLength, length - headerLength);
      StoreException.Limit full = refusal(subject, size, rollup);
      if (full != null && overfullCount > 0) {
        // Only a flush takes away what the limit per subject no longer allows.
        flush();
        full = refusal(subject, size, rollup);
      }
      if (full != null) {
        throw new StoreException.LimitReached(full);
      }
    }
    long sequence = last + 1;
    store(sequence, subject, encoded, buffer, offset, headerLength, length, timestamp, ttl);
    return sequence;
  }

  @Override
  public void appendAt(
      long sequence,
      String subject,
      byte[] buffer,
      int offset,
      int headerLength,
      int length,
      long timestamp,
      long ttl) {
    requireOpen();
    if (sequence != last + 1) {
      throw new StoreException.SequenceMismatch();
    }
    byte[] encoded = encode(subject, length);
    store(sequence, subject, encoded, buffer, offset, headerLength, length, timestamp, ttl);
  }

  private byte[] encode(String subject, int length) {
    byte[] encoded = subject.getBytes(StandardCharsets.UTF_8);
    if (encoded.length > MAX_SUBJECT || length > log.maxLength()) {
      throw new StoreException.LimitReached(StoreException.Limit.MESSAGE_SIZE);
    }
    return encoded;
  }

  private StoreException.@Nullable Limit refusal(String subject, long size, boolean rollup) {
    int node = limits.maxMessagesPerSubject() > 0 ? subjects.find(subject) : -1;
    boolean subjectFull = node >= 0 && subjects.count(node) >= limits.maxMessagesPerSubject();
    if (subjectFull && limits.discard() == StoreLimits.Discard.NEW_PER_SUBJECT && !rollup) {
      return StoreException.Limit.MESSAGES_PER_SUBJECT;
    }
    // In a full subject the message replaces the oldest one.
    if (limits.maxMessages() > 0 && index.count() >= limits.maxMessages() && !subjectFull) {
      return StoreException.Limit.MESSAGES;
    }
    if (limits.maxBytes() > 0
        && bytes + size > limits.maxBytes()
        && (!subjectFull || index.size(subjects.first(node)) < size)) {
      return StoreException.Limit.BYTES;
    }
    return null;
  }

  private void store(
      long sequence,
      String subject,
      byte[] encoded,
      byte[] buffer,
      int offset,
      int headerLength,
      int length,
      long timestamp,
      long ttl) {
    if (log.buffered() > MAX_BUFFERED) {
      flush();
      if (sequence != last + 1) {
        throw new IllegalStateException("a flush moved the last sequence");
      }
    }
    int position =
        log.append(sequence, encoded, buffer, offset, headerLength, length, timestamp, ttl);
    StoredMessage message = null;
    if (log.inMemory()) {
      byte[] copy = Arrays.copyOfRange(buffer, offset, offset + length);
      message = new StoredMessage(sequence, timestamp, ttl, subject, copy, 0, headerLength, length);
    }
    int size = (int) log.sizeOf(encoded.length, headerLength, length - headerLength);
    int node = subjects.add(subject, encoded, sequence);
    enter(sequence, node, size, position, message, timestamp, ttl);
    if (limits.maxMessagesPerSubject() > 0
        && subjects.count(node) > limits.maxMessagesPerSubject()) {
      noteOverfull(node);
    }
  }

  /** Counts a message in that its subject already knows. */
  private void enter(
      long sequence,
      int node,
      int size,
      int position,
      @Nullable StoredMessage message,
      long timestamp,
      long ttl) {
    if (index.count() == 0) {
      first = sequence;
      timestampOf = sequence;
      knownTimestamp = timestamp;
    }
    index.add(sequence, node, size, position, message);
    bytes += size;
    last = sequence;
    lastTimestamp = timestamp;
    expiries.add(sequence, timestamp, ttl);
  }

  private void noteOverfull(int node) {
    if (overfullCount == overfull.length) {
      overfull = Arrays.copyOf(overfull, overfullCount * 2);
    }
    overfull[overfullCount++] = node;
  }

  @Override
  public void skip(long count, long timestamp) {
    requireOpen();
    if (count <= 0) {
      return;
    }
    last += count;
    if (index.count() == 0) {
      first = last + 1;
    }
    if (timestamp != 0) {
      lastTimestamp = timestamp;
    }
    log.skip(last, lastTimestamp);
  }

  @Override
  public void flush() {
    requireOpen();
    if (headMoved) {
      log.removeBelow(Math.min(first, safeLast + 1), safeLast, safeLastTimestamp);
      headMoved = false;
    }
    if (log.buffered() > 0) {
      try {
        log.flush();
      } catch (StoreException e) {
        dropUnsafe();
        throw e;
      }
    }
    safeLast = last;
    safeLastTimestamp = lastTimestamp;
    enforce();
    safeFirst = first;
    log.tidy(index);
  }

  @Override
  public void sync() {
    flush();
    log.sync();
  }

  /** Forgets what was appended since the last flush. */
  private void dropUnsafe() {
    overfullCount = 0;
    for (long at = index.previous(last); at > safeLast; at = index.previous(at - 1)) {
      forget(at);
    }
    last = safeLast;
    lastTimestamp = safeLastTimestamp;
    expiries.truncated(last);
    if (index.count() == 0) {
      first = safeFirst == 0 ? 0 : safeLast + 1;
    }
  }

  private void enforce() {
    if (overfullCount > 0) {
      for (int i = 0; i < overfullCount; i++) {
        int node = overfull[i];
        while (subjects.count(node) > limits.maxMessagesPerSubject()) {
          drop(subjects.first(node));
        }
      }
      overfullCount = 0;
    }
    if (limits.discard() != StoreLimits.Discard.OLD) {
      return;
    }
    if (limits.maxMessages() > 0) {
      while (index.count() > limits.maxMessages()) {
        drop(first);
      }
    }
    if (limits.maxBytes() > 0) {
      while (bytes > limits.maxBytes()) {
        drop(first);
      }
    }
  }

  // --- reading ---

  @Override
  public @Nullable StoredMessage get(long sequence) {
    requireOpen();
    int node = index.subject(sequence);
    if (node < 0) {
      return null;
    }
    StoredMessage held = index.message(sequence);
    if (held != null) {
      return held;
    }
    StoredMessage message = log.read(sequence, index.position(sequence), subjects.subject(node));
    if (message == null) {
      lost(sequence);
    }
    return message;
  }

  private void lost(long sequence) {
    lostMessages++;
    lostBytes += index.size(sequence);
    drop(sequence);
  }

  @Override
  public boolean contains(long sequence) {
    requireOpen();
    return index.contains(sequence);
  }

  @Override
  public @Nullable String subjectOf(long sequence) {
    requireOpen();
    int node = index.subject(sequence);
    return node < 0 ? null : subjects.subject(node);
  }

  @Override
  public @Nullable StoredMessage last(String subject) {
    return previous(SubjectFilter.of(subject), Long.MAX_VALUE);
  }

  @Override
  public long nextSequence(SubjectFilter filter, long from) {
    requireOpen();
    return queries.next(filter, from);
  }

  @Override
  public long previousSequence(SubjectFilter filter, long from) {
    requireOpen();
    return queries.previous(filter, Math.min(from, last));
  }

  @Override
  public long sequenceAt(long timestamp) {
    requireOpen();
    if (index.count() == 0) {
      return last + 1;
    }
    long low = first;
    long high = last + 1;
    while (low < high) {
      long middle = low + (high - low) / 2;
      long at = index.next(middle);
      if (at == 0 || at >= high) {
        // Nothing from the middle on: the answer, if any below, is on the left.
        high = middle;
      } else if (timestampOf(at) >= timestamp) {
        high = middle;
      } else {
        low = at + 1;
      }
    }
    long found = index.next(low);
    return found == 0 ? last + 1 : found;
  }

  private long timestampOf(long sequence) {
    if (sequence == timestampOf) {
      return knownTimestamp;
    }
    StoredMessage held = index.message(sequence);
    return held != null ? held.timestamp() : log.timestamp(sequence, index.position(sequence));
  }

  private long firstTimestamp() {
    if (index.count() == 0) {
      return 0;
    }
    if (timestampOf != first) {
      knownTimestamp = timestampOf(first);
      timestampOf = first;
    }
    return knownTimestamp;
  }

  @Override
  public long @Nullable [] lastSequences(SubjectFilter filter, long upTo, int limit) {
    requireOpen();
    return queries.lastOfEach(filter, upTo == 0 ? last : upTo, limit);
  }

  // --- counting ---

  @Override
  public Matches matches(SubjectFilter filter, long from) {
    requireOpen();
    return from > last ? Matches.NONE : queries.matches(filter, from);
  }

  @Override
  public long pending(SubjectFilter filter, long from, boolean lastPerSubject) {
    requireOpen();
    return from > last ? 0 : queries.pending(filter, from, lastPerSubject);
  }

  @Override
  public void subjects(SubjectFilter filter, ObjLongConsumer<String> visitor) {
    requireOpen();
    subjects.forEach(filter, node -> visitor.accept(subjects.subject(node), subjects.count(node)));
  }

  @Override
  public long[] deleted(int limit) {
    requireOpen();
    return queries.gaps(first, last, limit);
  }

  @Override
  public long count(String subject) {
    requireOpen();
    int node = subjects.find(subject);
    return node < 0 ? 0 : subjects.count(node);
  }

  @Override
  public StoreState state() {
    requireOpen();
    long deleted = index.count() == 0 ? 0 : last - first + 1 - index.count();
    return new StoreState(
        index.count(),
        bytes,
        first,
        firstTimestamp(),
        last,
        lastTimestamp,
        subjects.size(),
        deleted,
        lostMessages,
        lostBytes);
  }

  @Override
  public long lastSequence() {
    requireOpen();
    return last;
  }

  @Override
  public long firstSequence() {
    requireOpen();
    return first;
  }

  // --- removing ---

  @Override
  public boolean remove(long sequence) {
    requireOpen();
    if (!index.contains(sequence)) {
      return false;
    }
    settle();
    if (!index.contains(sequence)) {
      return false; // the limits took it
    }
    drop(sequence);
    return true;
  }

  @Override
  public boolean erase(long sequence) {
    requireOpen();
    if (!index.contains(sequence)) {
      return false;
    }
    flushAll();
    if (!index.contains(sequence)) {
      return false;
    }
    log.erase(sequence, index.position(sequence), index);
    gone(sequence);
    return true;
  }

  @Override
  public long purge() {
    requireOpen();
    settle();
    return clear(last + 1, last);
  }

  @Override
  public long purge(SubjectFilter filter, long before, long keep) {
    requireOpen();
    settle();
    if (before == 1) {
      return 0; // as nats-server: up to but not including the first
    }
    if (filter.isAll() && keep == 0 && before == 0) {
      return purge();
    }
    if (filter.isAll() && before > 1) {
      return compact(before);
    }
    Matches matches = matches(filter, 1);
    if (matches.messages() == 0 || keep >= matches.messages()) {
      return 0;
    }
    long most = matches.messages() - Math.max(0, keep);
    long[] ascending = queries.select(filter, before == 0 ? Long.MAX_VALUE : before);
    int count = (int) Math.min(most, ascending.length);
    if (count == 1) {
      drop(ascending[0]);
      return 1;
    }
    long bytesBefore = bytes;
    int done = 0;
    try {
      while (done < count) {
        record(ascending[done]);
        forget(ascending[done++]);
        if (log.buffered() > MAX_BUFFERED) {
          flush();
        }
      }
    } finally {
      toldMany(done, bytesBefore - bytes);
    }
    return count;
  }

  @Override
  public long compact(long sequence) {
    requireOpen();
    settle();
    if (sequence <= 0) {
      return purge();
    }
    if (sequence > last) {
      return clear(sequence, sequence - 1);
    }
    if (sequence < first || index.count() == 0) {
      return 0;
    }
    long before = index.count();
    long bytesBefore = bytes;
    log.removeBelow(sequence, last, lastTimestamp);
    for (long at = first; at != 0 && at < sequence; at = index.next(at + 1)) {
      forget(at);
    }
    toldMany(before - index.count(), bytesBefore - bytes);
    return before - index.count();
  }

  @Override
  public void truncate(long sequence) {
    flushAll();
    if (sequence == 0) {
      clear(last + 1, last);
      lastTimestamp = 0;
      log.removeAbove(0, 0);
      log.truncated();
      first = 1;
      last = 0;
      safeFirst = 1;
      safeLast = 0;
      safeLastTimestamp = 0;
      return;
    }
    if (sequence >= last) {
      return;
    }
    long before = index.count();
    long bytesBefore = bytes;
    if (index.contains(sequence)) {
      lastTimestamp = timestampOf(sequence);
    }
    log.removeAbove(sequence, lastTimestamp);
    for (long at = index.previous(last); at > sequence; at = index.previous(at - 1)) {
      forget(at);
    }
    log.truncated();
    last = sequence;
    safeLast = sequence;
    safeLastTimestamp = lastTimestamp;
    expiries.truncated(sequence);
    if (index.count() == 0) {
      first = last + 1;
    }
    toldMany(before - index.count(), bytesBefore - bytes);
  }

  /** What removes messages may not do so in favour of others that then can't be written. */
  private void settle() {
    if (last != safeLast || overfullCount > 0) {
      flush();
    }
  }

  /** Flushes so that it is on the record, too, what the limits take. */
  private void flushAll() {
    flush();
    flush();
  }

  private long clear(long newFirst, long newLast) {
    long purged = index.count();
    long purgedBytes = bytes;
    log.clear(newFirst, newLast, lastTimestamp);
    first = newFirst;
    last = newLast;
    headMoved = false;
    index.clear();
    subjects.clear();
    expiries.clear();
    overfullCount = 0;
    bytes = 0;
    safeFirst = first;
    safeLast = last;
    timestampOf = 0;
    toldMany(purged, purgedBytes);
    return purged;
  }

  /** Removes one message, on the record. */
  private void drop(long sequence) {
    record(sequence);
    gone(sequence);
  }

  private void record(long sequence) {
    if (sequence == first) {
      headMoved = true; // one record tells of all that go before the next flush
    } else {
      log.remove(sequence);
    }
  }

  private void gone(long sequence) {
    RemovalListener hears = listener;
    if (hears == null) {
      forget(sequence);
    } else {
      String subject = subjects.subject(index.subject(sequence));
      int size = index.size(sequence);
      forget(sequence);
      hears.removed(sequence, subject, size);
    }
  }

  private void toldMany(long messages, long bytes) {
    RemovalListener hears = listener;
    if (hears != null && messages > 0) {
      hears.removedMany(messages, bytes);
    }
  }

  /** Takes one message out of the indexes. */
  private void forget(long sequence) {
    int node = index.subject(sequence);
    int size = index.size(sequence);
    bytes -= size;
    index.remove(sequence);
    log.gone(sequence, size);
    subjects.remove(node, sequence);
    expiries.remove(sequence);
    if (sequence == timestampOf) {
      timestampOf = 0;
    }
    if (sequence == first) {
      long next = index.next(sequence + 1);
      first = next == 0 ? last + 1 : next;
    }
  }

  // --- time ---

  @Override
  public long nextExpiry() {
    requireOpen();
    long earliest = Long.MAX_VALUE;
    if (limits.maxAge() > 0) {
      long oldest = expiries.oldestMortal();
      if (oldest != 0) {
        long age = (oldest == first ? firstTimestamp() : timestampOf(oldest)) + limits.maxAge();
        earliest = age < 0 ? Long.MAX_VALUE : age;
      }
    }
    return Math.min(earliest, expiries.firstTime());
  }

  @Override
  public void expire(long now, ExpiryHandler handler) {
    requireOpen();
    settle();
    if (limits.maxAge() > 0) {
      long oldest = expiries.oldestMortal();
      while (oldest != 0 && timestampOf(oldest) <= now - limits.maxAge()) {
        expireOne(oldest, handler);
        oldest = expiries.nextMortal(oldest + 1);
      }
    }
    for (long sequence : expiries.takeDue(now)) {
      if (index.contains(sequence)) {
        expireOne(sequence, handler);
      }
    }
  }

  private void expireOne(long sequence, ExpiryHandler handler) {
    if (handler == ExpiryHandler.REMOVE) {
      drop(sequence);
      return;
    }
    StoredMessage message = get(sequence);
    if (message == null) {
      return;
    }
    int node = index.subject(sequence);
    if (handler.expire(message, subjects.count(node) == 1) && index.contains(sequence)) {
      settle();
      if (index.contains(sequence)) {
        drop(sequence);
      }
    }
  }

  // --- life ---

  @Override
  public void limit(StoreLimits limits) {
    flushAll(); // what the limits so far took: these may be wider
    long before = this.limits.maxMessagesPerSubject();
    this.limits = limits;
    long now = limits.maxMessagesPerSubject();
    if (now > 0 && (before <= 0 || now < before)) {
      subjects.forEach(
          SubjectFilter.ALL,
          node -> {
            if (subjects.count(node) > now) {
              noteOverfull(node);
            }
          });
    }
    enforce();
    safeFirst = first;
  }

  @Override
  public void onRemoval(@Nullable RemovalListener listener) {
    this.listener = listener;
  }

  @Override
  public long sizeOf(int subjectLength, int headerLength, int payloadLength) {
    return log.sizeOf(subjectLength, headerLength, payloadLength);
  }

  @Override
  public void close() {
    if (!closed) {
      try {
        flushAll();
      } finally {
        closed = true;
        log.close();
      }
    }
  }

  @Override
  public void delete() {
    if (!closed) {
      closed = true;
      log.close();
    }
    log.delete();
  }

  /** Builds the indexes from what the log says. */
  private final class Recovery implements Replay {
    private final FileLog source;

    Recovery(FileLog source) {
      this.source = source;
    }

    @Override
    public void segment(long base, long baseTimestamp) {
      skipped(base - 1, baseTimestamp);
    }

    @Override
    public void message(byte[] buffer, int at, int length, int position) {
      long sequence = LogRecord.sequence(buffer, at);
      int subjectLength = LogRecord.getShort(buffer, at + LogRecord.SUBJECT_LENGTH);
      int headerLength = LogRecord.getInt(buffer, at + LogRecord.HEADER_LENGTH);
      int payloadLength = length - LogRecord.SUBJECT - subjectLength - headerLength;
      int size = (int) source.sizeOf(subjectLength, headerLength, payloadLength);
      int node = subjects.add(buffer, at + LogRecord.SUBJECT, subjectLength, sequence);
      long timestamp = LogRecord.getLong(buffer, at + LogRecord.TIMESTAMP);
      long ttl = LogRecord.getLong(buffer, at + LogRecord.TTL);
      enter(sequence, node, size, position, null, timestamp, ttl);
      source.replayed(size);
    }

    @Override
    public void removed(long sequence) {
      if (index.contains(sequence)) {
        forget(sequence);
      }
    }

    @Override
    public void skipped(long upTo, long timestamp) {
      if (upTo > last) {
        last = upTo;
        if (index.count() == 0) {
          first = last + 1;
        }
        if (timestamp != 0) {
          lastTimestamp = timestamp;
        }
      }
    }

    @Override
    public void removedBelow(long newFirst, long recordedLast, long timestamp) {
      skipped(recordedLast, timestamp);
      for (long at = index.next(0); at != 0 && at < newFirst; at = index.next(at + 1)) {
        forget(at);
      }
      if (index.count() == 0) {
        first = Math.max(first, Math.min(newFirst, last + 1));
      }
    }

    @Override
    public void removedAbove(long newLast, long timestamp) {
      for (long at = index.previous(last); at > newLast; at = index.previous(at - 1)) {
        forget(at);
      }
      last = newLast;
      lastTimestamp = timestamp;
      if (index.count() == 0) {
        first = last + 1;
      }
      expiries.truncated(newLast);
    }

    @Override
    public void cleared(long newFirst, long newLast, long timestamp) {
      for (long at = index.next(0); at != 0; at = index.next(at + 1)) {
        forget(at);
      }
      first = newFirst;
      last = Math.max(last, newLast);
      lastTimestamp = timestamp;
      expiries.clear();
    }

    @Override
    public long last() {
      return last;
    }

    @Override
    public long lastTimestamp() {
      return lastTimestamp;
    }

    @Override
    public void damaged(long messages, long damagedBytes) {
      lostMessages += messages;
      lostBytes += damagedBytes;
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new StoreException.Closed();
    }
  }
}
