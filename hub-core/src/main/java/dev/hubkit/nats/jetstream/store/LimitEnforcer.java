package dev.hubkit.nats.jetstream.store;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** How full a stream is under its limits: what it refuses, and what gives way. */
final class LimitEnforcer {
  private final StreamIndexes contents;
  private final MessageIndex index;
  private final SubjectIndex subjects;
  private final MessageRemover removals;
  private StoreLimits limits;
  // Subjects that got a message too many since the limits were last enforced.
  private int[] overfull = new int[16];
  private int overfullCount;

  LimitEnforcer(StoreLimits limits, StreamIndexes contents, MessageRemover removals) {
    this.limits = limits;
    this.contents = contents;
    this.removals = removals;
    index = contents.index;
    subjects = contents.subjects;
  }

  StoreLimits limits() {
    return limits;
  }

  /** Whether subjects have more messages than they may. */
  boolean hasOverfull() {
    return overfullCount > 0;
  }

  /** The messages that made subjects overfull are gone, or nothing is. */
  void forgetOverfull() {
    overfullCount = 0;
  }

  /** These limits applied before the store was closed, and are enforced in the usual order. */
  void begin(StoreLimits known) {
    limits = known;
    noteOverfull(0);
    enforce();
  }

  /**
   * Other limits apply from now on, and are enforced: first those of the whole stream, as
   * nats-server does, so that fewer messages may be too many for their subjects.
   */
  void limit(StoreLimits other) {
    long before = limits.maxMessagesPerSubject();
    limits = other;
    enforce();
    noteOverfull(before);
    enforce();
  }

  private void noteOverfull(long before) {
    long now = limits.maxMessagesPerSubject();
    if (now > 0 && (before <= 0 || now < before)) {
      subjects.forEach(
          SubjectFilter.ALL,
          node -> {
            if (subjects.count(node) > now) {
              note(node);
            }
          });
    }
  }

  /** A subject has got a message. */
  void grown(int node) {
    if (limits.maxMessagesPerSubject() > 0
        && subjects.count(node) > limits.maxMessagesPerSubject()) {
      note(node);
    }
  }

  private void note(int node) {
    if (overfullCount == overfull.length) {
      overfull = Arrays.copyOf(overfull, overfullCount * 2);
    }
    overfull[overfullCount++] = node;
  }

  /** Why a stream that discards new messages refuses one; null when it takes it. */
  StoreException.@Nullable Limit refusal(String subject, long size, boolean rollup) {
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
        && contents.bytes + size > limits.maxBytes()
        && (!subjectFull || index.size(subjects.first(node)) < size)) {
      return StoreException.Limit.BYTES;
    }
    return null;
  }

  /** Takes away what is too much. */
  void enforce() {
    if (overfullCount > 0) {
      for (int i = 0; i < overfullCount; i++) {
        int node = overfull[i];
        while (subjects.count(node) > limits.maxMessagesPerSubject()) {
          removals.drop(subjects.first(node));
        }
      }
      overfullCount = 0;
    }
    if (limits.discard() != StoreLimits.Discard.OLD) {
      return;
    }
    if (limits.maxMessages() > 0) {
      while (index.count() > limits.maxMessages()) {
        removals.drop(contents.first);
      }
    }
    if (limits.maxBytes() > 0) {
      while (contents.bytes > limits.maxBytes()) {
        removals.drop(contents.first);
      }
    }
  }
}
