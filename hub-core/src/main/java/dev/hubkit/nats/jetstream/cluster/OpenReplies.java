package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.time.TimeSource;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The requests that wait until what they have asked for has a leader, who answers. Each server of a
 * group has them; those of the others are forgotten after a while. Thread-safe.
 */
final class OpenReplies {
  private static final long PATIENCE = Duration.ofSeconds(5).toNanos();

  private final TimeSource time;
  private final Predicate<String> first;
  private final Map<String, Reply> byGroup = new ConcurrentHashMap<>();

  /**
   * Where an answer goes.
   *
   * @param created whether it tells of something new
   * @param update whether it tells of a change
   */
  record Reply(String subject, boolean created, boolean update, long since) {}

  /**
   * Makes it empty.
   *
   * @param first returns whether the leader of a group is the first that tells of its creation, as
   *     each server has the request until it forgets it
   */
  OpenReplies(TimeSource time, Predicate<String> first) {
    this.time = time;
    this.first = first;
  }

  /** Notes that the leader of a group is to answer; nothing happens for an empty subject. */
  void open(String group, String subject, boolean created, boolean update) {
    if (!subject.isEmpty()) {
      byGroup.put(group, new Reply(subject, created, update, time.nanoTime()));
    }
  }

  /** Returns where the leader of a group is to answer; null for nowhere. */
  @Nullable Reply find(String group) {
    Reply open = byGroup.get(group);
    return open == null || time.nanoTime() - open.since() > PATIENCE ? null : open;
  }

  /**
   * Notes that the leader answers now, which until then may change.
   *
   * @return whether it is to answer
   */
  boolean close(String group, Reply open) {
    byGroup.remove(group, open);
    return !open.created() || first.test(group);
  }
}
