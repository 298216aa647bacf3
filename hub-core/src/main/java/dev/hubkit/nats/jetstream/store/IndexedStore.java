package dev.hubkit.nats.jetstream.store;

import dev.hubkit.nats.wire.MessageBody;
import java.nio.charset.StandardCharsets;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/** A store that finds messages by indexes in memory, and keeps them in a log. */
final class IndexedStore implements StreamStore {
  private static final int MAX_SUBJECT = 0xFFFF;

  private final RecordLog log;
  private final StreamIndexes contents;
  private final MessageIndex index;
  private final SubjectIndex subjects;
  private final LostMessages losses = new LostMessages();
  private final MessageRemover remover;
  private final LimitEnforcer limits;
  private final StoreQueries queries;
  private final StoreWriter writer;
  private final StoreReader reader;
  private final StorePurge purge;
  private final StoreExpiry expiry;
  private boolean closed;
  private @Nullable Throwable failure;

  IndexedStore(RecordLog log, StoreLimits limits, boolean async) {
    this.log = log;
    contents = new StreamIndexes(log);
    index = contents.index;
    subjects = contents.subjects;
    remover = new MessageRemover(log, contents);
    this.limits = new LimitEnforcer(limits, contents, remover);
    queries = new StoreQueries(index, subjects);
    writer = new StoreWriter(log, async, contents, this.limits, remover, losses);
    reader = new StoreReader(log, contents, remover, losses);
    purge = new StorePurge(log, contents, this.limits, remover, writer, reader);
    expiry = new StoreExpiry(contents, this.limits, remover, writer, reader);
  }

  /** Opens a store on what is in a log. */
  static IndexedStore open(FileLog log, StoreLimits limits, boolean async) {
    IndexedStore store = new IndexedStore(log, StoreLimits.NONE, async);
    log.open(new Recovery(log, store.contents, store.losses));
    store.writer.allSafe();
    // What a limit took may be back, if nothing was flushed after that.
    store.limits.begin(limits);
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
    if (contents.last >= MAX_SEQUENCE) {
      throw new StoreException.LimitReached(StoreException.Limit.SEQUENCE);
    }
    if (limits.limits().discard() != StoreLimits.Discard.OLD) {
      long size = writer.sizeOf(encoded, body);
      StoreException.Limit full = limits.refusal(subject, size, rollup);
      if (full != null && limits.hasOverfull()) {
        // Only a flush takes away what the limit per subject no longer allows.
        flush();
        full = limits.refusal(subject, size, rollup);
      }
      if (full != null) {
        throw new StoreException.LimitReached(full);
      }
    }
    if (writer.sizeOf(encoded, body) > log.largest()) {
      throw new StoreException.LimitReached(StoreException.Limit.MESSAGE_SIZE);
    }
    long sequence = contents.last + 1;
    writer.append(sequence, subject, encoded, body, timestamp, ttl);
    return sequence;
  }

  @Override
  public void appendAt(long sequence, String subject, MessageBody body, long timestamp, long ttl) {
    requireOpen();
    if (sequence != contents.last + 1) {
      throw new StoreException.SequenceMismatch();
    }
    byte[] encoded = encode(subject, body);
    writer.append(sequence, subject, encoded, body, timestamp, ttl);
  }

  private byte[] encode(String subject, MessageBody body) {
    byte[] encoded = subject.getBytes(StandardCharsets.UTF_8);
    if (encoded.length > MAX_SUBJECT || body.length() > log.maxLength()) {
      throw new StoreException.LimitReached(StoreException.Limit.MESSAGE_SIZE);
    }
    return encoded;
  }

  @Override
  public void skip(long count, long timestamp) {
    requireOpen();
    writer.skip(count, timestamp);
  }

  @Override
  public void flush() {
    requireOpen();
    writer.flush();
  }

  @Override
  public boolean commit() {
    requireOpen();
    return writer.commit();
  }

  @Override
  public void sync() {
    flush();
    log.sync();
  }

  @Override
  public void rollBack() {
    requireOpen();
    writer.rollBack();
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
    return writer.isMidway();
  }

  // --- reading ---

  @Override
  public @Nullable StoredMessage get(long sequence) {
    requireOpen();
    return reader.get(sequence);
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
  public long bytes() {
    requireOpen();
    return contents.bytes;
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
    return purge.remove(sequence);
  }

  @Override
  public boolean erase(long sequence) {
    requireOpen();
    return purge.erase(sequence);
  }

  @Override
  public long purge() {
    requireOpen();
    return purge.purge();
  }

  @Override
  public long purge(SubjectFilter filter, long before, long keep) {
    requireOpen();
    return purge.purge(filter, before, keep);
  }

  @Override
  public long compact(long sequence) {
    requireOpen();
    return purge.compact(sequence);
  }

  @Override
  public void truncate(long sequence) {
    requireOpen();
    purge.truncate(sequence);
  }

  @Override
  public void rewind(StoreSnapshot snapshot) {
    requireOpen();
    writer.flushAll();
    new StoreRewind(this, writer, log, contents, snapshot).run();
    remover.recorded();
    limits.forgetOverfull();
    writer.allSafe();
    log.tidy(index);
  }

  // --- time ---

  @Override
  public long nextExpiry() {
    requireOpen();
    return expiry.nextExpiry();
  }

  @Override
  public void expire(long now, ExpiryHandler handler) {
    requireOpen();
    expiry.expire(now, handler);
  }

  // --- life ---

  @Override
  public void limit(StoreLimits other) {
    requireOpen();
    writer.flushAll(); // what the limits so far took: these may be wider
    limits.limit(other);
    writer.firstSafe();
  }

  @Override
  public void onRemoval(@Nullable RemovalListener listener) {
    remover.onRemoval(listener);
  }

  @Override
  public long sizeOf(int subjectLength, int headerLength, int payloadLength) {
    return log.sizeOf(subjectLength, headerLength, payloadLength);
  }

  @Override
  public long largest() {
    return log.largest();
  }

  @Override
  public void close() {
    if (!closed) {
      try {
        if (failure == null) {
          writer.flushAll();
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
