package dev.hubkit.junit.runner;

import dev.hubkit.io.TemporaryDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The directories of servers that were started without a {@code store_dir}. nats-server has one for
 * all servers of a machine, so tests that start a server again on its port find their streams; here
 * that port finds them, in the same JVM. Thread-safe.
 */
final class RestartStores {
  private static final int MOST = 16;

  // The oldest first. Guarded by its monitor.
  private static final Map<Integer, TemporaryDirectory> BY_PORT = new LinkedHashMap<>();

  private RestartStores() {}

  /**
   * Returns the directory of the last server that ended on a port, or a new one.
   *
   * @param port 0 for any free one, which always gets a new directory
   */
  static TemporaryDirectory take(int port) throws IOException {
    synchronized (BY_PORT) {
      TemporaryDirectory left = port == 0 ? null : BY_PORT.remove(port);
      return left == null ? TemporaryDirectory.create("hub-runner-") : left;
    }
  }

  /** Keeps the directory of a server that has ended, until the JVM ends or there are too many. */
  static void keep(int port, TemporaryDirectory directory) {
    List<TemporaryDirectory> superfluous = new ArrayList<>();
    synchronized (BY_PORT) {
      TemporaryDirectory former = BY_PORT.remove(port);
      if (former != null) {
        superfluous.add(former);
      }
      BY_PORT.put(port, directory);
      if (BY_PORT.size() > MOST) {
        int oldest = BY_PORT.keySet().iterator().next();
        superfluous.add(BY_PORT.remove(oldest));
      }
    }
    superfluous.forEach(TemporaryDirectory::close);
  }
}
