package dev.hubkit.junit.stub;

import dev.hubkit.junit.message.MessageView;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A request to stubs, and what became of it. Thread-safe. */
public final class StubCall {
  private final StubRequest request;
  private final String account;
  private final @Nullable Stub stub;
  private final CallLog log;
  private final long arrived;
  private final List<MessageView> replies = new ArrayList<>();
  private String failure = "";
  private boolean finished;
  private boolean kept = true;

  StubCall(StubRequest request, String account, @Nullable Stub stub, CallLog log, long arrived) {
    this.log = log;
    this.request = request;
    this.account = account;
    this.stub = stub;
    this.arrived = arrived;
  }

  /** Returns the request. */
  public StubRequest request() {
    return request;
  }

  /** Returns the replies so far, error replies among them, oldest first. */
  public synchronized List<MessageView> replies() {
    return List.copyOf(replies);
  }

  /** Returns why a function, template or forwarding failed; empty if none has. */
  public synchronized Optional<String> failure() {
    return failure.isEmpty() ? Optional.empty() : Optional.of(failure);
  }

  /** Returns the stub that answers; null if none matched. */
  @Nullable Stub stub() {
    return stub;
  }

  String account() {
    return account;
  }

  /** Returns where it is recorded. */
  CallLog log() {
    return log;
  }

  /** Returns when it arrived, in nanoseconds of the hub's monotonic time. */
  long arrived() {
    return arrived;
  }

  synchronized void replied(MessageView reply) {
    replies.add(reply);
  }

  synchronized boolean isKept() {
    return kept;
  }

  /** Notes that the log has no more room for it. */
  synchronized void drop() {
    kept = false;
  }

  synchronized void failed(String why) {
    failure = why;
  }

  /** Notes that the stub is done with the request; false if it was before. */
  synchronized boolean finish() {
    boolean first = !finished;
    finished = true;
    return first;
  }

  @Override
  public synchronized String toString() {
    String line = request.toString();
    if (!failure.isEmpty()) {
      return line + " -> " + failure;
    }
    if (replies.isEmpty()) {
      return line;
    }
    MessageView last = replies.get(replies.size() - 1);
    String error = header(last, ReplySender.ERROR);
    return line
        + " -> "
        + (error.isEmpty()
            ? "replied" + StubRequest.payloadText(last.payload())
            : "error " + header(last, ReplySender.ERROR_CODE) + " " + error);
  }

  private static String header(MessageView message, String name) {
    return message.headers().getOrDefault(name, List.of("")).get(0);
  }
}
