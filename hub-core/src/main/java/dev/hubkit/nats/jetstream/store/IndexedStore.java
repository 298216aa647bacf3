package dev.hubkit.nats.jetstream.store;

import dev.hubkit.log.Log;
import dev.hubkit.nats.wire.MessageBody;
import dev.hubkit.work.WorkStep;
import java.nio.charset.StandardCharsets;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/** A store that finds messages by indexes in memory, and keeps them in a log. */
final class IndexedStore implements StreamStore {
  private static final Log logger = Log.of(IndexedStore.class);

  // An append beyond this writes the batch, so that a batch can't take all memory.
  private static final int MAX_BUFFERED = 8 * 1024 * 1024;
  private static final int MAX_SUBJECT = 0xFFFF;
  // coalesceMinimum of nats-server: an asynchronous store writes at once when there is that much.
  private static final int WORTH_WRITING = 16 * 1024;

  private final RecordLog log;
  private final boolean async;
  private final StreamIndexes contents;
  private final MessageIndex index;
  private final SubjectIndex subjects;
  private final MessageTtls expiries;
  private final StoreQueries queries;
  private final LimitEnforcer fullness;
  private final MessageRemover removals;

  // What the last flush has made safe.
  private long safeFirst;
  private long safeLast;
  private long safeLastTimestamp;
  private long promised; // the last sequence that is acknowledged, though its write is yet to come
  private long broken; // the last of those whose write has failed

  private final LostMessages losses = new LostMessages();
  private boolean closed;
  private @Nullable Throwable failure;
  private boolean midway; // a change has begun that is not complete

  IndexedStore(RecordLog log, StoreLimits limits, boolean async) {
    this.log = log;
    this.async = async;
    contents = new StreamIndexes(log);
    index = contents.index;
    subjects = contents.subjects;
    expiries = contents.expiries;
    queries = new StoreQueries(index, subjects);
    removals = new MessageRemover(log, contents);
    fullness = new LimitEnforcer(limits, contents, removals);
  }

  /** Opens a store on what is in a log. */
  static IndexedStore open(FileLog log, StoreLimits limits, boolean async) {
    IndexedStore store = new IndexedStore(log, StoreLimits.NONE, async);
    log.open(new Recovery(log, store.contents, store.losses));
    store.safeFirst = store.contents.first;
    store.safeLast = store.contents.last;
    store.safeLastTimestamp = store.contents.lastTimestamp;
    // What a limit took may be back, if nothing was flushed after that.
    store.fullness.begin(limits);
    store.flush();
    return store;
  }

  @Override
  public long footprint() {
    long messages = index.count();
    // In files: where each is. In memory: objects and arrays as well.
    long each = log.inMemory() ? 128 : 20;
    return messages * each
        + (log.inMemory() ? contents.bytes : 0)
        + log.buffered()
        + subjects.footprint(messages);
  }

  // --- writing ---

  @Override
  public long append(String subject, MessageBody body, long timestamp, long ttl, boolean rollup) {
    requireOpen();
    byte[] encoded = encode(subject, body);
    if (fullness.limits().discard() != StoreLimits.Discard.OLD) {
      long size = sizeOf(encoded, body);
      StoreException.Limit full = fullness.refusal(subject, size, rollup);
      if (full != null && fullness.hasOverfull()) {
        // Only a flush takes away what the limit per subject no longer allows.
        flush();
        full = fullness.refusal(subject, size, rollup);
      }
      if (full != null) {
        throw new StoreException.LimitReached(full);
      }
    }
    long sequence = contents.last + 1;
    store(sequence, subject, encoded, body, timestamp, ttl);
    return sequence;
  }

  @Override
  public void appendAt(long sequence, String subject, MessageBody body, long timestamp, long ttl) {
    requireOpen();
    if (sequence != contents.last + 1) {
      throw new StoreException.SequenceMismatch();
    }
    byte[] encoded = encode(subject, body);
    store(sequence, subject, encoded, body, timestamp, ttl);
  }

