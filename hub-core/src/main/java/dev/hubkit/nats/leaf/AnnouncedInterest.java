package dev.hubkit.nats.leaf;

import dev.hubkit.nats.account.ExportsAndImports;
import dev.hubkit.nats.account.InterestObserver;
import dev.hubkit.nats.account.RoutedSubscriber;
import dev.hubkit.nats.account.RoutedSubscriber.Role;
import dev.hubkit.nats.account.Subscription;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of an account that the other side of a leaf node connection is told of: each
 * subject and queue group once, however many subscribe to it (the smap of nats-server's {@code
 * leafnode.go}). Thread-safe.
 */
final class AnnouncedInterest implements InterestObserver {
  /** What the subjects begin with by which servers notice that they are connected in a circle. */
  static final String LOOP_PREFIX = "$LDS.";

  private record Wanted(String subject, @Nullable String queue) {
    byte[] begins(int members) {
      return bytes("LS+ ", queue == null ? "" : " " + members);
    }

    byte[] ends() {
      return bytes("LS- ", "");
    }

    private byte[] bytes(String operation, String end) {
      String name = queue == null ? "" : " " + queue;
      return (operation + subject + name + end + "\r\n").getBytes(StandardCharsets.UTF_8);
    }
  }

  private final RoutedSubscriber other;
  private final LeafBinding binding;
  private final Consumer<byte[]> out;
  private final Map<Wanted, Integer> counts = new LinkedHashMap<>();

  /**
   * Tells nothing yet.
   *
   * @param other the other side, which is not told of its own subscriptions
   * @param out sends a line; must not block
   */
  AnnouncedInterest(RoutedSubscriber other, LeafBinding binding, Consumer<byte[]> out) {
    this.other = other;
    this.binding = binding;
    this.out = out;
  }

  /**
   * Tells the other side of what there is, and from now on of changes.
   *
   * @param loopSubject the subject of this server by which loops are noticed
   */
  void begin(String loopSubject) {
    add(new Wanted(loopSubject, null), 1);
    for (String mapped : binding.account().mappedSubjects()) {
      if (!binding.isSpoke() || binding.permissions().mayTell(mapped)) {
        add(new Wanted(mapped, null), 1);
      }
    }
    binding.account().interest().observe(this);
  }

  /** Tells nothing more. */
  void end() {
    binding.account().interest().forget(this);
  }

  @Override
  public void added(String account, Subscription subscription) {
    if (concerns(subscription)) {
      add(wanted(subscription), RoutedSubscriber.weightOf(subscription));
    }
  }

  private synchronized void add(Wanted wanted, int weight) {
    int members = counts.merge(wanted, weight, Integer::sum);
    if (members == weight || wanted.queue != null) {
      out.accept(wanted.begins(members));
    }
  }

  @Override
  public void removed(String account, Subscription subscription) {
    if (concerns(subscription)) {
      remove(wanted(subscription), RoutedSubscriber.weightOf(subscription));
    }
  }

  private synchronized void remove(Wanted wanted, int weight) {
    Integer before = counts.get(wanted);
    if (before == null) {
      return;
    }
    Integer members = counts.computeIfPresent(wanted, (key, n) -> n <= weight ? null : n - weight);
    if (members == null) {
      out.accept(wanted.ends());
    } else if (wanted.queue != null) {
      out.accept(wanted.begins(members));
    }
  }

  private static Wanted wanted(Subscription subscription) {
    return new Wanted(subscription.subject(), subscription.queue());
  }

  // updateLeafNodesEx and updateSmap in leafnode.go.
  private boolean concerns(Subscription subscription) {
    if (subscription.subscriber() == other) {
      return false;
    }
    String subject = subscription.subject();
    boolean detectsLoops = subject.startsWith(LOOP_PREFIX);
    if (subscription.subscriber() instanceof RoutedSubscriber server) {
      String origin = server.origin(subscription);
      boolean sameCluster = origin != null && !origin.isEmpty() && origin.equals(binding.cluster());
      if (sameCluster) {
        return false;
      }
      if (detectsLoops) {
        return true;
      }
      if (binding.isolated() && origin != null) {
        return false;
      }
      // A hub hears from each server of a cluster itself, and not of its other hubs.
      if (binding.isSpoke() && server.role() != Role.SPOKE) {
        return false;
      }
    }
    // A hub tells of services that the account imports whatever the leaf node may do.
    return (!binding.isSpoke() && ExportsAndImports.isServiceImport(subscription))
        || binding.permissions().mayTell(subject);
  }
}
