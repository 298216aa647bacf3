package dev.hubkit.nats.jetstream.store;

import org.jspecify.annotations.Nullable;

/** Reads the messages of a store; one that it finds damaged is counted as lost, and removed. */
final class StoreReader {
  private final RecordLog log;
  private final MessageIndex index;
  private final SubjectIndex subjects;
  private final MessageRemover remover;
  private final LostMessages losses;

  StoreReader(RecordLog log, StreamIndexes contents, MessageRemover remover, LostMessages losses) {
    this.log = log;
    this.remover = remover;
    this.losses = losses;
    index = contents.index;
    subjects = contents.subjects;
  }

  /** Returns the message with this sequence; null when there is none. */
  @Nullable StoredMessage get(long sequence) {
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
      losses.add(sequence, 1, index.size(sequence));
      remover.drop(sequence);
    }
    return message;
  }
}