  private long sizeOf(byte[] subject, MessageBody body) {
    int headerLength = body.headerLength();
    return log.sizeOf(subject.length, headerLength, body.length() - headerLength);
  }

  private byte[] encode(String subject, MessageBody body) {
    byte[] encoded = subject.getBytes(StandardCharsets.UTF_8);
    if (encoded.length > MAX_SUBJECT || body.length() > log.maxLength()) {
      throw new StoreException.LimitReached(StoreException.Limit.MESSAGE_SIZE);
    }
    return encoded;
  }

  private void store(
      long sequence, String subject, byte[] encoded, MessageBody body, long timestamp, long ttl) {
    if (log.buffered() > MAX_BUFFERED) {
      flush();
      if (sequence != contents.last + 1) {
        throw new IllegalStateException("a flush moved the last sequence");
      }
    }
    put(sequence, subject, encoded, body, timestamp, ttl);
  }

  /** Appends a message that was there before, without looking at limits. */
  void put(StoredMessage message) {
    put(
        message.sequence(),
        message.subject(),
        message.subject().getBytes(StandardCharsets.UTF_8),
        message,
        message.timestamp(),
        message.ttl());
    if (log.buffered() > MAX_BUFFERED) {
      log.flush();
    }
  }

  private void put(
      long sequence, String subject, byte[] encoded, MessageBody body, long timestamp, long ttl) {
    // What takes much memory comes first: without it nothing has happened.
    StoredMessage message =
        log.inMemory() ? StoredMessage.copyOf(body, sequence, timestamp, ttl, subject) : null;
    int node = subjects.prepare(subject, encoded);
    WorkStep.STORE_APPEND.reach();
    int position = log.append(sequence, encoded, body, timestamp, ttl);
    midway = true;
    WorkStep.STORE_INDEX.reach();
    int size = (int) sizeOf(encoded, body);
    subjects.add(node, sequence);
    contents.enter(sequence, node, size, body.headerLength() > 0, position, message);
    contents.date(sequence, timestamp, ttl);
    fullness.grown(node);
    midway = false;
  }

  @Override
  public void skip(long count, long timestamp) {
    requireOpen();
    if (count <= 0) {
      return;
    }
    contents.skipTo(contents.last + count, timestamp);
    log.skip(contents.last, contents.lastTimestamp);
  }

  @Override
  public void flush() {
    requireOpen();
    midway = true;
    try {
      flushAndEnforce();
    } catch (StoreException e) {
      midway = false;
      throw e;
    }
    midway = false;
  }

  private void flushAndEnforce() {
    removals.recordHead(safeLast, safeLastTimestamp);
    if (log.buffered() > 0) {
      WorkStep.STORE_WRITE.reach();
      try {
        log.flush();
      } catch (StoreException e) {
        boolean isLost = contents.last != safeLast;
        dropUnsafe();
        boolean isMade = e instanceof StoreException.NoSpace && log.makeRoom(index);
        if (isLost || !isMade) {
          throw e;
        }
        log.flush(); // removals, for which there is room now
      }
    }
    WorkStep.STORE_WRITTEN.reach();
    safeLast = contents.last;
    safeLastTimestamp = contents.lastTimestamp;
    promised = 0;
    broken = 0;
    fullness.enforce();
    safeFirst = contents.first;
    // Ahead of all that comes: what made the limits take it may go before that is on the record.
    removals.recordHead(safeLast, safeLastTimestamp);
    log.tidy(index);
  }

  @Override
  public boolean commit() {
    requireOpen();
    if (!async || log.buffered() == 0 || log.buffered() > WORTH_WRITING) {
      flush();
      return true;
    }
    fullness.enforce();
    promised = contents.last;
    return false;
  }

  @Override
  public void sync() {
    flush();
    log.sync();
  }

  @Override
  public void rollBack() {
    requireOpen();
    log.dropAppended();
    dropUnsafe();
  }

