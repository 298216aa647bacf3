package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.AssetVersions;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.ApiSubjects;
import dev.hubkit.nats.jetstream.protocol.GetRequest;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;
import dev.hubkit.nats.jetstream.runtime.StreamContext;
import dev.hubkit.nats.jetstream.runtime.WaitingRequests;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.jetstream.store.SubjectFilter;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.work.MemoryBudget;
import dev.hubkit.work.WorkStep;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Answers direct gets (ADR-31), which read messages without the API; the responses are messages. A
 * mirror may answer for the stream that it mirrors. Confined to the stream's executor.
 */
final class DirectGet {
  private static final Log log = Log.of(DirectGet.class);
  private static final String QUEUE = "_zz_";
  private static final int MAX_SUBJECTS = 1024;
  private static final long MAX_BYTES = 64L * 1024 * 1024;
  // A whole batch waits in the client's buffer; the client asks again for what did not fit.
  private static final long ROOM = MemoryBudget.BUFFERS.limit() / 4;
  private static final byte[] NOTHING = new byte[0];

  private final StreamContext stream;
  private final List<Subscription> subscriptions = new ArrayList<>();
  private Set<String> served = Set.of();

  DirectGet(StreamContext stream) {
    this.stream = stream;
  }

  /**
   * Subscribes to the direct gets that the configuration allows, and unsubscribes from all others.
   */
  public void subscribe() {
    StreamConfig config = stream.config();
    Set<String> wanted = new HashSet<>();
    if (config.allowDirect()) {
      wanted.add(config.name());
    }
    if (config.mirrorDirect() && config.mirror() != null) {
      wanted.add(config.mirror().name());
    }
    if (wanted.equals(served)) {
      return;
    }
    unsubscribe();
    served = wanted;
    for (String name : wanted) {
      subscribe(ApiSubjects.PREFIX + "DIRECT.GET." + name);
    }
  }

  private void subscribe(String subject) {
    Account account = stream.account();
    subscriptions.add(
        account.subscribe(
            subject,
            QUEUE,
            (subscription, message, batch) -> {
              Message kept = message.retain();
              submit(kept, taskBatch -> answer(kept, taskBatch), batch);
            }));
    int prefix = subject.length() + 1;
    subscriptions.add(
        account.subscribe(
            subject + ".>",
            QUEUE,
            (subscription, message, batch) -> {
              Message kept = message.retain();
              submit(
                  kept,
                  taskBatch -> answerLast(kept, kept.subject().substring(prefix), taskBatch),
                  batch);
            }));
  }

  // nats-server drops requests when too many wait; when memory is short, the client gets an error.
  private void submit(Message request, SerialExecutor.Task task, WorkBatch batch) {
    WaitingRequests waiting = stream.jetStream().directGets();
    int length = request.length();
    if (!waiting.add(length)) {
      log.debug("A request to {} is refused because too many others wait", request.subject());
      if (!waiting.isFull() && request.hasReply()) {
        status(request, "500 Insufficient Resources", batch);
      }
      return;
    }
    SerialExecutor.Task answered =
        taskBatch -> {
          waiting.remove(length);
          answer(request, task, taskBatch);
        };
    try {
      stream.executor().submit(answered, batch);
    } catch (Throwable e) {
      waiting.remove(length); // it does not wait
      throw e;
    }
  }

  /** Answers a request, with an error if the task fails. */
  private void answer(Message request, SerialExecutor.Task task, WorkBatch batch) {
    try {
      stream.commitPending(batch);
      WorkStep.DIRECT_GET.reach();
      task.run(batch);
    } catch (Throwable e) {
      stream.jetStream().supervisor().failed(stream, e, null);
      status(request, "500 Server Error", batch);
    }
  }

  public void unsubscribe() {
    subscriptions.forEach(stream.account()::unsubscribe);
    subscriptions.clear();
    served = Set.of();
  }

  private boolean accepts(Message message, WorkBatch batch) {
    if (message.reply() == null || stream.isClosed()) {
      return false;
    }
    try {
      AssetVersions.checkRequiredLevel(
          PublishHeaders.parse(message.buffer(), message.offset(), message.headerLength()),
          stream.jetStream().compatibility());
      return true;
    } catch (ApiException e) {
      status(message, "412 Required Api Level", batch);
      return false;
    }
  }

  private void answer(Message message, WorkBatch batch) {
    if (!accepts(message, batch)) {
      return;
    }
    if (message.payloadLength() == 0) {
      status(message, "408 Empty Request", batch);
      return;
    }
    GetRequest request;
    try {
      request = parse(message);
    } catch (JsonException e) {
      status(message, "408 Malformed Request", batch);
      return;
    }
    if (request.isUnspecific()) {
      status(message, "408 Empty Request", batch);
    } else if (request.isContradictory()) {
      status(message, "408 Bad Request", batch);
    } else if (!request.multiLastFor().isEmpty()) {
      answerMulti(message, request, batch);
    } else if (request.batch() > 0) {
      answerBatch(message, request, batch);
    } else {
      answerOne(message, request, batch);
    }
  }

  private void answerLast(Message message, String subject, WorkBatch batch) {
    if (!accepts(message, batch)) {
      return;
    }
    boolean noHeaders = false;
    if (message.payloadLength() > 0) {
      try {
        GetRequest request = parse(message);
        noHeaders = request.noHeaders();
        if (request.isConsistent()
            || request.batch() != 0
            || !request.multiLastFor().isEmpty()
            || request.upToSequence() != 0
            || request.upToTime() != null) {
          status(message, "408 Bad Request", batch);
          return;
        }
      } catch (JsonException e) {
        status(message, "408 Malformed Request", batch);
        return;
      }
    }
    send(message, stream.store().last(subject), noHeaders, batch);
  }

