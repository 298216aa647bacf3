package dev.hubkit.junit.replay;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hubkit.fixture.RecordedMessage;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.credential.ClientCredentials;
import dev.hubkit.nats.net.Pipe;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection within the JVM that publishes: when {@link #publish} returns, the server has handled
 * the message. A thread reads what the server sends, and answers its PINGs. Thread-safe.
 */
final class ReplayConnection implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 20;
  private static final int LONGEST_LINE = 1 << 16;

  private final Pipe pipe;
  private volatile CountDownLatch pong = new CountDownLatch(1);
  private final Thread reader = new Thread(this::read, "hub-junit-replay-reader");
  private volatile String error = "";

  private ReplayConnection(Pipe pipe) {
    this.pipe = pipe;
  }

  /**
   * Connects and logs in.
   *
   * @throws IllegalStateException if the server does not let it in
   */
  static ReplayConnection open(
      NatsServer server, String name, @Nullable ClientCredentials credentials) {
    ReplayConnection connection = new ReplayConnection(server.connectInProcess());
    connection.reader.setDaemon(true);
    connection.reader.start();
    boolean done = false;
    try {
      connection.logIn(name, credentials);
      done = true;
      return connection;
    } catch (IOException e) {
      throw new IllegalStateException(
          "The server does not let the replay in: "
              + (connection.error.isEmpty() ? e.getMessage() : connection.error),
          e);
    } finally {
      if (!done) {
        connection.close();
      }
    }
  }

  private void logIn(String name, @Nullable ClientCredentials credentials) throws IOException {
    JsonWriter connect =
        JsonWriter.compact()
            .beginObject()
            .field("verbose", false)
            .field("pedantic", false)
            .field("name", name)
            .field("lang", "java")
            .field("version", "hub")
            .field("headers", true)
            .field("protocol", 1);
    if (credentials != null) {
      credentials.show(connect, "");
    }
    send("CONNECT " + new String(connect.endObject().toBytes(), UTF_8) + "\r\n");
    flush();
  }

  /**
   * Waits until everything that the server has to say about what was sent has come.
   *
   * @throws IOException if the server has sent an error
   */
  void flush() throws IOException {
    CountDownLatch answer = new CountDownLatch(1);
    pong = answer;
    send("PING\r\n");
    try {
      if (!answer.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("no answer within " + PATIENCE_SECONDS + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    if (!error.isEmpty()) {
      throw new IOException(error);
    }
  }

  private synchronized void send(String text) throws IOException {
    byte[] bytes = text.getBytes(UTF_8);
    pipe.write(bytes, 0, bytes.length);
  }

  /** Publishes a message. */
  synchronized void publish(RecordedMessage message) throws IOException {
    byte[] header = message.headerBlock();
    byte[] payload = message.payload();
    String target = message.subject() + message.reply().map(reply -> " " + reply).orElse("");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    String operation =
        header.length == 0
            ? "PUB " + target + " " + payload.length
            : "HPUB " + target + " " + header.length + " " + (header.length + payload.length);
    out.writeBytes((operation + "\r\n").getBytes(UTF_8));
    out.writeBytes(header);
    out.writeBytes(payload);
    out.writeBytes(new byte[] {'\r', '\n'});
    pipe.write(out.toByteArray(), 0, out.size());
  }

  /** Returns the first error that the server has sent; empty for none. */
  String error() {
    return error;
  }

  /** Returns why the connection has ended, as the server says it if it does. */
  String end(IOException failure) {
    try {
      // What the server said before it closed the connection may not have been read.
      reader.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return error.isEmpty() ? String.valueOf(failure.getMessage()) : error;
  }

  // Without subscriptions, the server sends nothing but lines.
  private void read() {
    byte[] chunk = new byte[4096];
    StringBuilder line = new StringBuilder();
    try {
      for (int count = pipe.read(chunk, 0, chunk.length);
          count >= 0;
          count = pipe.read(chunk, 0, chunk.length)) {
        for (int i = 0; i < count; i++) {
          if (chunk[i] == '\n') {
            handle(line.toString().strip());
            line.setLength(0);
          } else if (line.length() < LONGEST_LINE) {
            line.append((char) chunk[i]);
          }
        }
      }
    } catch (IOException e) {
      // The connection has ended, which the next publish tells.
    } finally {
      pong.countDown();
    }
  }

  private void handle(String line) throws IOException {
    if (line.equals("PING")) {
      send("PONG\r\n");
    } else if (line.equals("PONG")) {
      pong.countDown();
    } else if (line.startsWith("-ERR") && error.isEmpty()) {
      error = line.substring("-ERR".length()).strip();
    }
  }

  @Override
  public void close() {
    pipe.close();
  }
}
