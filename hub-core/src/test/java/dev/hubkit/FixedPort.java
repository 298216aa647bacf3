package dev.hubkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.awaitility.Awaitility;

/**
 * Ports for tests that look at a port again after its server has ended. They lie below the range
 * from which systems hand out ports themselves, so that no socket of another test takes one
 * meanwhile.
 */
public final class FixedPort {
  private static final int LOWEST = 10_000;
  private static final int END = 32_000;
  private static final int TRIES = 1_000;

  // Tests run beside each other: no test gets or tries a port that another test has got.
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private FixedPort() {}

  /** Returns a port of the loopback address on which nobody listens. */
  public static int free() {
    for (int i = 0; i < TRIES; i++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, END);
      if (GIVEN.add(port) && !isServed(port)) {
        return port;
      }
    }
    throw new IllegalStateException("no free port between " + LOWEST + " and " + END);
  }

  // Not by listening there: a process that another test starts at that moment would inherit the
  // socket, and have the port when the server is to listen.
  private static boolean isServed(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException nobody) {
      return false;
    }
  }

  /**
   * Waits until a server could listen on each of these ports. That is immediately so when their
   * servers have ended, except for processes that another test starts: they inherit the sockets and
   * close them as their first action.
   */
  public static void awaitFree(int... ports) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> Arrays.stream(ports).allMatch(FixedPort::isFree));
  }

  /** Returns whether a server could listen on this port of the loopback address. */
  public static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException taken) {
      return false;
    }
  }
}
