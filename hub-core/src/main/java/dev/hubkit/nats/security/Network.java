package dev.hubkit.nats.security;

import dev.hubkit.text.GoNumber;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** Networks in CIDR notation. */
final class Network {
  private static final int IPV4_BYTES = 4;
  private static final int IPV4_MAPPED = 96;

  private Network() {}

  /** Whether an address is in a network such as {@code 192.0.2.0/24}; false when that is none. */
  static boolean contains(String network, InetAddress address) {
    int slash = network.indexOf('/');
    String base = slash < 0 ? "" : network.substring(0, slash);
    // A name would be looked up; only addresses are meant.
    if (base.isEmpty() || !base.matches("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")) {
      return false;
    }
    try {
      byte[] wanted = InetAddress.getByName(base).getAddress();
      byte[] actual = address.getAddress();
      long bits = GoNumber.unsigned(network.substring(slash + 1)).orElse(-1);
      if (wanted.length == IPV4_BYTES && base.indexOf(':') >= 0) {
        bits -= IPV4_MAPPED; // ::ffff:192.0.2.0/120 is 192.0.2.0/24
      }
      if (wanted.length != actual.length || bits < 0 || bits > wanted.length * 8L) {
        return false;
      }
      for (int bit = 0; bit < bits; bit++) {
        int mask = 0x80 >> (bit & 7);
        if ((wanted[bit >> 3] & mask) != (actual[bit >> 3] & mask)) {
          return false;
        }
      }
      return true;
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
