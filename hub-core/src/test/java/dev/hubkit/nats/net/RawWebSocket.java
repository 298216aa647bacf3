package dev.hubkit.nats.net;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** A WebSocket client that can break every rule of the protocol. Not thread-safe. */
public final class RawWebSocket implements AutoCloseable {
  public static final int BINARY = 2;

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;

  /** A frame as the server sent it. */
  public record Frame(int opcode, boolean compressed, byte[] payload) {
    public String text() {
      return new String(payload, StandardCharsets.ISO_8859_1);
    }
  }

  /** Takes over a connected socket. */
  public RawWebSocket(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(socket.getInputStream());
    this.out = socket.getOutputStream();
  }

  /** Returns the request for the upgrade, with compression. */
  public static byte[] request() {
    return ("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
            + "client_no_context_takeover\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** Requests the upgrade and reads the response. */
  public String upgrade() throws IOException {
    return upgrade(request());
  }

  /** Sends a request for the upgrade and reads the head of the response. */
  public String upgrade(byte[] request) throws IOException {
    out.write(request);
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    while (!answer.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
      answer.write(in.readUnsignedByte());
    }
    return answer.toString(StandardCharsets.US_ASCII);
  }

  /** Returns the bytes compressed without context takeover. */
  public static byte[] deflate(byte[] plain) {
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
    try {
      deflater.setInput(plain);
      byte[] buffer = new byte[plain.length + plain.length / 8 + 64];
      int length = deflater.deflate(buffer, 0, buffer.length, Deflater.SYNC_FLUSH);
      return java.util.Arrays.copyOf(buffer, length - 4);
    } finally {
      deflater.end();
    }
  }

  /** Returns a frame that is masked with zeros. */
  public static byte[] frame(int opcode, boolean last, boolean compressed, byte[] payload) {
    ByteBuffer frame = ByteBuffer.allocate(payload.length + 14);
    frame.put((byte) ((last ? 0x80 : 0) | (compressed ? 0x40 : 0) | opcode));
    if (payload.length < 126) {
      frame.put((byte) (0x80 | payload.length));
    } else if (payload.length < 0x10000) {
      frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
    } else {
      frame.put((byte) (0x80 | 127)).putLong(payload.length);
    }
    frame.putInt(0).put(payload);
    return java.util.Arrays.copyOf(frame.array(), frame.position());
  }

  public void send(byte[] bytes) throws IOException {
    out.write(bytes);
  }

  /** Sends text as one message. */
  public void send(String text, boolean compressed) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    out.write(frame(BINARY, true, compressed, compressed ? deflate(bytes) : bytes));
  }

  /** Reads the next frame. */
  public Frame next() throws IOException {
    int first = in.readUnsignedByte();
    int size = in.readUnsignedByte();
    long length = size < 126 ? size : size == 126 ? in.readUnsignedShort() : in.readLong();
    byte[] payload = new byte[(int) length];
    in.readFully(payload);
    boolean compressed = (first & 0x40) != 0;
    return new Frame(first & 0xf, compressed, compressed ? inflate(payload) : payload);
  }

  private static byte[] inflate(byte[] compressed) throws IOException {
    Inflater inflater = new Inflater(true);
    try {
      ByteArrayOutputStream plain = new ByteArrayOutputStream();
      byte[] input = java.util.Arrays.copyOf(compressed, compressed.length + 4);
      input[input.length - 2] = (byte) 0xff;
      input[input.length - 1] = (byte) 0xff;
      inflater.setInput(input);
      byte[] buffer = new byte[8192];
      for (int count = inflater.inflate(buffer); count > 0; count = inflater.inflate(buffer)) {
        plain.write(buffer, 0, count);
      }
      return plain.toByteArray();
    } catch (DataFormatException e) {
      throw new IOException(e);
    } finally {
      inflater.end();
    }
  }

  /** Reads data frames until the text contains {@code end}; returns the whole text. */
  public String readUntil(String end) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.indexOf(end) < 0) {
      text.append(next().text());
    }
    return text.toString();
  }

  /** Reads until the server ends the connection. */
  public void awaitEnd() throws IOException {
    try {
      while (true) {
        next();
      }
    } catch (EOFException e) {
      // This is the awaited end.
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
