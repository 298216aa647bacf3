package dev.hubkit.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A client that sends what it likes, byte by byte if need be. */
public final class RawClient implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;

  private RawClient(Socket socket) throws IOException {
    this.socket = socket;
    this.in = socket.getInputStream();
  }

  /** Connects to a port of this machine; reads give up after 20 seconds. */
  public static RawClient to(int port) throws IOException {
    return of(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  /** Connects as one that takes as little as it can before somebody reads. */
  public static RawClient withSmallWindowTo(int port) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return of(socket);
  }

  /** One on a connection that there is. */
  public static RawClient of(Socket socket) throws IOException {
    socket.setSoTimeout(20_000);
    return new RawClient(socket);
  }

  /** Sends characters, each a byte. */
  public RawClient send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Sends bytes. */
  public RawClient send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
    return this;
  }

  /** Sends nothing more. */
  public RawClient end() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  /** The socket. */
  public Socket socket() {
    return socket;
  }

  /** Everything until the server closes. */
  public String readAll() throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  /** A head, with its empty line; what there was when the server closed before its end. */
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

  /** A head and the body that its Content-Length announces. */
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

  /** Reads so many bytes, or fewer at the end. */
  public byte[] read(int count) throws IOException {
    return in.readNBytes(count);
  }

  /** The next chunked body, without its framing. */
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
