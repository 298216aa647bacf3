package dev.hubkit.nats.net;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client of the NATS protocol that does nothing by itself: it sends what a test gives it, and
 * returns what the server sends.
 */
public final class RawClient implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RawClient.class);
  private static final int PATIENCE_MILLIS = 30_000;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  private RawClient(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream());
    this.out = socket.getOutputStream();
  }

  /** Connects without sending anything. */
  public static RawClient connect(int port, int receiveBuffer) throws IOException {
    Socket socket = new Socket();
    try {
      if (receiveBuffer > 0) {
        socket.setReceiveBufferSize(receiveBuffer);
      }
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.setTcpNoDelay(true);
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
      return new RawClient(socket);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Connects and logs in. */
  public static RawClient open(int port) throws IOException {
    RawClient client = connect(port, 0);
    client.send("CONNECT {\"verbose\":false}\r\n");
    return client;
  }

  /** Sends text. If the connection has ended, only a later read shows it. */
  public void send(String text) {
    try {
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      log.debug("Nothing can be sent any more: {}", e.getMessage());
    }
  }

  /** Returns the next line; null at the end, or when the connection is reset. */
  public @Nullable String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try {
      for (int next = in.read(); next >= 0; next = in.read()) {
        if (next == '\n') {
          return line.toString(StandardCharsets.UTF_8).stripTrailing();
        }
        line.write(next);
      }
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      // The server has reset the connection.
      return null;
    }
    return null;
  }

  /**
   * Sends a ping and reads until the answer.
   *
   * @return the lines before the answer except INFO and pings; null when the connection has ended
   */
  public @Nullable List<String> roundTrip() throws IOException {
    List<String> lines = new ArrayList<>();
    send("PING\r\n");
    for (String line = line(); line != null; line = line()) {
      if (line.equals("PONG")) {
        return lines;
      }
      if (!line.startsWith("INFO ") && !line.equals("PING")) {
        lines.add(line);
      }
    }
    return null;
  }

  /** Returns all lines until the end, except INFO and pings. */
  public List<String> untilEnd() throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line = line(); line != null; line = line()) {
      if (!line.startsWith("INFO ") && !line.equals("PING")) {
        lines.add(line);
      }
    }
    return lines;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
