package dev.hubkit.nats.account;

import dev.hubkit.nats.subject.SubjectTransform;
import dev.hubkit.nats.subject.Subjects;
import org.jspecify.annotations.Nullable;

/** Messages of another account that are seen in this one, under a subject of this one. */
final class StreamImport {
  private final Account exporter;
  private final SubjectTransform inward;
  private final SubjectTransform outward;

  /**
   * Makes an import.
   *
   * @param from what is imported, may have wildcards
   * @param to how it is seen here, with {@code $1} or {@code {{wildcard(1)}}} for wildcards
   */
  StreamImport(Account exporter, String from, String to) {
    this.exporter = exporter;
    this.inward = SubjectTransform.reversible(from, to);
    this.outward = inward.reverse();
  }

  Account exporter() {
    return exporter;
  }

  /** What is imported, as it is called there. */
  String remote() {
    return inward.source();
  }

  /** What it is called here. */
  String local() {
    return outward.source();
  }

  /**
   * Subscribes in the exporting account to what a subscription of the importing account also
   * matches.
   *
   * @return null when there is nothing of the kind
   */
  @Nullable Subscription follow(Subscription subscription) {
    String local = outward.source();
    String wanted = subscription.subject();
    if (!Subjects.overlap(wanted, local)) {
      return null;
    }
    boolean within = Subjects.isSubset(wanted, local);
    String remote = within ? outward.transform(wanted) : inward.source();
    return exporter.subscribe(
        remote,
        subscription.queue(),
        subscription.sid(),
        (shadow, message, batch) -> {
          String seen = inward.transform(message.subject());
          if (subscription.isOpen() && (within || Subjects.matches(seen, wanted))) {
            subscription
                .subscriber()
                .deliver(subscription, message.withSubject(seen, message.reply()), batch);
          }
        });
  }
}
