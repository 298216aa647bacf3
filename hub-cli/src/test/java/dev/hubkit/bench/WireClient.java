package dev.hubkit.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;

/**
 * A client that does next to nothing, so that a measurement shows the server: it writes prepared
 * bytes, and counts the bytes or the messages that come back.
 */
final class WireClient implements AutoCloseable {
  // With protocol 0 a server sends no INFO later on, which the client would count with the rest.
  private static final String CONNECT =
      "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"protocol\":0}\r\n";

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private byte[] line = new byte[512];
  private int lineLength;

  WireClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(120_000);
    in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
    out = socket.getOutputStream();
    readLine();
    send(CONNECT);
  }

  void send(String text) throws IOException {
    out.write(text.getBytes(US_ASCII));
  }

  void send(byte[] bytes, int length) throws IOException {
    out.write(bytes, 0, length);
  }

  /** Makes a round trip: when this returns, the server has processed everything sent before. */
  void ping() throws IOException {
    send("PING\r\n");
    while (true) {
      readLine();
      if (is("PONG")) {
        return;
      }
      if (!is("PING")) {
        throw new IOException("Expected PONG, got " + text());
      }
      send("PONG\r\n");
    }
  }

  /** Reads the next message and returns its reply subject; empty when it has none. */
  String message() throws IOException {
    while (true) {
      readLine();
      if (is("PING")) {
        send("PONG\r\n");
      } else if (lineLength > 4 && line[0] == 'M' && line[1] == 'S') {
        int size = number();
        in.skipNBytes(size + 2L);
        return reply();
      } else if (lineLength > 5 && line[0] == 'H' && line[1] == 'M') {
        throw new IOException("Status: " + new String(in.readNBytes(number() + 2), US_ASCII));
      } else {
        throw new IOException("Expected a message, got " + text());
      }
    }
  }

  /** Reads the next message and returns its payload. */
  String payload() throws IOException {
    while (true) {
      readLine();
      if (is("PING")) {
        send("PONG\r\n");
      } else {
        byte[] payload = in.readNBytes(number() + 2);
        return new String(payload, 0, payload.length - 2, US_ASCII);
      }
    }
  }

  /** Returns the number at the end of the line. */
  private int number() {
    int value = 0;
    int from = lineLength;
    while (line[from - 1] != ' ') {
      from--;
    }
    for (int i = from; i < lineLength; i++) {
      value = value * 10 + line[i] - '0';
    }
    return value;
  }

  // MSG subject sid [reply] size
  private String reply() {
    int[] spaces = new int[4];
    int count = 0;
    for (int i = 0; i < lineLength && count < 4; i++) {
      if (line[i] == ' ') {
        spaces[count++] = i;
      }
    }
    return count < 4 ? "" : new String(line, spaces[2] + 1, spaces[3] - spaces[2] - 1, US_ASCII);
  }

  private boolean is(String expected) {
    return lineLength == expected.length() && text().equals(expected);
  }

  private String text() {
    return new String(line, 0, lineLength, US_ASCII);
  }

  private void readLine() throws IOException {
    int length = 0;
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException(
            "Closed by the server after \"" + new String(line, 0, length, US_ASCII) + "\"");
      }
      if (b != '\r') {
        if (length == line.length) {
          line = java.util.Arrays.copyOf(line, length * 2);
        }
        line[length++] = (byte) b;
      }
    }
    lineLength = length;
  }

  /** Skips {@code count} bytes, whatever they are. */
  void skip(long count) throws IOException {
    in.skipNBytes(count);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
