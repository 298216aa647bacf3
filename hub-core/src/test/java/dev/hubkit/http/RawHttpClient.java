package dev.hubkit.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A client that sends whatever a test wants, byte by byte if need be. */
public final class RawHttpClient implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;

  private RawHttpClient(Socket socket) throws IOException {
    this.socket = socket;
    this.in = socket.getInputStream();
  }

  /** Connects to a port of this machine; reads give up after 20 seconds. */
  public static RawHttpClient to(int port) throws IOException {
    return of(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  /** Connects with a window so small that little arrives before somebody reads. */
  public static RawHttpClient withSmallWindowTo(int port) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return of(socket);
  }

  /** Returns a client on an existing connection. */
  public static RawHttpClient of(Socket socket) throws IOException {
    socket.setSoTimeout(20_000);
    return new RawHttpClient(socket);
  }

  /** Sends characters, one byte each. */
  public RawHttpClient send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Sends bytes. */
  public RawHttpClient send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
    return this;
  }

  /** Sends nothing more. */
  public RawHttpClient end() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  /** Returns the socket. */
  public Socket socket() {
    return socket;
  }

  /** Reads everything until the server closes. */
  public String readAll() throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  /**
   * Reads a head, with its empty line; returns what there was when the server closes before its
   * end.
   */
  public String readHead() throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int b = in.read();
      if (b < 0) {
        return head.toString();
      }
      head.append((char) b);
    }
    return head.toString();
  }

  /** Reads a head and the body that its Content-Length announces. */
  public String readAnswer() throws IOException {
    String head = readHead();
    for (String line : head.lines().toList()) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length: ")) {
        int length = Integer.parseInt(line.substring(16));
        return head + new String(in.readNBytes(length), StandardCharsets.ISO_8859_1);
      }
    }
    return head;
  }

  /** Reads {@code count} bytes, or fewer at the end. */
  public byte[] read(int count) throws IOException {
    return in.readNBytes(count);
  }

  /** Reads the next chunked body, and returns it without its framing. */
  public byte[] readChunks() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      StringBuilder line = new StringBuilder();
      while (line.indexOf("\r\n") < 0) {
        int b = in.read();
        if (b < 0) {
          throw new IOException("the body has no end");
        }
        line.append((char) b);
      }
      int size = Integer.parseInt(line.toString().strip(), 16);
      body.write(in.readNBytes(size));
      in.readNBytes(2);
      if (size == 0) {
        return body.toByteArray();
      }
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
