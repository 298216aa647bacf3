package dev.hubkit.nats.net;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** The clients that are connected to a server. Thread-safe. */
public interface ConnectedClients {
  /** Returns the connections that are open now; a live view. */
  Collection<Connection> all();

  /** Returns the connection of that id, or null when it is not open. */
  @Nullable Connection find(long id);

  /**
   * Closes a connection as an administrator does.
   *
   * @return false when none of that id is open
   */
  boolean kick(long id);

  /** Returns how many clients have connected so far. */
  long total();

  /** Returns how many clients were cut because they did not read what waited for them. */
  long slowConsumers();
}
