package dev.hubkit.nats.wire;

/**
 * Where something listens, as it is written in URLs: an IPv6 address goes into brackets (RFC 3986,
 * section 3.2.2).
 *
 * @param host a name or an address, without brackets
 */
public record HostPort(String host, int port) {
  /** Returns an address that is advertised, which need not name the port. */
  public static String advertised(String address, int port) {
    boolean named = address.lastIndexOf(':') > address.lastIndexOf(']');
    return named ? address : address + ":" + port;
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
