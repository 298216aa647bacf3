package dev.hubkit.http;

import dev.hubkit.log.Log;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A request whose body is arriving. For the loop's thread, except {@link #ask}. */
final class Intake implements AutoCloseable {
  private static final Log log = Log.of(Intake.class);

  private final RequestHead head;
  private final BodyLimit limit;
  private final long largest;
  private final @Nullable BodyReader reader;
  private final @Nullable Spool body;
  private long allowed;
  private boolean asked;

  /** What the connection does next. */
  enum Next {
    MORE,
    COMPLETE,
    /** It calls {@link Intake#ask} on another thread. */
    ASK
  }

  Intake(RequestHead head, HttpServerOptions options, SpoolSpace space) throws BadRequestException {
    this.head = head;
    this.limit = options.bodyLimit();
    this.largest = options.sizes().body();
    if (head.bodyLength() > largest) {
      throw new BadRequestException(413, "");
    }
    boolean none = head.bodyLength() == 0;
    this.body = none ? null : new Spool(space, options.sizes().inMemory());
    this.reader =
        none
            ? null
            : head.bodyLength() == RequestHead.CHUNKED
                ? new BodyReader.Chunked()
                : new BodyReader.Fixed(head.bodyLength());
    this.allowed = Math.min(limit.unasked(), largest);
  }

  RequestHead head() {
    return head;
  }

  @Nullable Spool body() {
    return body;
  }

  /** Returns whether there is no body to wait for. */
  boolean isComplete() {
    return reader == null;
  }

  /** Takes bytes of the body. */
  Next feed(ByteBuffer input) throws IOException {
    if (reader == null || body == null) {
      return Next.COMPLETE;
    }
    try {
      if (reader.feed(input, body, allowed - body.size())) {
        return Next.COMPLETE;
      }
    } catch (NoSpoolSpaceException e) {
      throw new BadRequestException(503, "too many uploads at once");
    } catch (BadRequestException e) {
      throw e;
    } catch (IOException e) {
      log.error("The body of a request could not be kept until all of it is here", e);
      throw new BadRequestException(507, "no space for uploads");
    }
    boolean isFull = body.size() >= allowed;
    if (!isFull || (!input.hasRemaining() && head.bodyLength() == RequestHead.CHUNKED)) {
      return Next.MORE;
    }
    if (asked || allowed >= largest) {
      throw new BadRequestException(413, "");
    }
    return Next.ASK;
  }

  /** Asks how large the body may be. Not for the loop's thread. */
  long ask() throws IOException {
    if (body == null) {
      return 0;
    }
    try {
      return limit.largest(head.method(), head.uri(), head.headers(), body.open());
    } catch (IOException e) {
      log.debug("The beginning of a large body makes no sense", e);
      return 0;
    }
  }

  /** Sets the answer of {@link #ask}, and returns whether the rest of the body may come. */
  boolean allow(long most) {
    asked = true;
    allowed = Math.min(most, largest);
    return body != null && allowed > body.size() && head.bodyLength() <= allowed;
  }

  @Override
  public void close() {
    if (body != null) {
      try {
        body.close();
      } catch (IOException e) {
        log.debug("Closing a body failed", e);
      }
    }
  }

  @Override
  public String toString() {
    return "the size of " + head;
  }
}
