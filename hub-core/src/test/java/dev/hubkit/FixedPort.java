package dev.hubkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.awaitility.Awaitility;

/**
 * Ports for tests that look at a port again after its server has gone. They lie below those that
 * systems hand out by themselves, so that no socket of another test comes to sit on one meanwhile.
 */
public final class FixedPort {
  private static final int LOWEST = 10_000;
  private static final int END = 32_000;
  private static final int TRIES = 1_000;

  // Tests run beside each other: none is given the port of another, nor tries it.
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private FixedPort() {}

  /** A port of the loopback address that nobody listens on. */
  public static int free() {
    for (int i = 0; i < TRIES; i++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, END);
      if (GIVEN.add(port) && isFree(port)) {
        return port;
      }
    }
    throw new IllegalStateException("no free port between " + LOWEST + " and " + END);
  }

  /**
   * Waits until one could listen on each of these ports. That is at once when their servers have
   * ended, but for processes that another test starts: they have inherited the sockets until they
   * close them, as their first deed.
   */
  public static void awaitFree(int... ports) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> Arrays.stream(ports).allMatch(FixedPort::isFree));
  }

  /** Whether one could listen on this port of the loopback address. */
  public static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException taken) {
      return false;
    }
  }
}
