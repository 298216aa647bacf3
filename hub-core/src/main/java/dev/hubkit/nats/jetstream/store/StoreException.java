package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A store could not do what was asked. After any of these the store is as it was before the call
 * and lives on; what was flushed before is not touched.
 */
public abstract sealed class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private StoreException(String message) {
    // Refusals by limits are everyday answers, not failures: no stack trace.
    super(message, null, false, false);
  }

  private StoreException(String message, Throwable cause) {
    super(message, cause);
  }

  /** What an error of the file system comes to: {@link NoSpace} or {@link Io}. */
  static StoreException of(String what, Path file, IOException e) {
    String text = String.valueOf(e.getMessage());
    if (text.contains("No space left")
        || text.contains("quota exceeded")
        || text.contains("not enough space")) {
      return new NoSpace(file, e);
    }
    return e instanceof WrongKeyException ? new Encrypted(what, e) : new Io(what, e);
  }

  /** A message was refused because the stream is full and discards new messages. */
  public static final class LimitReached extends StoreException {
    private static final long serialVersionUID = 1;

    private final Limit limit;

    LimitReached(Limit limit) {
      super(limit.text);
      this.limit = limit;
    }

    /** Which limit it was. */
    public Limit limit() {
      return limit;
    }
  }

  /**
   * The limits that can refuse a message. The texts are those of nats-server, where it has them.
   */
  public enum Limit {
    /** The number of messages of the stream. */
    MESSAGES("maximum messages exceeded"),
    /** The bytes of the stream. */
    BYTES("maximum bytes exceeded"),
    /** The number of messages of one subject. */
    MESSAGES_PER_SUBJECT("maximum messages per subject exceeded"),
    /** The size of one message. */
    MESSAGE_SIZE("message too large"),
    /** The highest sequence; not a limit of nats-server. */
    SEQUENCE("maximum sequence reached");

    private final String text;

    Limit(String text) {
      this.text = text;
    }

    /** The text that a publisher gets. */
    public String text() {
      return text;
    }
  }

  /** A raw message was not the next one of the stream. */
  public static final class SequenceMismatch extends StoreException {
    private static final long serialVersionUID = 1;

    SequenceMismatch() {
      super("expected sequence does not match store");
    }
  }

  /** The store has been closed or deleted. */
  public static final class Closed extends StoreException {
    private static final long serialVersionUID = 1;

    Closed() {
      super("store is closed");
    }
  }

  /** The store has failed in a way that leaves it unknown what it holds, and takes no more. */
  public static final class Unusable extends StoreException {
    private static final long serialVersionUID = 1;

    Unusable(String cause) {
      super("closed for writing until a restart, after a failure: " + cause);
    }
  }

  /** The file system has no room. The store recovers by itself when there is room again. */
  public static final class NoSpace extends StoreException {
    private static final long serialVersionUID = 1;

    NoSpace(Path file, IOException cause) {
      super("no space left on device for " + file, cause);
    }
  }

  /** The file system failed. */
  public static final class Io extends StoreException {
    private static final long serialVersionUID = 1;

    Io(String what, IOException cause) {
      super(what + ": " + cause.getMessage(), cause);
    }
  }

  /** A file is encrypted, and there is no key, or not the right one. It stays as it is. */
  public static final class Encrypted extends StoreException {
    private static final long serialVersionUID = 1;

    private final String reason;

    Encrypted(String what, IOException cause) {
      super(what + ": " + cause.getMessage(), cause);
      reason = String.valueOf(cause.getMessage());
    }

    /** Why it can't be read, in the words of nats-server. */
    public String reason() {
      return reason;
    }
  }

  /** A file is not what it should be, and nothing of it can be used. */
  public static final class Corrupt extends StoreException {
    private static final long serialVersionUID = 1;

    Corrupt(Path file, String what) {
      super(file + ": " + what);
    }
  }
}
