package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.time.TimeSource;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The requests that wait until what they have asked for has a leader, who answers. Each server of a
 * group has them; those of the others are forgotten after a while. Thread-safe.
 */
final class OpenReplies {
  private static final long PATIENCE = Duration.ofSeconds(5).toNanos();

  private final TimeSource time;
  private final Map<String, Reply> byGroup = new ConcurrentHashMap<>();

  /**
   * Where an answer goes.
   *
   * @param created whether it tells of something new
   */
  record Reply(String subject, boolean created, long since) {}

  OpenReplies(TimeSource time) {
    this.time = time;
  }

  /** Notes that the leader of a group is to answer; nothing happens for an empty subject. */
  void open(String group, String subject, boolean created) {
    if (!subject.isEmpty()) {
      byGroup.put(group, new Reply(subject, created, time.nanoTime()));
    }
  }

  /** Returns where the leader of a group is to answer, once; null for nowhere. */
  @Nullable Reply take(String group) {
    Reply open = byGroup.remove(group);
    return open == null || time.nanoTime() - open.since() > PATIENCE ? null : open;
  }
}
