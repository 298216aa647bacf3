package dev.hubkit.cli;

import dev.hubkit.Hub;
import dev.hubkit.HubException;
import java.lang.reflect.Proxy;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closes a hub when its process is told to end, and has the process end with status 0 then. */
final class Termination {
  private static final Logger log = LoggerFactory.getLogger(Termination.class);

  private Termination() {}

  /** Arranges for it; the hub's log is told what fails. */
  static void closes(Hub hub, boolean withTerminal) {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(hub), "hub-shutdown"));
    // By itself the JVM ends with 128 + n after the hooks, though all went well.
    for (String signal : withTerminal ? List.of("TERM", "INT") : List.of("TERM")) {
      onSignal(signal, () -> System.exit(close(hub) ? 0 : 1));
    }
  }

  private static boolean close(Hub hub) {
    try {
      hub.close();
      return true;
    } catch (HubException e) {
      log.error("Stopping failed: {}", e.getMessage());
      return false;
    }
  }

  // sun.misc.Signal is the only way at signals a JVM has, and no compiler accepts it silently.
  static void onSignal(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              Termination.class.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  new Thread(action, "hub-" + name).start();
                }
                return null;
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    } catch (ReflectiveOperationException e) {
      log.debug("No handler for {}: the shutdown hook does without", name, e);
    }
  }
}
