package dev.hubkit.nats.net;

import dev.hubkit.nats.account.Subscription;
import dev.hubkit.work.Supervisor;

/**
 * What the parts of a connection can do with it: ask whether it is open, and end it. Thread-safe.
 */
interface ConnectionControl extends Supervisor.FailureHandler {
  boolean isOpen();

  /** Returns what the server grants its clients at present. */
  Limits limits();

  /** Closes the connection once what waits has been written, if it can be written. */
  void close(CloseReason reason);

  /** Sends {@code -ERR} with the text and closes the connection. */
  void fail(CloseReason reason, String error);

  /** Closes the connection because the client takes too little, which is counted. */
  void slow(CloseReason reason);

  /** Logs a failure of work for this client, and ends the connection. Throws nothing. */
  void broken(Throwable failure);

  /** Lets go of the transport, whatever still waits. */
  void release();

  /** Reads on after a pause; closes the connection when it can't. */
  void resumeReading();

  /** Ends a subscription of the client. */
  void remove(Subscription subscription);
}
