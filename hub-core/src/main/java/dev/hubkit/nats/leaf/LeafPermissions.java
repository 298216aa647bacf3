package dev.hubkit.nats.leaf;

import dev.hubkit.nats.account.Permissions;
import dev.hubkit.nats.subject.Subjects;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What may cross a leaf node connection, as seen from this side. Publishing stands for what goes
 * there, subscribing for what comes from there. Immutable.
 *
 * @param crossing both directions, with what JetStream keeps from crossing
 * @param taken what is taken from the other side
 */
record LeafPermissions(Permissions crossing, Permissions taken) {
  static final LeafPermissions ALL = new LeafPermissions(Permissions.ALL, Permissions.ALL);

  /**
   * Returns those of a hub: what a user of it may do, the other way round.
   *
   * @param denied subjects that the leaf node does not want
   */
  static LeafPermissions ofHub(Permissions user, List<String> denied) {
    Permissions reversed =
        new Permissions(
            user.subscribeAllow(),
            and(user.subscribeDeny(), denied),
            user.publishAllow(),
            user.publishDeny(),
            null);
    return new LeafPermissions(reversed, reversed);
  }

  /**
   * Returns those of a leaf node: what its hub allows, without what it denies itself.
   *
   * @param imports what may come from the hub
   * @param exports what may go to the hub
   */
  static LeafPermissions ofSpoke(
      SubjectRules imports,
      SubjectRules exports,
      List<String> denyImports,
      List<String> denyExports) {
    Permissions both =
        new Permissions(
            exports.allow(),
            and(exports.deny(), denyExports),
            imports.allow(),
            and(imports.deny(), denyImports),
            null);
    return new LeafPermissions(both, both);
  }

  private static List<String> and(List<String> some, List<String> more) {
    List<String> all = new ArrayList<>(some);
    all.addAll(more);
    return all;
  }

  /**
   * Returns these without what JetStream keeps from crossing.
   *
   * @param bounds what crosses in neither direction
   * @param outgoing what does not go there; null for nothing
   * @param spoke whether what is taken is bounded, too, as at a leaf node
   */
  LeafPermissions within(List<String> bounds, @Nullable String outgoing, boolean spoke) {
    Permissions bounded = crossing.without(bounds);
    if (outgoing != null) {
      bounded = bounded.withoutPublishing(outgoing);
    }
    return new LeafPermissions(bounded, spoke ? bounded : taken);
  }

  /** Returns whether a message may go to the other side. */
  boolean maySend(String subject) {
    return crossing.publishesAnything() || crossing.mayPublish(subject);
  }

  /** Returns whether a message is taken from the other side. */
  boolean mayTake(String subject) {
    return taken.isUnlimited() || taken.maySubscribe(subject, null);
  }

  /**
   * Returns whether the other side is told of a subscription. One with wildcards that only some of
   * what is allowed matches is told, as nats-server does: what must not cross is kept back then
   * message by message (canSubscribe in {@code client.go}).
   */
  boolean mayTell(String subject) {
    if (crossing.isUnlimited() || crossing.maySubscribe(subject, null)) {
      return true;
    }
    List<String> allowed = crossing.subscribeAllow();
    return allowed != null
        && !Subjects.isLiteral(subject)
        && crossing.mayReceive(subject, null)
        && allowed.stream().anyMatch(each -> Subjects.isSubset(each, subject));
  }
}