  @Override
  public void fail(Throwable cause) {
    if (failure == null) {
      failure = cause;
    }
  }

  @Override
  public boolean isUsable() {
    return failure == null;
  }

  /** Why it is not usable; null when it is. */
  @Nullable Throwable failure() {
    return failure;
  }

  /** Whether what has just been thrown has left a change half made. */
  boolean isMidway() {
    return midway;
  }

  /** Forgets what was appended since the last flush. */
  private void dropUnsafe() {
    fullness.settled();
    contents.forgetAbove(safeLast);
    contents.last = safeLast;
    contents.lastTimestamp = safeLastTimestamp;
    expiries.truncated(contents.last);
    if (index.count() == 0) {
      contents.first = safeFirst == 0 ? 0 : safeLast + 1;
    }
    if (promised > safeLast) {
      passOverPromised();
    }
  }

  /** Reports what was acknowledged ahead of its write, and gives none of its sequences again. */
  private void passOverPromised() {
    long from = Math.max(broken, safeLast) + 1;
    if (from <= promised) {
      logger.error(
          "{}: messages {} to {} were acknowledged before they were written, and are lost",
          log,
          from,
          promised);
      losses.add(from, promised - from + 1, 0);
      broken = promised;
    }
    skip(promised - safeLast, 0);
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
    losses.add(sequence, 1, index.size(sequence));
    removals.drop(sequence);
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
    return queries.previous(filter, Math.min(from, contents.last));
  }

  @Override
  public long sequenceAt(long timestamp) {
    requireOpen();
    return contents.sequenceAt(timestamp);
  }

  @Override
  public long nextHeaded(long from) {
    requireOpen();
    return index.nextHeaded(from);
  }

  @Override
  public long @Nullable [] lastSequences(SubjectFilter filter, long upTo, int limit) {
    requireOpen();
    return queries.lastOfEach(filter, upTo == 0 ? contents.last : upTo, limit);
  }

  // --- counting ---

  @Override
  public Matches matches(SubjectFilter filter, long from) {
    requireOpen();
    return from > contents.last ? Matches.NONE : queries.matches(filter, from);
  }

  @Override
  public long pending(SubjectFilter filter, long from, boolean lastPerSubject) {
    requireOpen();
    return from > contents.last ? 0 : queries.pending(filter, from, lastPerSubject);
  }

  @Override
  public void subjects(SubjectFilter filter, ObjLongConsumer<String> visitor) {
    requireOpen();
    subjects.forEach(filter, node -> visitor.accept(subjects.subject(node), subjects.count(node)));
  }

  @Override
  public long[] deleted(int limit) {
    requireOpen();
    return queries.gaps(contents.first, contents.last, limit);
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
    long deleted = index.count() == 0 ? 0 : contents.last - contents.first + 1 - index.count();
    return new StoreState(
        index.count(),
        contents.bytes,
        contents.first,
        contents.firstTimestamp(),
        contents.last,
        contents.lastTimestamp,
        subjects.size(),
        deleted,
        losses.messages(),
        losses.bytes());
  }

  @Override
  public long[] lost(int limit) {
    requireOpen();
    return losses.sequences(limit);
  }

  @Override
  public long lastSequence() {
    requireOpen();
    return contents.last;
  }

  @Override
  public long firstSequence() {
    requireOpen();
    return contents.first;
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
    removals.drop(sequence);
    return true;
  }

  @Override
  public boolean erase(long sequence) {
    requireOpen();
    if (!index.contains(sequence)) {
      return false;
    }
    flushAll();
    // Of a damaged one it is not known how far it goes.
    StoredMessage message = get(sequence);
    if (message == null) {
      return false;
    }
    if (sequence == contents.last) {
      // A record that is overwritten in part, by a loss of power, says nothing of its sequence.
      log.skip(sequence, contents.lastTimestamp);
      log.flush();
    }
    log.erase(sequence, index.position(sequence), message.timestamp(), index);
    removals.forget(sequence);
    return true;
  }

