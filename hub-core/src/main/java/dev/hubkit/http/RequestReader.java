package dev.hubkit.http;

import dev.hubkit.work.WorkStep;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the requests of one connection, one after the other: gathers the head and the body of the
 * present one, and keeps what the peer sends before it has the answer. For the loop's thread.
 */
final class RequestReader implements AutoCloseable {
  private final HttpServerOptions options;
  private final SpoolSpace space;
  private final HeadReader headReader;
  private final UnreadInput unread;
  private @Nullable Intake intake;

  RequestReader(HttpServerOptions options, SpoolSpace space) {
    this.options = options;
    this.space = space;
    this.headReader = new HeadReader(options.sizes(), space);
    this.unread = new UnreadInput(space);
  }

  /** Returns whether no byte of a head has arrived. */
  boolean isHeadEmpty() {
    return headReader.isEmpty();
  }

  /** Takes what belongs to the head; returns the head when it is complete, null before. */
  @Nullable RequestHead head(ByteBuffer input) throws BadRequestException {
    if (!headReader.feed(input)) {
      return null;
    }
    WorkStep.HTTP_PARSE.reach();
    RequestHead head = headReader.head();
    headReader.close();
    return head;
  }

  /** Begins with the body that follows a head. */
  Intake begin(RequestHead head) throws BadRequestException {
    Intake begun = new Intake(head, options, space);
    intake = begun;
    return begun;
  }

  /** The request whose head is complete. */
  Intake intake() {
    Intake present = intake;
    if (present == null) {
      throw new IllegalStateException("There is no request");
    }
    return present;
  }

  /** Keeps all that remains of {@code input}; returns false when there is no room for it. */
  boolean keep(ByteBuffer input) {
    return unread.keep(input);
  }

  /** Returns what was kept, and keeps it no longer; null for nothing. */
  @Nullable ByteBuffer takeKept() {
    return unread.take();
  }

  /** Drops what was kept. */
  void dropKept() {
    unread.close();
  }

  /** Drops the present request. */
  void dropRequest() {
    headReader.close();
    Intake held = intake;
    intake = null;
    if (held != null) {
      held.close();
    }
  }

  @Override
  public void close() {
    try {
      dropRequest();
    } finally {
      dropKept();
    }
  }
}
