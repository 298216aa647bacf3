package dev.hubkit.nats.net;

import dev.hubkit.nats.account.Subscription;
import dev.hubkit.work.Supervisor;

/**
 * What the parts of a connection can do with it: ask whether it is open, and end it. Thread-safe.
 */
interface ConnectionControl extends Supervisor.FailureHandler {
  boolean isOpen();

  /** Returns the present limits of the client. */
  Limits limits();

  /** Closes the connection once what waits has been written, if it can be written. */
  void close(CloseReason reason);

  /** Sends {@code -ERR} with the text and closes the connection. */
  void fail(CloseReason reason, String error);

  /** Counts a slow consumer that stays. */
  void slow();

  /** Closes the connection of a slow consumer and counts it. */
  void slow(CloseReason reason);

  /** Logs a failure while serving this client and ends the connection. Throws nothing. */
  void broken(Throwable failure);

  /** Releases the transport, whatever still waits. */
  void release();

  /** Resumes reading after a pause; closes the connection when it can't. */
  void resumeReading();

  /** Ends a subscription of the client. */
  void remove(Subscription subscription);
}
