package dev.hubkit.nats.jetstream;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** A client that can send subjects of any bytes, which client libraries refuse. */
final class RawPeer implements Closeable {
  private static final int PATIENCE_MILLIS = 10_000;

  private final int port;
  private int asked;
  private Socket socket;
  private DataInputStream in;

  RawPeer(int port) throws IOException {
    this.port = port;
    connect();
  }

  private void connect() throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(PATIENCE_MILLIS);
    in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream()));
    line();
    send("CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true}\r\n");
    send("SUB in.* 1\r\n");
    send("PING\r\n");
    String answer = line();
    if (!answer.equals("PONG")) {
      throw new IOException(answer);
    }
  }

  private void send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException();
      }
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(StandardCharsets.UTF_8);
  }

  /** Sends a request and returns the payload of the answer, or any other line that came instead. */
  String ask(byte[] subject, byte[] body) throws IOException {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.write("PUB ".getBytes(StandardCharsets.UTF_8));
    request.write(subject);
    String inbox = "in." + ++asked;
    request.write((" " + inbox + " " + body.length + "\r\n").getBytes(StandardCharsets.UTF_8));
    request.write(body);
    request.write("\r\n".getBytes(StandardCharsets.UTF_8));
    socket.getOutputStream().write(request.toByteArray());
    try {
      return answer(inbox);
    } catch (SocketTimeoutException e) {
      return "no answer";
    } catch (EOFException e) {
      connect();
      return "closed";
    }
  }

  private String answer(String inbox) throws IOException {
    while (true) {
      String line = line();
      if (line.startsWith("MSG ") || line.startsWith("HMSG ")) {
        String[] fields = line.split(" ", -1);
        byte[] payload = new byte[Integer.parseInt(fields[fields.length - 1])];
        in.readFully(payload);
        line();
        if (fields[1].equals(inbox)) {
          return new String(payload, StandardCharsets.UTF_8);
        }
      }
      if (line.startsWith("-ERR")) {
        close();
        connect();
        return line;
      }
      if (line.equals("PING")) {
        send("PONG\r\n");
      }
    }
  }

  /** Shortens an answer of the API to its error, or to its success and the name in it. */
  static String brief(String answer) {
    if (!answer.startsWith("{")) {
      return answer.strip();
    }
    JsonObject json = Json.parseObject(answer);
    JsonObject error = json.object("error");
    if (error == null) {
      JsonObject config = json.object("config");
      return "good" + (config == null ? "" : " " + config.string("name", ""));
    }
    String text = error.string("description", "");
    return error.integer("code", 0) + " " + error.integer("err_code", 0) + " " + text;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
