package dev.hubkit.fossil.sync;

import java.io.IOException;
import java.io.InputStream;

/** Carries messages to a server in the same JVM. */
final class LocalTransport implements SyncTransport {
  private final SyncServer server;

  LocalTransport(SyncServer server) {
    this.server = server;
  }

  @Override
  public Answer exchange(MessageFormat format, Body body) throws IOException {
    MessageBuffer request = new MessageBuffer();
    body.writeTo(request);
    try (InputStream in = request.open()) {
      SyncReply reply = server.answer(format, in, null);
      return new Answer(reply.format(), reply.open());
    }
  }

  @Override
  public void cancel() {
    // An exchange within the JVM does not wait for anyone.
  }

  @Override
  public void close() {
    // The owner of the server closes it.
  }
}
