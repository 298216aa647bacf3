package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.wire.Message;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a consumer that leads has done since its last command, and what it tells clients when a
 * majority of its replicas has it. Confined to the stream's executor.
 */
final class ConsumerRound {
  /**
   * A message for a client.
   *
   * @param to the subject to send a delivery to; null for an answer, which goes to its own subject
   * @param sequence the stream sequence of a delivery; 0 for an answer
   */
  record Told(@Nullable String to, Message message, long sequence) {}

  private final List<Told> told = new ArrayList<>();
  private final List<Long> acknowledged = new ArrayList<>();
  private final Set<String> asked = new LinkedHashSet<>();
  private final Set<String> ended = new LinkedHashSet<>();
  private boolean reset;
  private @Nullable ConsumerCommand command;
  private long index;

  void deliver(String to, Message message, long sequence) {
    told.add(new Told(to, message, sequence));
  }

  void answer(Message message) {
    told.add(new Told(null, message, 0));
  }

  public void acknowledged(long sequence) {
    acknowledged.add(sequence);
  }

  /** Notes that a pull request waits. */
  void asked(String reply) {
    asked.add(reply);
  }

  /** Notes that a pull request waits no more. */
  public void ended(String reply) {
    if (!asked.remove(reply)) {
      ended.add(reply);
    }
  }

  void moved() {
    reset = true;
  }

  /** Returns what clients are to be told. */
  List<Told> told() {
    return told;
  }

  /** Makes the command of the round; returns false if there is nothing to agree on. */
  boolean complete(long term, byte[] changes) {
    if (changes.length == 0
        && told.isEmpty()
        && acknowledged.isEmpty()
        && asked.isEmpty()
        && ended.isEmpty()
        && !reset) {
      return false;
    }
    command =
        new ConsumerCommand(
            term,
            changes,
            acknowledged.stream().mapToLong(Long::longValue).toArray(),
            List.copyOf(asked),
            List.copyOf(ended),
            reset);
    return true;
  }

  /** Returns the command of a round that is {@link #complete}. */
  ConsumerCommand command() {
    ConsumerCommand made = command;
    if (made == null) {
      throw new IllegalStateException("the round is not complete");
    }
    return made;
  }

  /** Notes the place of the command in the log. */
  void proposed(long at) {
    index = at;
  }

  long index() {
    return index;
  }
}
