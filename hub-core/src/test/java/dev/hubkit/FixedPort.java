package dev.hubkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for tests that look at a port again after its server has gone. They lie below those that
 * systems hand out by themselves, so that no socket of another test comes to sit on one meanwhile.
 */
public final class FixedPort {
  private static final int LOWEST = 10_000;
  private static final int END = 32_000;
  private static final int TRIES = 1_000;

  private FixedPort() {}

  /** A port of the loopback address that nobody listens on. */
  public static int free() {
    for (int i = 0; i < TRIES; i++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, END);
      if (isFree(port)) {
        return port;
      }
    }
    throw new IllegalStateException("no free port between " + LOWEST + " and " + END);
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
