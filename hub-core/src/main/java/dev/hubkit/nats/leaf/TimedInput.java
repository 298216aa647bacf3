package dev.hubkit.nats.leaf;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Reads text from a socket until a time, however slowly it comes, and no byte too much, since what
 * follows may belong to another protocol. Confined to one thread.
 */
final class TimedInput {
  private final Socket socket;
  private final InputStream in;
  private final long end;
  private final int most;

  /**
   * Reads from a stream.
   *
   * @param socket the socket below the stream
   * @param most how long the text may be
   */
  TimedInput(Socket socket, InputStream in, Duration patience, int most) {
    this.socket = socket;
    this.in = in;
    this.end = System.nanoTime() + patience.toNanos();
    this.most = most;
  }

  /**
   * Reads up to and with a text.
   *
   * @throws SocketTimeoutException when it is too late
   */
  String until(String last) throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    byte[] wanted = last.getBytes(StandardCharsets.ISO_8859_1);
    int matched = 0;
    try {
      while (matched < wanted.length) {
        int read = read();
        text.write(read);
        if (text.size() > most) {
          throw new IOException("what the other side begins with is too long");
        }
        matched = read == wanted[matched] ? matched + 1 : read == wanted[0] ? 1 : 0;
      }
    } finally {
      socket.setSoTimeout(0);
    }
    return text.toString(StandardCharsets.UTF_8);
  }

  private int read() throws IOException {
    long left = end - System.nanoTime();
    if (left <= 0) {
      throw new SocketTimeoutException("too slow");
    }
    socket.setSoTimeout((int) Math.max(1, Math.min(Integer.MAX_VALUE, left / 1_000_000)));
    int read = in.read();
    if (read < 0) {
      throw new EOFException("the other side has closed the connection");
    }
    return read;
  }
}
