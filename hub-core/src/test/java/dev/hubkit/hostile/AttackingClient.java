package dev.hubkit.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/** A client of any protocol that sends what it likes. Not thread-safe. */
final class AttackingClient implements AutoCloseable {
  private static final int LONGEST_LINE = 1 << 20;

  private final Sockets sockets;
  private Socket socket;
  private InputStream in;
  private OutputStream out;
  private boolean held;
  private int requests;

  AttackingClient(Sockets sockets, Socket socket) throws IOException {
    this.sockets = sockets;
    this.socket = socket;
    in = new BufferedInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  /** Returns the socket, or the layer around it. */
  Socket socket() {
    return socket;
  }

  /** Continues over another layer on the same socket. */
  void over(Socket layer) throws IOException {
    in = new BufferedInputStream(layer.getInputStream());
    out = layer.getOutputStream();
  }

  /** Makes {@link #close} leave the connection open until the time of its socket is up. */
  void hold() {
    held = true;
  }

  void send(String text) throws IOException, InterruptedException {
    send(text.getBytes(UTF_8));
  }

  /** Sends in pieces, so that other clients get their share of the rate. */
  void send(byte[] bytes) throws IOException, InterruptedException {
    for (int at = 0; at < bytes.length; at += 64 * 1024) {
      int length = Math.min(64 * 1024, bytes.length - at);
      sockets.throttle().take(length);
      out.write(bytes, at, length);
    }
    out.flush();
  }

  /** Reads the next line, without its end. */
  String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("closed after " + line.toString(UTF_8));
      }
      if (line.size() == LONGEST_LINE) {
        throw new IOException("a line without end");
      }
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(UTF_8);
  }

  /** Reads up to {@code most} bytes; returns fewer when the other side closes. */
  byte[] read(int most) throws IOException {
    return in.readNBytes(most);
  }

  /** Reads until the other side closes, but at most {@code most} bytes. */
  void drain(int most) throws IOException {
    byte[] buffer = new byte[16 * 1024];
    for (int left = most; left > 0; ) {
      int read = in.read(buffer);
      if (read < 0) {
        return;
      }
      left -= read;
    }
  }

  /** Logs in to NATS with more fields of CONNECT, such as {@code ,"name":"x"}, and awaits PONG. */
  void login(String user, String password, String more) throws IOException, InterruptedException {
    line(); // INFO
    send(connect(user, password, more) + "PING\r\n");
    awaitPong();
  }

  static String connect(String user, String password, String more) {
    return "CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true,\"user\":\""
        + user
        + "\",\"pass\":\""
        + password
        + "\""
        + more
        + "}\r\n";
  }

  /** Waits until the server has processed everything sent before. */
  void ping() throws IOException, InterruptedException {
    send("PING\r\n");
    awaitPong();
  }

  private void awaitPong() throws IOException, InterruptedException {
    while (true) {
      String line = line();
      if (line.equals("PONG")) {
        return;
      }
      handle(line);
    }
  }

  /** Handles a line; returns the payload of a message, or null for any other line. */
  private String handle(String line) throws IOException, InterruptedException {
    if (line.equals("PING")) {
      send("PONG\r\n");
    } else if (line.startsWith("-ERR")) {
      throw new IOException(line);
    } else if (line.startsWith("MSG ") || line.startsWith("HMSG ")) {
      int size = Integer.parseInt(line.substring(line.lastIndexOf(' ') + 1));
      return new String(in.readNBytes(size + 2), UTF_8);
    }
    return null;
  }

  /** Sends a request to a service, and returns the answer. */
  String request(String subject, String body) throws IOException, InterruptedException {
    String inbox = "_INBOX.raw." + ++requests;
    byte[] bytes = body.getBytes(UTF_8);
    send("SUB " + inbox + " " + requests + "\r\nUNSUB " + requests + " 1\r\n");
    send("PUB " + subject + " " + inbox + " " + bytes.length + "\r\n" + body + "\r\n");
    while (true) {
      String line = line();
      String payload = handle(line);
      if (payload != null && line.contains(" " + inbox + " ")) {
        return payload;
      }
    }
  }

  @Override
  public void close() {
    if (!held) {
      sockets.release(socket);
    }
  }
}
