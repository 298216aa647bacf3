package dev.hubkit.nats.account;

import dev.hubkit.nats.subject.SubjectTransform;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.Message;
import org.jspecify.annotations.Nullable;

/** Messages of another account that are seen in this one, under a subject of this one. */
final class StreamImport {
  private final SubjectSpace importer;
  private final SubjectSpace exporter;
  private final AccountTraffic counted;
  private final boolean allowTrace;
  private final SubjectTransform inward;
  private final SubjectTransform outward;

  /**
   * Makes an import.
   *
   * @param counted counts what the exporter sends
   * @param from what is imported, may have wildcards
   * @param to how it is seen here, with {@code $1} or {@code {{wildcard(1)}}} for wildcards
   */
  StreamImport(
      SubjectSpace importer,
      SubjectSpace exporter,
      AccountTraffic counted,
      String from,
      String to,
      boolean allowTrace) {
    this.importer = importer;
    this.counted = counted;
    this.exporter = exporter;
    this.allowTrace = allowTrace;
    this.inward = SubjectTransform.reversible(from, SubjectTransform.numbered(to));
    this.outward = inward.reverse();
  }

  SubjectSpace exporter() {
    return exporter;
  }

  /** Returns the subject in the exporting account. */
  String remote() {
    return inward.source();
  }

  /** Returns the subject here. */
  String local() {
    return outward.source();
  }

  /** Feeds a subscription of the importing account, if it wants something of what is imported. */
  void bind(Subscription subscription) {
    if (subscription.subscriber() instanceof RoutedSubscriber server
        && server.role() == RoutedSubscriber.Role.ROUTE) {
      // The other server subscribes to what it imports.
      return;
    }
    Subscription shadow = follow(subscription);
    if (shadow != null && !subscription.addShadow(() -> exporter.unsubscribe(shadow))) {
      // It has ended meanwhile.
      exporter.unsubscribe(shadow);
    }
  }

  /**
   * Subscribes in the exporting account to what a subscription of the importing account also
   * matches.
   *
   * @return null when there is none
   */
  private @Nullable Subscription follow(Subscription subscription) {
    String local = outward.source();
    String wanted = subscription.subject();
    if (!Subjects.overlap(wanted, local)) {
      return null;
    }
    boolean within = Subjects.isSubset(wanted, local);
    String remote = within ? outward.transform(wanted) : inward.source();
    return exporter.subscribe(
        remote, subscription.queue(), subscription.sid(), new Shadow(subscription, remote, within));
  }

  /** What a subscription of the importing account has in the exporting one. */
  final class Shadow implements Subscriber {
    private final Subscription subscription;
    private final String remote;
    private final boolean within;

    private Shadow(Subscription subscription, String remote, boolean within) {
      this.subscription = subscription;
      this.remote = remote;
      this.within = within;
    }

    SubjectSpace importer() {
      return importer;
    }

    boolean allowsTrace() {
      return allowTrace;
    }

    Subscription subscription() {
      return subscription;
    }

    /** Returns the message as the importing account sees it; null when it does not. */
    @Nullable Message seen(Message message, WorkBatch batch) {
      // What came as a request to a service is not exported once more.
      if (!subscription.isOpen() || batch.importing()) {
        return null;
      }
      String wanted = subscription.subject();
      String subject = subjectHere(message.subject(), remote);
      return within || Subjects.matches(subject, wanted)
          ? message.withSubject(subject, message.reply())
          : null;
    }

    void pass(Message seen, WorkBatch batch) {
      AccountTraffic before = sendFromExporter(batch);
      try {
        subscription.subscriber().deliver(subscription, seen, batch);
      } finally {
        batch.exporter(before);
      }
    }

    /**
     * Has what is delivered from now on count as sent in the account where it was published.
     *
     * @return whose it was before, to be set again
     */
    @Nullable AccountTraffic sendFromExporter(WorkBatch batch) {
      AccountTraffic before = batch.exporter();
      if (before == null) {
        batch.exporter(counted);
      }
      return before;
    }

    @Override
    public void deliver(Subscription shadow, Message message, WorkBatch batch) {
      Message seen = seen(message, batch);
      if (seen != null) {
        pass(seen, batch);
      }
    }
  }

  /**
   * Returns the subject under which a message is seen here. What a consumer sends bears the subject
   * it was stored under rather than the one it is routed by, and keeps that.
   *
   * @param remote what was subscribed to in the exporting account
   */
  private String subjectHere(String subject, String remote) {
    boolean renamed =
        !inward.source().equals(outward.source())
            && (remote.equals(subject) || !Subjects.isLiteral(remote))
            && Subjects.matches(subject, inward.source());
    return renamed ? inward.transform(subject) : subject;
  }
}
