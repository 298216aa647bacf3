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
 * A client that does next to nothing, so that what is measured is the server: it writes prepared
 * bytes and counts the bytes that come back.
 */
final class WireClient implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  WireClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(60_000);
    in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
    out = socket.getOutputStream();
    readLine();
    send("CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"protocol\":1}\r\n");
  }

  void send(String text) throws IOException {
    out.write(text.getBytes(US_ASCII));
  }

  void send(byte[] bytes, int length) throws IOException {
    out.write(bytes, 0, length);
  }

  /** A round trip: what was sent before has been processed when this returns. */
  void ping() throws IOException {
    send("PING\r\n");
    String line = readLine();
    if (!line.equals("PONG")) {
      throw new IOException("Expected PONG, got " + line);
    }
  }

  String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("Closed by the server after \"" + line + "\"");
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
