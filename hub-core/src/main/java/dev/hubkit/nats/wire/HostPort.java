package dev.hubkit.nats.wire;

/**
 * A host and port as written in URLs: an IPv6 address is put in brackets (RFC 3986, section 3.2.2).
 *
 * @param host a name or an address, without brackets
 */
public record HostPort(String host, int port) {
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
