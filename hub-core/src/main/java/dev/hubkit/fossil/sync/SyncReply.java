package dev.hubkit.fossil.sync;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** The answer to a sync message, ready to be sent. */
public final class SyncReply {
  private final MessageFormat format;
  private final MessageBuffer body;

  SyncReply(MessageFormat format, MessageBuffer message) {
    this.format = format;
    this.body = message.encode(format);
  }

  /** How the body is packed. */
  public MessageFormat format() {
    return format;
  }

  /** The length of the body in bytes; never 0. */
  public long length() {
    return body.size();
  }

  /** Reads the body. */
  InputStream open() {
    return body.open();
  }

  /** Writes the body. */
  public void writeTo(OutputStream out) throws IOException {
    body.writeTo(out);
  }
}