  @Override
  public long purge() {
    requireOpen();
    settle();
    return clear(contents.last + 1, contents.last);
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
      removals.drop(ascending[0]);
      return 1;
    }
    long bytesBefore = contents.bytes;
    int done = 0;
    try {
      while (done < count) {
        removals.record(ascending[done]);
        contents.forget(ascending[done++]);
        if (log.buffered() > MAX_BUFFERED) {
          flush();
        }
      }
    } finally {
      log.purged();
      removals.tell(done, bytesBefore - contents.bytes);
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
    removals.tell(before - index.count(), bytesBefore - contents.bytes);
    return before - index.count();
  }

  @Override
  public void truncate(long sequence) {
    flushAll();
    if (sequence == 0) {
      clear(contents.last + 1, contents.last);
      contents.lastTimestamp = 0;
      log.removeAbove(0, 0);
      log.truncated();
      contents.first = 1;
      contents.last = 0;
      safeFirst = 1;
      safeLast = 0;
      safeLastTimestamp = 0;
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
    safeLast = sequence;
    safeLastTimestamp = contents.lastTimestamp;
    expiries.truncated(sequence);
    if (index.count() == 0) {
      contents.first = contents.last + 1;
    }
    removals.tell(before - index.count(), bytesBefore - contents.bytes);
  }

  @Override
  public void rewind(StoreSnapshot snapshot) {
    flushAll();
    new StoreRewind(this, log, contents, snapshot).run();
    removals.recorded();
    fullness.settled();
    safeFirst = contents.first;
    safeLast = contents.last;
    safeLastTimestamp = contents.lastTimestamp;
    log.tidy(index);
  }

  /** What removes messages may not do so in favour of others that then can't be written. */
  private void settle() {
    if (contents.last != safeLast || fullness.hasOverfull()) {
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
    long purgedBytes = contents.bytes;
    log.clear(newFirst, newLast, contents.lastTimestamp);
    contents.clear(newFirst, newLast);
    removals.recorded();
    fullness.settled();
    safeFirst = newFirst;
    safeLast = newLast;
    removals.tell(purged, purgedBytes);
    return purged;
  }

  // --- time ---

  @Override
  public long nextExpiry() {
    requireOpen();
    long earliest = Long.MAX_VALUE;
    if (fullness.limits().maxAge() > 0) {
      long oldest = expiries.oldestMortal();
      if (oldest != 0) {
        long age =
            (oldest == contents.first ? contents.firstTimestamp() : contents.timestampOf(oldest))
                + fullness.limits().maxAge();
        earliest = age < 0 ? Long.MAX_VALUE : age;
      }
    }
    return Math.min(earliest, expiries.firstTime());
  }

  @Override
  public void expire(long now, ExpiryHandler handler) {
    requireOpen();
    settle();
    if (fullness.limits().maxAge() > 0) {
      long oldest = expiries.oldestMortal();
      while (oldest != 0 && contents.timestampOf(oldest) <= now - fullness.limits().maxAge()) {
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
      removals.drop(sequence);
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
        removals.drop(sequence);
      }
    }
  }

  // --- life ---

  @Override
  public void limit(StoreLimits limits) {
    flushAll(); // what the limits so far took: these may be wider
    fullness.limit(limits);
    safeFirst = contents.first;
  }

  @Override
  public void onRemoval(@Nullable RemovalListener listener) {
    removals.onRemoval(listener);
  }

  @Override
  public long sizeOf(int subjectLength, int headerLength, int payloadLength) {
    return log.sizeOf(subjectLength, headerLength, payloadLength);
  }

  @Override
  public void close() {
    if (!closed) {
      try {
        if (failure == null) {
          flushAll();
        }
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

  private void requireOpen() {
    if (closed) {
      throw new StoreException.Closed();
    }
  }
}
