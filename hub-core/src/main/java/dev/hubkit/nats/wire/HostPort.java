package dev.hubkit.nats.wire;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A host and port as written in URLs: an IPv6 address is put in brackets (RFC 3986, section 3.2.2).
 *
 * @param host a name or an address, without brackets
 */
public record HostPort(String host, int port) {
  private static final int GROUPS = 8;

  /** Returns the address and port of a socket. */
  public static HostPort of(InetSocketAddress address) {
    return new HostPort(text(address.getAddress()), address.getPort());
  }

  /** Returns an address in its short form (RFC 5952), as Go writes it, without its zone. */
  public static String text(InetAddress address) {
    return address instanceof Inet6Address
        ? shortForm(address.getAddress())
        : address.getHostAddress();
  }

  private static String shortForm(byte[] bytes) {
    int[] groups = new int[GROUPS];
    for (int i = 0; i < GROUPS; i++) {
      groups[i] = ((bytes[2 * i] & 0xff) << 8) | (bytes[2 * i + 1] & 0xff);
    }
    int longest = 1; // a single zero stays
    int start = -1;
    for (int i = 0; i < GROUPS; i++) {
      int end = i;
      while (end < GROUPS && groups[end] == 0) {
        end++;
      }
      if (end - i > longest) {
        longest = end - i;
        start = i;
      }
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < GROUPS; i++) {
      if (i == start) {
        text.append("::");
        i += longest - 1;
      } else {
        if (text.length() > 0 && text.charAt(text.length() - 1) != ':') {
          text.append(':');
        }
        text.append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }

  /**
   * Checks an address with or without a port, as net.SplitHostPort of Go does; the empty one is
   * none.
   *
   * @throws IllegalArgumentException if it is not one
   */
  public static void check(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      return;
    }
    String host = text.substring(0, colon);
    if (host.indexOf(':') >= 0 && !(host.startsWith("[") && host.endsWith("]"))) {
      throw new IllegalArgumentException("address " + text + ": too many colons in address");
    }
  }

  /** Returns an advertised address, which may lack the port. */
  public static String advertised(String address, int port) {
    boolean named = address.lastIndexOf(':') > address.lastIndexOf(']');
    return named ? address : address + ":" + port;
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
