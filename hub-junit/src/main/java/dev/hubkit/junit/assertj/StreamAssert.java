package dev.hubkit.junit.assertj;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.message.MessageMatcher;
import dev.hubkit.junit.message.MessageView;
import io.nats.client.api.ClusterInfo;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.Replica;
import io.nats.client.api.StreamInfo;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Assertions about the state of a stream at the time the assertion began. */
@SuppressWarnings("exports") // the optional libraries
public final class StreamAssert extends HubPartAssert<StreamAssert, StreamInfo> {
  /** How many messages {@link #message(MessageMatcher)} looks at. */
  public static final int MOST_MESSAGES = 1000;

  private final HubAssert whole;
  private final HubResource hub;
  private final String name;

  StreamAssert(HubAssert whole, HubResource hub, StreamInfo info) {
    super(
        info,
        StreamAssert.class,
        "stream " + info.getConfiguration().getName(),
        JournalExcerpt.ofStream(hub, info.getConfiguration().getName(), subjects(info)));
    this.whole = whole;
    this.hub = hub;
    this.name = info.getConfiguration().getName();
  }

  private static List<String> subjects(StreamInfo info) {
    List<String> subjects = info.getConfiguration().getSubjects();
    return subjects == null ? List.of() : subjects;
  }

  /** Verifies the number of messages. */
  public StreamAssert hasMessages(long count) {
    return check("the number of messages", count, actual.getStreamState().getMsgCount());
  }

  /** Verifies that the stream has no messages. */
  public StreamAssert isEmpty() {
    return hasMessages(0);
  }

  /** Verifies the sequence of the last message ever stored; 0 if there never was one. */
  public StreamAssert hasLastSequence(long sequence) {
    return check("the last sequence", sequence, actual.getStreamState().getLastSequence());
  }

  /** Verifies the sequence of the first message. */
  public StreamAssert hasFirstSequence(long sequence) {
    return check("the first sequence", sequence, actual.getStreamState().getFirstSequence());
  }

  /** Verifies the number of consumers. */
  public StreamAssert hasConsumers(long count) {
    return check("the number of consumers", count, actual.getStreamState().getConsumerCount());
  }

  /** Verifies the number of replicas that the servers have, the leader's among them. */
  public StreamAssert hasReplicas(int count) {
    return check("the number of replicas", count, 1 + replicas().size());
  }

  /** Verifies which server leads the stream, by its name, as in {@code n2}. */
  public StreamAssert hasLeader(String server) {
    ClusterInfo cluster = actual.getClusterInfo();
    return check("the leader", server, cluster == null ? null : cluster.getLeader());
  }

  /** Verifies that the stream has a leader, and all other replicas have what it has. */
  public StreamAssert isInSync() {
    ClusterInfo cluster = actual.getClusterInfo();
    String leader = cluster == null ? null : cluster.getLeader();
    List<String> behind =
        replicas().stream()
            .filter(each -> !each.isCurrent() || each.isOffline() || each.getLag() > 0)
            .map(
                each ->
                    each.getName()
                        + (each.isOffline() ? " is offline" : " is not up to date")
                        + (each.getLag() > 0 ? " (" + each.getLag() + " operations behind)" : ""))
            .toList();
    check(leader != null && !leader.isEmpty(), "to be in sync", "it has no leader");
    return check(
        behind.isEmpty(),
        "to be in sync",
        "with the leader " + leader + ", " + String.join(", ", behind));
  }

  private List<Replica> replicas() {
    ClusterInfo cluster = actual.getClusterInfo();
    List<Replica> replicas = cluster == null ? null : cluster.getReplicas();
    return replicas == null ? List.of() : replicas;
  }

  /** Verifies that a consumer of the stream exists, and returns assertions about it. */
  public ConsumerAssert consumer(String consumer) {
    return whole.consumer(name, consumer);
  }

  /** Verifies that the message of a sequence exists, and returns assertions about it. */
  public MessageAssert message(long sequence) {
    return message("a message " + sequence, find(sequence));
  }

  /** Verifies that the stream has messages, and returns assertions about the first. */
  public MessageAssert firstMessage() {
    hasSome();
    return message(actual.getStreamState().getFirstSequence());
  }

  /** Verifies that the stream has messages, and returns assertions about the last. */
  public MessageAssert lastMessage() {
    hasSome();
    return message(actual.getStreamState().getLastSequence());
  }

  private void hasSome() {
    check(actual.getStreamState().getMsgCount() > 0, "to have messages", "it has none");
  }

  /** Verifies that a message on a subject exists, and returns assertions about the last. */
  public MessageAssert lastMessage(String subject) {
    return message(
        "a message on " + subject,
        Lookup.answer(
            () -> hub.toolkitConnection().jetStreamManagement().getLastMessage(name, subject)));
  }

  /**
   * Verifies that one of the last {@value #MOST_MESSAGES} messages matches, such as one with {@code
   * json("$.id", 42)}, and returns assertions about the newest of them.
   */
  public MessageAssert message(MessageMatcher matcher) {
    String nearest = "";
    int least = Integer.MAX_VALUE;
    int seen = 0;
    long first = actual.getStreamState().getFirstSequence();
    for (long at = actual.getStreamState().getLastSequence();
        at >= first && seen < MOST_MESSAGES;
        at--) {
      MessageInfo message = find(at);
      if (message == null) {
        continue;
      }
      seen++;
      MessageView view = MessageAssert.view(message);
      List<String> differences = matcher.differences(view);
      if (differences.isEmpty()) {
        return message("a message", message);
      }
      if (differences.size() < least) {
        least = differences.size();
        nearest = "message " + at + " (" + view + "): " + String.join(", ", differences);
      }
    }
    throw failure(
        "%s",
        "Expected stream "
            + name
            + " to have a message "
            + matcher
            + ", but it has none"
            + (nearest.isEmpty() ? "" : "; nearest: " + nearest)
            + "."
            + excerpt());
  }

  private @Nullable MessageInfo find(long sequence) {
    return Lookup.answer(
        () -> hub.toolkitConnection().jetStreamManagement().getMessage(name, sequence));
  }

  private MessageAssert message(String what, @Nullable MessageInfo message) {
    check(message != null, "to have " + what, "it has none");
    return new MessageAssert(this, Objects.requireNonNull(message), excerpt());
  }

  /** Returns to the assertions about the hub. */
  public HubAssert and() {
    return whole;
  }
}
