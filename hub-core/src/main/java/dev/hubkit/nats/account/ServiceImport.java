package dev.hubkit.nats.account;

import dev.hubkit.nats.subject.ReservedSubjects;
import dev.hubkit.nats.subject.SubjectTransform;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.trace.TraceHeaders;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A subject of this account on which a service of another account is asked. */
final class ServiceImport extends SelectiveSubscriber {
  private final SubjectSpace importer;
  private final SubjectSpace exporter;
  private final ServiceReplyMapping replies;
  private final ServiceExport export;
  private final RequesterShare disclosure;
  private final String local;
  private final String remote;
  // Null where the subject is the same in both.
  private final @Nullable SubjectTransform outward;
  private final Predicate<String> unless;
  private final boolean sparingJetStream;

  /**
   * Makes an import.
   *
   * @param replies the way back of the requests to the services of the exporter
   * @param local the subject here, may have wildcards
   * @param remote the subject there, with wildcards, or with {@code $1} or {@code {{wildcard(1)}}}
   *     for those here
   * @param unless says which subjects of requests here are left to others
   * @param sparingJetStream whether it drops requests to JetStream that the server would make for
   *     somebody who may not
   */
  ServiceImport(
      SubjectSpace importer,
      SubjectSpace exporter,
      ServiceReplyMapping replies,
      ServiceExport export,
      String local,
      String remote,
      RequesterShare disclosure,
      Predicate<String> unless,
      boolean sparingJetStream) {
    this.unless = unless;
    this.sparingJetStream = sparingJetStream;
    this.importer = importer;
    this.exporter = exporter;
    this.replies = replies;
    this.export = export;
    this.disclosure = disclosure;
    ImportedSubjects subjects = ImportedSubjects.ofService(remote, local);
    this.local = subjects.local();
    this.remote = remote;
    if (subjects.inward() != null) {
      this.outward = subjects.inward().reverse();
    } else {
      this.outward = local.equals(remote) ? null : SubjectTransform.of(local, remote);
    }
  }

  SubjectSpace exporter() {
    return exporter;
  }

  /** Returns whether this import handles requests to the subject. */
  boolean covers(String subject) {
    return Subjects.isSubset(subject, local);
  }

  /** Returns the subject that it is asked on here, which may have wildcards. */
  String local() {
    return local;
  }

  /** Returns the subject the service has in the other account. */
  String remote() {
    return remote;
  }

  /** Returns where samples of the service's response time go; null for nowhere. */
  @Nullable ServiceLatency latency() {
    return export.latency();
  }

  boolean isShared() {
    return disclosure == RequesterShare.ALL;
  }

  /** Forwards a request; returns how many subscriptions took it. */
  @Override
  public int take(String route, Message request, WorkBatch batch) {
    if (unless.test(request.subject())) {
      return 0;
    }
    MessageTrace trace = batch.trace();
    if (trace == null) {
      return ask(request, batch);
    }
    trace.serviceImport(exporter.name(), request.subject(), subjectThere(request));
    if (export.allowTrace()) {
      // Other servers that trace the request send their events through here, to the trace's
      // destination.
      return ask(HeaderBlock.with(request, TraceHeaders.DESTINATION, replies.unexpected()), batch);
    }
    if (trace.only()) {
      return 0;
    }
    int[] taken = {0};
    new TracedDelivery(trace, batch)
        .untraced(() -> taken[0] = ask(TracedDelivery.disabled(request), batch));
    return taken[0];
  }

  private String subjectThere(Message request) {
    SubjectTransform transform = outward;
    return transform == null ? request.subject() : transform.transform(request.subject());
  }

  // The mappings of the exporter hold for requests to its services, too. One that its mappings drop
  // reaches nobody, as no subscription matches the empty subject.
  private String mappedThere(String subject) {
    if (!exporter.hasMappings()) {
      return subject;
    }
    String mapped = exporter.map(subject);
    return mapped == null ? "" : mapped;
  }

  // Something that a client has the server deliver to an import of JetStream under another name
  // would be a request in the server's name (isJSAliasRequestOnBehalf of nats-server).
  private boolean isOnBehalf(Message request, String subject, WorkBatch batch) {
    boolean answer = batch.answering();
    boolean ownRequest =
        request.reply() != null && !answer && !isAnsweringJetStream(request, batch);
    return sparingJetStream
        && (answer || batch.own())
        && !ownRequest
        && ReservedSubjects.isJetStream(subject)
        && !ReservedSubjects.isJetStream(request.subject());
  }

  private static boolean isAnsweringJetStream(Message request, WorkBatch batch) {
    String reply = request.reply();
    return batch.answeringJetStream()
        || (reply != null && reply.startsWith(ReservedSubjects.JETSTREAM));
  }

  private int ask(Message request, WorkBatch batch) {
    String subject = mappedThere(subjectThere(request));
    if (isOnBehalf(request, subject, batch)) {
      return 0;
    }
    String reply = request.reply();
    ServiceLatency.Sample sample = sample(request, batch);
    Message informed = informed(request, batch);
    boolean within = batch.importing();
    boolean before = batch.answeringJetStream();
    batch.importing(true);
    batch.answeringJetStream(isAnsweringJetStream(request, batch));
    try {
      if (reply == null) {
        if (sample != null) {
          sample.failed(400, "Bad Request", batch);
        }
        return exporter.forward(informed.withSubject(subject, null), batch);
      }
      String returnTo = replies.expect(importer, reply, export, isShared(), sample);
      int taken = exporter.forward(informed.withSubject(subject, returnTo), batch);
      if (taken == 0) {
        replies.undelivered(returnTo, batch);
      }
      return taken;
    } finally {
      batch.importing(within);
      batch.answeringJetStream(before);
    }
  }

  private ServiceLatency.@Nullable Sample sample(Message request, WorkBatch batch) {
    ServiceLatency latency = export.latency();
    Map<String, List<String>> headers = latency == null ? null : latency.sample(request);
    if (latency == null || headers == null) {
      return null;
    }
    RequesterShare shown = isShared() ? RequesterShare.ALL : RequesterShare.ROUND_TRIP;
    return new ServiceLatency.Sample(
        latency, exporter, batch.requester(), shown, headers, replies.time());
  }

  private Message informed(Message request, WorkBatch batch) {
    if (batch.importing()) {
      return request.withHeader(RequestInfo.through(request, importer.name()));
    }
    Requester requester = batch.requester();
    return requester == null
        ? request
        : request.withHeader(RequestInfo.header(request, requester, disclosure));
  }
}
