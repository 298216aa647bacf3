package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.nats.jetstream.cluster.MetaCommand.AssignConsumer;
import dev.hubkit.nats.jetstream.cluster.MetaCommand.AssignStream;
import dev.hubkit.nats.jetstream.cluster.MetaCommand.RemoveConsumer;
import dev.hubkit.nats.jetstream.cluster.MetaCommand.RemoveServer;
import dev.hubkit.nats.jetstream.cluster.MetaCommand.RemoveStream;
import dev.hubkit.nats.jetstream.cluster.MetaCommand.SettleStream;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which server is to have which streams and consumers: what the group of all servers agrees upon.
 * Immutable.
 */
public final class Assignments {
  static final Assignments NONE = new Assignments(Map.of());

  private final Map<String, SortedMap<String, StreamAssignment>> byAccount;

  private Assignments(Map<String, SortedMap<String, StreamAssignment>> byAccount) {
    this.byAccount = byAccount;
  }

  /** Returns the streams of an account by name. */
  public SortedMap<String, StreamAssignment> streams(String account) {
    return byAccount.getOrDefault(account, Collections.emptySortedMap());
  }

  /** Returns the streams of all accounts, by account. */
  Map<String, SortedMap<String, StreamAssignment>> all() {
    return byAccount;
  }

  /** Returns the stream of this name; null if there is none. */
  public @Nullable StreamAssignment stream(String account, String stream) {
    return streams(account).get(stream);
  }

  /** Returns the consumer of this name; null if there is none. */
  public @Nullable ConsumerAssignment consumer(String account, String stream, String consumer) {
    StreamAssignment assignment = stream(account, stream);
    return assignment == null ? null : assignment.consumers().get(consumer);
  }

  /** Returns what holds after a command; the same where it changes nothing. */
  Assignments after(MetaCommand command) {
    String account = command.account();
    if (command instanceof AssignStream assign) {
      StreamAssignment stream = assign.stream();
      StreamAssignment present = stream(account, stream.name());
      // Its consumers may have come and gone since the command was made.
      return with(
          account,
          present == null || present.created() != stream.created()
              ? stream
              : present.with(stream.config(), stream.group(), assign.lost()).from(stream.origin()));
    }
    if (command instanceof SettleStream settle) {
      StreamAssignment present = stream(account, settle.stream());
      return present != null
              && present.origin() != null
              && present.created() == settle.created()
              && present.group().equals(settle.group())
          ? with(account, present.from(null))
          : this;
    }
    if (command instanceof RemoveStream remove) {
      StreamAssignment present = stream(account, remove.stream());
      return present != null && present.created() == remove.created()
          ? without(account, remove.stream())
          : this;
    }
    if (command instanceof AssignConsumer assign) {
      StreamAssignment present = stream(account, assign.stream());
      return present == null ? this : with(account, present.with(assign.consumer()));
    }
    if (command instanceof RemoveConsumer remove) {
      StreamAssignment present = stream(account, remove.stream());
      ConsumerAssignment consumer = consumer(account, remove.stream(), remove.consumer());
      return present != null && consumer != null && consumer.created() == remove.created()
          ? with(account, present.without(remove.consumer()))
          : this;
    }
    if (command instanceof RemoveServer) {
      return this; // what follows, the leader proposes
    }
    throw new IllegalStateException("An unknown command: " + command);
  }

  private Assignments with(String account, StreamAssignment stream) {
    SortedMap<String, StreamAssignment> streams = new TreeMap<>(streams(account));
    streams.put(stream.name(), stream);
    return with(account, streams);
  }

  private Assignments without(String account, String stream) {
    SortedMap<String, StreamAssignment> streams = new TreeMap<>(streams(account));
    streams.remove(stream);
    return with(account, streams);
  }

  private Assignments with(String account, SortedMap<String, StreamAssignment> streams) {
    Map<String, SortedMap<String, StreamAssignment>> changed = new HashMap<>(byAccount);
    changed.put(account, Collections.unmodifiableSortedMap(streams));
    return new Assignments(changed);
  }
}
