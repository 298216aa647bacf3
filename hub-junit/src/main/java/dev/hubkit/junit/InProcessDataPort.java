package dev.hubkit.junit;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.net.Pipe;
import io.nats.client.impl.DataPort;
import io.nats.client.support.NatsUri;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * The client's end of a connection within the JVM: a data port without its {@code connect} methods,
 * which no Java class outside of jnats's package can override. {@link DataPortGenerator} adds them.
 */
abstract class InProcessDataPort implements DataPort {
  private volatile @Nullable Pipe pipe;

  /** Connects to the server at {@code address}, a {@link NatsUri} or its text. */
  final void open(Object address) throws IOException {
    NatsUri uri;
    try {
      uri = address instanceof NatsUri known ? known : new NatsUri(address.toString());
    } catch (URISyntaxException e) {
      throw new IOException("Not the address of a NATS server: " + address, e);
    }
    try {
      pipe =
          NatsServer.find(uri.getHost(), uri.getPort())
              .orElseThrow(
                  () -> new ConnectException("No NATS server of this JVM listens at " + uri))
              .connectInProcess();
    } catch (IllegalStateException e) {
      throw new IOException("The NATS server at " + uri + " has been closed", e);
    }
  }

  private Pipe pipe() throws IOException {
    Pipe open = pipe;
    if (open == null) {
      throw new IOException("Not connected");
    }
    return open;
  }

  @Override
  public void upgradeToSecure() throws IOException {
    throw new IOException("A connection within the JVM has no TLS");
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    return pipe().read(to, offset, length);
  }

  @Override
  public void write(byte[] from, int length) throws IOException {
    pipe().write(from, 0, length);
  }

  @Override
  public void flush() {
    // The server has handled what was written.
  }

  @Override
  public void shutdownInput() {
    Pipe open = pipe;
    if (open != null) {
      open.endReading();
    }
  }

  @Override
  public void close() {
    Pipe open = pipe;
    if (open != null) {
      open.close();
    }
  }
}
