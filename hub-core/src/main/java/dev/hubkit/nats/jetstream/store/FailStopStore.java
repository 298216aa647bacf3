package dev.hubkit.nats.jetstream.store;

import dev.hubkit.nats.wire.MessageBody;
import java.util.function.ObjLongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A store that stops when a change of it fails in an unexpected way, such as for lack of memory: it
 * is not known then whether index and log agree, so nothing is written any more, and what was
 * flushed before is what there will be when the store is opened again. A message that fails before
 * anything has changed is only not appended.
 */
final class FailStopStore implements StreamStore {
  private final IndexedStore store;

  FailStopStore(IndexedStore store) {
    this.store = store;
  }

  private void requireUsable() {
    Throwable cause = store.failure();
    if (cause != null) {
      throw new StoreException.Unusable(String.valueOf(cause));
    }
  }

  /** A change has failed: as one that is expected to, or else for good. */
  private void failed(Throwable failure) {
    if (!(failure instanceof StoreException)) {
      store.fail(failure);
    }
  }

  private void appendFailed(Throwable failure) {
    if (store.isMidway()) {
      failed(failure);
    }
  }

  private void change(Runnable operation) {
    requireUsable();
    try {
      operation.run();
    } catch (RuntimeException | Error e) {
      failed(e);
      throw e;
    }
  }

  private <T> T call(Supplier<T> operation) {
    requireUsable();
    try {
      return operation.get();
    } catch (RuntimeException | Error e) {
      failed(e);
      throw e;
    }
  }

  // --- writing, for each message without a lambda ---

  @Override
  public long append(String subject, MessageBody body, long timestamp, long ttl, boolean rollup) {
    requireUsable();
    try {
      return store.append(subject, body, timestamp, ttl, rollup);
    } catch (RuntimeException | Error e) {
      appendFailed(e);
      throw e;
    }
  }

  @Override
  public void appendAt(long sequence, String subject, MessageBody body, long timestamp, long ttl) {
    requireUsable();
    try {
      store.appendAt(sequence, subject, body, timestamp, ttl);
    } catch (RuntimeException | Error e) {
      appendFailed(e);
      throw e;
    }
  }

  // --- other changes ---

  @Override
  public void skip(long count, long timestamp) {
    change(() -> store.skip(count, timestamp));
  }

  @Override
  public void flush() {
    change(store::flush);
  }

  @Override
  public boolean commit() {
    return call(store::commit);
  }

  @Override
  public void sync() {
    change(store::sync);
  }

  @Override
  public boolean remove(long sequence) {
    return call(() -> store.remove(sequence));
  }

  @Override
  public boolean erase(long sequence) {
    return call(() -> store.erase(sequence));
  }

  @Override
  public long purge() {
    return call(() -> store.purge());
  }

  @Override
  public long purge(SubjectFilter filter, long before, long keep) {
    return call(() -> store.purge(filter, before, keep));
  }

  @Override
  public long compact(long sequence) {
    return call(() -> store.compact(sequence));
  }

  @Override
  public void truncate(long sequence) {
    change(() -> store.truncate(sequence));
  }

  @Override
  public void rewind(StoreSnapshot snapshot) {
    change(() -> store.rewind(snapshot));
  }

  @Override
  public void expire(long now, ExpiryHandler handler) {
    change(() -> store.expire(now, handler));
  }

  @Override
  public void limit(StoreLimits limits) {
    change(() -> store.limit(limits));
  }

  @Override
  public void rollBack() {
    change(store::rollBack);
  }

  // --- reading, and the rest ---

  @Override
  public @Nullable StoredMessage get(long sequence) {
    return store.get(sequence);
  }

  @Override
  public boolean contains(long sequence) {
    return store.contains(sequence);
  }

  @Override
  public @Nullable String subjectOf(long sequence) {
    return store.subjectOf(sequence);
  }

  @Override
  public @Nullable StoredMessage last(String subject) {
    return store.last(subject);
  }

  @Override
  public long nextSequence(SubjectFilter filter, long from) {
    return store.nextSequence(filter, from);
  }

  @Override
  public long nextHeaded(long from) {
    return store.nextHeaded(from);
  }

  @Override
  public long previousSequence(SubjectFilter filter, long from) {
    return store.previousSequence(filter, from);
  }

  @Override
  public long sequenceAt(long timestamp) {
    return store.sequenceAt(timestamp);
  }

  @Override
  public long @Nullable [] lastSequences(SubjectFilter filter, long upTo, int limit) {
    return store.lastSequences(filter, upTo, limit);
  }

  @Override
  public Matches matches(SubjectFilter filter, long from) {
    return store.matches(filter, from);
  }

  @Override
  public long pending(SubjectFilter filter, long from, boolean lastPerSubject) {
    return store.pending(filter, from, lastPerSubject);
  }

  @Override
  public void subjects(SubjectFilter filter, ObjLongConsumer<String> visitor) {
    store.subjects(filter, visitor);
  }

  @Override
  public long count(String subject) {
    return store.count(subject);
  }

  @Override
  public long bytes() {
    return store.bytes();
  }

  @Override
  public StoreState state() {
    return store.state();
  }

  @Override
  public long[] deleted(int limit) {
    return store.deleted(limit);
  }

  @Override
  public long[] lost(int limit) {
    return store.lost(limit);
  }

  @Override
  public long lastSequence() {
    return store.lastSequence();
  }

  @Override
  public long firstSequence() {
    return store.firstSequence();
  }

  @Override
  public long nextExpiry() {
    return store.nextExpiry();
  }

  @Override
  public void onRemoval(@Nullable RemovalListener listener) {
    store.onRemoval(listener);
  }

  @Override
  public long sizeOf(int subjectLength, int headerLength, int payloadLength) {
    return store.sizeOf(subjectLength, headerLength, payloadLength);
  }

  @Override
  public long largest() {
    return store.largest();
  }

  @Override
  public long footprint() {
    return store.footprint();
  }

  @Override
  public boolean isUsable() {
    return store.isUsable();
  }

  @Override
  public void fail(Throwable cause) {
    store.fail(cause);
  }

  @Override
  public void close() {
    store.close();
  }

  @Override
  public void delete() {
    store.delete();
  }
}
