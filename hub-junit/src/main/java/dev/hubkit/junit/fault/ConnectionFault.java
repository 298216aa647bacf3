package dev.hubkit.junit.fault;

import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.net.LinkFaults;
import java.time.Duration;
import java.util.List;

/**
 * A fault in the connections of some clients.
 *
 * @param rejected whether the server rejects these clients when they connect
 * @param stalled whether no bytes pass in either direction
 * @param bytesPerSecond the limit in each direction; 0 for no limit
 * @param delay how much later bytes arrive in each direction
 * @param corrupt the distance from one changed byte to the next; 0 to change none
 */
record ConnectionFault(
    ClientSelector clients,
    boolean rejected,
    boolean stalled,
    long bytesPerSecond,
    Duration delay,
    int corrupt) {

  static ConnectionFault rejected(ClientSelector clients) {
    return new ConnectionFault(clients, true, false, 0, Duration.ZERO, 0);
  }

  static ConnectionFault stalled(ClientSelector clients) {
    return new ConnectionFault(clients, false, true, 0, Duration.ZERO, 0);
  }

  static ConnectionFault slow(ClientSelector clients, long bytesPerSecond) {
    return new ConnectionFault(clients, false, false, bytesPerSecond, Duration.ZERO, 0);
  }

  static ConnectionFault delayed(ClientSelector clients, Duration delay) {
    return new ConnectionFault(clients, false, false, 0, delay, 0);
  }

  static ConnectionFault corrupted(ClientSelector clients, int every) {
    return new ConnectionFault(clients, false, false, 0, Duration.ZERO, every);
  }

  /** Applies all faults that concern a client to its connection. */
  static void apply(List<ConnectionFault> faults, Connection client) {
    LinkFaults link = client.link();
    if (link == null) {
      return;
    }
    boolean stalled = false;
    long rate = 0;
    Duration delay = Duration.ZERO;
    int corrupt = 0;
    for (ConnectionFault fault : faults) {
      if (fault.clients.includes(client)) {
        stalled |= fault.stalled;
        rate = smaller(rate, fault.bytesPerSecond);
        delay = delay.plus(fault.delay);
        corrupt = (int) smaller(corrupt, fault.corrupt);
      }
    }
    link.delay(delay);
    link.corrupt(corrupt);
    link.limit(rate);
    link.stall(stalled);
  }

  private static long smaller(long a, long b) {
    return a == 0 || b == 0 ? a + b : Math.min(a, b);
  }
}
