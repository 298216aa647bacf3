package dev.hubkit.nats.account;

import dev.hubkit.nats.subject.SubjectTransform;
import dev.hubkit.nats.wire.Message;
import org.jspecify.annotations.Nullable;

/** A subject of this account on which a service of another account is asked. */
final class ServiceImport implements Subscriber {
  private final Account importer;
  private final Account exporter;
  private final ServiceExport export;
  // Null where the subject is the same in both.
  private final @Nullable SubjectTransform outward;

  /**
   * Makes an import.
   *
   * @param local the subject here, may have wildcards
   * @param remote the subject there, with {@code $1} or {@code {{wildcard(1)}}} for wildcards
   */
  ServiceImport(
      Account importer, Account exporter, ServiceExport export, String local, String remote) {
    this.importer = importer;
    this.exporter = exporter;
    this.export = export;
    this.outward = local.equals(remote) ? null : SubjectTransform.of(local, remote);
  }

  Account exporter() {
    return exporter;
  }

  @Override
  public void deliver(Subscription subscription, Message message, Batch batch) {
    forward(message, batch);
  }

  /** Hands on a request; returns how many took it. */
  int forward(Message request, Batch batch) {
    SubjectTransform transform = outward;
    String subject = transform == null ? request.subject() : transform.transform(request.subject());
    String reply = request.reply();
    if (reply == null) {
      return exporter.publish(request.withSubject(subject, null), batch);
    }
    ServiceReplies replies = exporter.serviceReplies();
    String returnTo = replies.expect(importer, reply, export);
    int taken = exporter.publish(request.withSubject(subject, returnTo), batch);
    if (taken == 0) {
      replies.forget(returnTo);
    }
    return taken;
  }
}