  private static GetRequest parse(Message message) {
    return GetRequest.parse(
        Json.unmarshal(
            message.buffer(), message.payloadOffset(), message.payloadLength(), GetRequest.TYPE));
  }

  private void answerOne(Message message, GetRequest request, WorkBatch batch) {
    send(message, MessageLookup.find(stream.store(), request), request.noHeaders(), batch);
  }

  private void send(
      Message request,
      @org.jspecify.annotations.Nullable StoredMessage found,
      boolean noHeaders,
      WorkBatch batch) {
    if (found == null) {
      status(request, "404 Message Not Found", batch);
      return;
    }
    publish(request, noHeaders ? NOTHING : header(found, ""), found.payload(), batch);
  }

  private void answerBatch(Message message, GetRequest request, WorkBatch batch) {
    StreamStore store = stream.store();
    SubjectFilter filter = SubjectFilter.of(request.nextFor());
    long next = Math.max(1, MessageLookup.start(store, request));
    long pending = store.pending(filter, next, false);
    long limit = limit(request);
    long last = 0;
    long sent = 0;
    for (long i = 0; i < request.batch() && sent < limit; i++) {
      StoredMessage found = store.next(filter, next);
      if (found == null) {
        if (i == 0) {
          status(message, "404 Message Not Found", batch);
          return;
        }
        break;
      }
      // As in nats-server, responses without headers do not count what is pending.
      if (!request.noHeaders() && pending > 0) {
        pending--;
      }
      byte[] header = request.noHeaders() ? NOTHING : header(found, pendingLines(pending, last));
      publish(message, header, found.payload(), batch);
      last = found.sequence();
      next = last + 1;
      sent += found.subject().length() + found.length();
    }
    publish(message, block("204 EOB", pendingLines(pending, last)), NOTHING, batch);
  }

  private void answerMulti(Message message, GetRequest request, WorkBatch batch) {
    StreamStore store = stream.store();
    long upTo = request.upToSequence();
    if (request.upToTime() != null) {
      upTo = store.sequenceAt(Rfc3339.epochNanos(request.upToTime()));
      if (upTo <= store.firstSequence()) {
        status(message, "404 No Results", batch);
        return;
      }
      upTo--;
    }
    if (upTo == 0) {
      upTo = store.lastSequence();
    } else if (upTo > store.lastSequence() && stream.config().storage() == StorageType.FILE) {
      // nats-server looks for the file that holds this sequence, and there is none.
      status(message, "404 No Results", batch);
      return;
    }
    long[] sequences =
        store.lastSequences(SubjectFilter.of(request.multiLastFor()), upTo, MAX_SUBJECTS);
    if (sequences == null) {
      status(message, "413 Too Many Results", batch);
      return;
    }
    if (sequences.length == 0) {
      status(message, "404 No Results", batch);
      return;
    }
    sendMulti(message, request, sequences, upTo, batch);
  }

  private void sendMulti(
      Message message, GetRequest request, long[] sequences, long upTo, WorkBatch batch) {
    StreamStore store = stream.store();
    long limit = limit(request);
    long pending = sequences.length;
    long last = 0;
    long bytes = 0;
    long sent = 0;
    for (long sequence : sequences) {
      if (sequence < request.sequence()) {
        pending--;
        continue;
      }
      StoredMessage found = store.get(sequence);
      if (found == null) {
        status(message, "404 Message Not Found", batch);
        return;
      }
      pending--;
      publish(message, header(found, pendingLines(pending, last)), found.payload(), batch);
      last = sequence;
      bytes += found.subject().length() + found.length();
      sent++;
      if (bytes >= limit || sent == request.batch()) {
        break;
      }
    }
    String lines = pendingLines(pending, last) + "Nats-UpTo-Sequence: " + upTo + "\r\n";
    publish(message, block("204 EOB", lines), NOTHING, batch);
  }

  private static long limit(GetRequest request) {
    long asked = request.maxBytes();
    return asked > 0 ? Math.min(asked, ROOM) : Math.min(MAX_BYTES, ROOM);
  }

  private static String pendingLines(long pending, long last) {
    return "Nats-Num-Pending: " + pending + "\r\nNats-Last-Sequence: " + last + "\r\n";
  }

  private byte[] header(StoredMessage message, String more) {
    String lines =
        "Nats-Stream: "
            + stream.name()
            + "\r\nNats-Subject: "
            + message.subject()
            + "\r\nNats-Sequence: "
            + message.sequence()
            + "\r\nNats-Time-Stamp: "
            + Rfc3339.format(message.timestamp())
            + "\r\n"
            + more;
    if (message.headerLength() == 0) {
      return block("", lines);
    }
    byte[] added = (lines + "\r\n").getBytes(StandardCharsets.UTF_8);
    int kept = message.headerLength() - 2;
    byte[] header = new byte[kept + added.length];
    System.arraycopy(message.buffer(), message.offset(), header, 0, kept);
    System.arraycopy(added, 0, header, kept, added.length);
    return header;
  }

  private static byte[] block(String status, String lines) {
    String first = status.isEmpty() ? "NATS/1.0\r\n" : "NATS/1.0 " + status + "\r\n";
    return (first + lines + "\r\n").getBytes(StandardCharsets.UTF_8);
  }

  private void status(Message request, String status, WorkBatch batch) {
    publish(request, block(status, ""), NOTHING, batch);
  }

  private void publish(Message request, byte[] header, byte[] payload, WorkBatch batch) {
    String reply = request.reply();
    if (reply != null) {
      stream.account().publish(Message.of(reply, null, header, payload), batch);
    }
  }
}
