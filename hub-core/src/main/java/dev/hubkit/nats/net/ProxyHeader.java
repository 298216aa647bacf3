package dev.hubkit.nats.net;

import dev.hubkit.text.GoNumber;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The header of the PROXY protocol, version 1 or 2, with which a proxy begins a connection to tell
 * whose it is. What is valid, and what is said of the rest, is as in nats-server ({@code
 * client_proxyproto.go}). Confined to the thread that reads.
 *
 * @see <a href="https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt">The PROXY protocol</a>
 */
final class ProxyHeader {
  /** The bytes that tell the version. */
  static final int VERSION_BYTES = 6;

  /** The longest line of version 1, its end included; version 2 needs fewer bytes at once. */
  static final int LONGEST_LINE = 107;

  private static final byte[] LINE_START = "PROXY ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] SIGNATURE = {
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
  };
  private static final String INVALID = "invalid PROXY protocol header: ";
  private static final String UNSUPPORTED = "unsupported PROXY protocol feature: ";
  private static final Pattern IPV4 =
      Pattern.compile("(?:0|[1-9][0-9]{0,2})(?:\\.(?:0|[1-9][0-9]{0,2})){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
  private static final int PREFIX_BYTES = 16;
  private static final int HIGHEST_PORT = 65_535;

  private @Nullable InetSocketAddress client;
  private boolean versionKnown;
  private boolean complete;
  // Bytes of version 2 that mean nothing to a server, and are still to come.
  private int ignored;

  /** Returns the address of the client; null when the proxy did not tell one. */
  @Nullable InetSocketAddress client() {
    return client;
  }

  /** Returns whether enough has arrived to tell which version it is, if any. */
  boolean isVersionKnown() {
    return versionKnown;
  }

  /**
   * Reads on. What is left in {@code input} is given again with more behind it, or, when this
   * returns true, follows the header; where there is no header, that is everything.
   *
   * @return whether the header is complete
   * @throws IOException if there is a header that is not valid
   */
  boolean read(ByteBuffer input) throws IOException {
    if (!complete && !begin(input)) {
      return false;
    }
    int skipped = Math.min(ignored, input.remaining());
    input.position(input.position() + skipped);
    ignored -= skipped;
    return ignored == 0;
  }

  private boolean begin(ByteBuffer input) throws IOException {
    if (input.remaining() < VERSION_BYTES) {
      return false;
    }
    versionKnown = true;
    if (startsWith(input, LINE_START, VERSION_BYTES)) {
      complete = line(input);
    } else if (startsWith(input, SIGNATURE, VERSION_BYTES)) {
      complete = binary(input);
    } else {
      complete = true;
    }
    return complete;
  }

  private static boolean startsWith(ByteBuffer input, byte[] bytes, int count) {
    for (int i = 0; i < count; i++) {
      if (input.get(input.position() + i) != bytes[i]) {
        return false;
      }
    }
    return true;
  }

  // ---- Version 1

  private boolean line(ByteBuffer input) throws IOException {
    int start = input.position() + VERSION_BYTES;
    int end = Math.min(input.limit(), input.position() + LONGEST_LINE) - 1;
    for (int i = start; i < end; i++) {
      if (input.get(i) == '\r' && input.get(i + 1) == '\n') {
        byte[] line = new byte[i - start];
        input.get(start, line);
        input.position(i + 2);
        client = client(new String(line, StandardCharsets.ISO_8859_1));
        return true;
      }
    }
    if (input.remaining() >= LONGEST_LINE) {
      throw new IOException(INVALID + "v1 line too long");
    }
    return false;
  }

  private static @Nullable InetSocketAddress client(String line) throws IOException {
    List<String> parts =
        Arrays.stream(line.split("[ \\t\\n\\x0b\\f\\r\\x85\\xa0]+", -1))
            .filter(part -> !part.isEmpty())
            .toList();
    if (!parts.isEmpty() && parts.get(0).equals("UNKNOWN")) {
      return null;
    }
    if (parts.size() != 5) {
      throw new IOException(INVALID + "invalid v1 format");
    }
    final InetAddress source = address(parts.get(1));
    address(parts.get(2));
    int port = port("source", parts.get(3));
    port("dest", parts.get(4));
    boolean sourceIsV6 = parts.get(1).indexOf(':') >= 0;
    boolean targetIsV6 = parts.get(2).indexOf(':') >= 0;
    switch (parts.get(0)) {
      case "TCP4" -> {
        if (sourceIsV6 || targetIsV6) {
          throw new IOException(INVALID + "TCP4 with IPv6 address");
        }
      }
      case "TCP6" -> {
        if (!sourceIsV6 || !targetIsV6) {
          throw new IOException(INVALID + "TCP6 with IPv4 address");
        }
      }
      default -> throw new IOException(INVALID + "invalid protocol " + parts.get(0));
    }
    return new InetSocketAddress(source, port);
  }

  // Names are not looked up: only what is an address is given to getByName.
  private static InetAddress address(String text) throws IOException {
    if (IPV4.matcher(text).matches() || IPV6.matcher(text).matches()) {
      try {
        return InetAddress.getByName(text);
      } catch (UnknownHostException e) {
        throw new IOException(INVALID + "invalid address", e);
      }
    }
    throw new IOException(INVALID + "invalid address");
  }

  private static int port(String which, String text) throws IOException {
    long port = GoNumber.unsigned(text).orElse(-1);
    if (port < 0 || port > HIGHEST_PORT) {
      boolean large = GoNumber.areDigits(text, 0);
      throw new IOException(
          "invalid "
              + which
              + " port: strconv.ParseUint: parsing \""
              + text
              + "\": "
              + (large ? "value out of range" : "invalid syntax"));
    }
    return (int) port;
  }

  // ---- Version 2

  private boolean binary(ByteBuffer input) throws IOException {
    if (input.remaining() >= SIGNATURE.length && !startsWith(input, SIGNATURE, SIGNATURE.length)) {
      throw new IOException(INVALID + "invalid signature");
    }
    if (input.remaining() < PREFIX_BYTES) {
      return false;
    }
    int start = input.position();
    int versionAndCommand = input.get(start + 12) & 0xff;
    int familyAndProtocol = input.get(start + 13) & 0xff;
    int length = input.getShort(start + 14) & 0xffff;
    int addressBytes = addressBytes(versionAndCommand, familyAndProtocol, length);
    if (input.remaining() < PREFIX_BYTES + 2 * addressBytes + (addressBytes == 0 ? 0 : 4)) {
      return false;
    }
    input.position(start + PREFIX_BYTES);
    ignored = length;
    if (addressBytes > 0) {
      byte[] source = new byte[addressBytes];
      input.get(source);
      int port = input.getShort(input.position() + addressBytes) & 0xffff;
      client = new InetSocketAddress(InetAddress.getByAddress(source), port);
      ignored -= addressBytes;
    }
    return true;
  }

  /** Returns how long each of the two addresses is; 0 when there are none that matter. */
  private static int addressBytes(int versionAndCommand, int familyAndProtocol, int length)
      throws IOException {
    if ((versionAndCommand & 0xf0) != 0x20) {
      throw new IOException(
          INVALID + String.format(Locale.ROOT, "invalid version 0x%02x", versionAndCommand & 0xf0));
    }
    int command = versionAndCommand & 0x0f;
    if (command == 0) {
      return 0; // LOCAL: the proxy itself connects, to see whether the server is there.
    }
    if (command != 1) {
      throw new IOException(
          String.format(Locale.ROOT, "unknown PROXY protocol command: 0x%02x", command));
    }
    if ((familyAndProtocol & 0x0f) != 1) {
      throw new IOException(UNSUPPORTED + "only STREAM protocol supported");
    }
    int family = familyAndProtocol & 0xf0;
    return switch (family) {
      case 0x00 -> 0;
      case 0x10 -> addressBytes("IPv4", 4, length);
      case 0x20 -> addressBytes("IPv6", 16, length);
      default ->
          throw new IOException(
              UNSUPPORTED
                  + String.format(Locale.ROOT, "unsupported address family 0x%02x", family));
    };
  }

  private static int addressBytes(String family, int bytes, int length) throws IOException {
    if (length < 2 * bytes + 4) {
      throw new IOException(family + " address data too short: " + length + " bytes");
    }
    return bytes;
  }
}
