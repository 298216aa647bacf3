package dev.hubkit.nats.jetstream.cluster;

import dev.hubkit.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The requests that wait until what they have asked for has a leader, who answers. Each server of a
 * group has them; those of the others are forgotten after a while. Thread-safe.
 */
final class OpenReplies {
  private static final long PATIENCE = Duration.ofSeconds(5).toNanos();

  // Of one group. Only those of the last seconds are there.
  private static final int MOST = 256;

  private final TimeSource time;
  private final Predicate<String> first;
  // Several for a group: clients create what they share, each of them, at the same time.
  private final Map<String, List<Reply>> byGroup = new ConcurrentHashMap<>();

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
      Reply reply = new Reply(subject, created, update, time.nanoTime());
      byGroup.compute(group, (name, present) -> with(present, reply));
    }
  }

  private List<Reply> with(@Nullable List<Reply> present, Reply reply) {
    List<Reply> replies = new ArrayList<>(present == null ? List.of() : fresh(present));
    replies.add(reply);
    return replies.size() > MOST ? replies.subList(1, replies.size()) : replies;
  }

  private List<Reply> fresh(List<Reply> replies) {
    return replies.stream().filter(each -> time.nanoTime() - each.since() <= PATIENCE).toList();
  }

  /** Returns where the leader of a group is to answer, in the order of the requests. */
  List<Reply> find(String group) {
    return fresh(byGroup.getOrDefault(group, List.of()));
  }

  /**
   * Notes that the leader answers now, which until then may change.
   *
   * @return whether it is to answer
   */
  boolean close(String group, Reply open) {
    AtomicBoolean found = new AtomicBoolean();
    byGroup.computeIfPresent(
        group,
        (name, present) -> {
          List<Reply> rest = new ArrayList<>(present);
          found.set(rest.remove(open));
          return rest.isEmpty() ? null : rest;
        });
    return found.get() && (!open.created() || first.test(group));
  }
}
