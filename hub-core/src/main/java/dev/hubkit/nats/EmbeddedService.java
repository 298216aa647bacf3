package dev.hubkit.nats;

import dev.hubkit.nats.account.Account;
import dev.hubkit.work.Activity;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntSupplier;

/**
 * A service of this JVM that answers requests within a server, without a connection. {@link
 * NatsServer#awaitQuiet} waits for its work, too. Thread-safe.
 */
@SuppressWarnings("exports")
public interface EmbeddedService extends Activity {
  /**
   * Called at each start of the server, before clients can connect.
   *
   * @param accounts finds the accounts that the server knows at the time, by their names
   * @param maxPayload returns the most bytes that the server lets a client publish in a message
   */
  void begin(Function<String, Optional<Account>> accounts, IntSupplier maxPayload);
}
