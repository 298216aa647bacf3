package dev.hubkit.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;

/**
 * A NATS connection that does next to nothing, so that a benchmark measures the server: it writes
 * prepared bytes and counts the bytes that come back.
 */
final class LoadConnection implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 60_000;
  private static final int LONGEST_LINE = 64 << 10;

  private final Socket socket = new Socket();
  private final InputStream in;
  private final OutputStream out;

  LoadConnection(URI server) throws IOException {
    boolean ready = false;
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      int port = server.getPort() < 0 ? 4222 : server.getPort();
      socket.connect(new InetSocketAddress(server.getHost(), port), TIMEOUT_MILLIS);
      in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
      out = socket.getOutputStream();
      JsonObject info = info(server);
      if (info.bool("tls_required", false)) {
        throw new IOException(server + " wants TLS, which hub bench does not speak");
      }
      JsonWriter connect = JsonWriter.compact().beginObject();
      connect.field("verbose", false).field("pedantic", false).field("headers", true);
      connect.field("no_responders", true);
      String user = server.getUserInfo();
      if (user != null) {
        int colon = user.indexOf(':');
        connect.field("user", colon < 0 ? user : user.substring(0, colon));
        connect.field("pass", colon < 0 ? "" : user.substring(colon + 1));
      }
      send("CONNECT " + new String(connect.endObject().toBytes(), UTF_8) + "\r\n");
      ping();
      ready = true;
    } finally {
      if (!ready) {
        socket.close();
      }
    }
  }

  private JsonObject info(URI server) throws IOException {
    String line = readLine();
    try {
      return Json.parseObject(line.substring(Math.min(5, line.length())));
    } catch (JsonException e) {
      throw new IOException(server + " does not speak NATS", e);
    }
  }

  void send(String text) throws IOException {
    out.write(text.getBytes(UTF_8));
  }

  void send(byte[] bytes, int length) throws IOException {
    out.write(bytes, 0, length);
  }

  /** Waits for a round trip, so that the server has processed what was sent before. */
  void ping() throws IOException {
    send("PING\r\n");
    String line = readLine();
    if (!line.equals("PONG")) {
      throw new IOException("the server says: " + line);
    }
  }

  /** Reads the payload of the next message, which must have no headers. */
  byte[] readMessage() throws IOException {
    String line = readLine();
    if (!line.startsWith("MSG ")) {
      throw new IOException("the server does not answer but says: " + line);
    }
    byte[] payload = in.readNBytes(Integer.parseInt(line.substring(line.lastIndexOf(' ') + 1)));
    in.skipNBytes(2);
    return payload;
  }

  /** Asks JetStream's API; needs inbox subscription 1. */
  JsonObject ask(String subject, String inbox, String json) throws IOException {
    send("PUB " + subject + " " + inbox + " " + json.length() + "\r\n" + json + "\r\n");
    JsonObject answer = Json.parseObject(readMessage());
    JsonObject error = answer.object("error");
    if (error != null) {
      throw new IOException("JetStream says: " + error.string("description", "error"));
    }
    return answer;
  }

  String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0 || line.length() > LONGEST_LINE) {
        throw new EOFException("the server closed the connection after \"" + line + "\"");
      }
      if (b != '\r') {
        line.append((char) b);
      }
    }
    return line.toString();
  }

  void skip(long count) throws IOException {
    in.skipNBytes(count);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
