package dev.hubkit.nats.route;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.trace.MessageTrace;

/** The server that a {@link Cluster} makes part of a cluster. Thread-safe. */
public interface LocalServer {
  /** Returns the account of a name, which is made if there is none yet. */
  Account account(String name);

  /** Sends the trace of a message that a route has brought to {@code account}. */
  void traced(MessageTrace trace, Account account);

  /**
   * Returns whether the streams of both servers are replicated to each other: both are of one
   * cluster in this JVM.
   */
  boolean replicatesWith(String serverId);

  /** Returns where leaf nodes connect to it, {@code host:port}; empty when nobody is told. */
  String leafUrl();

  /** Called when {@link Cluster#clientUrls} or {@link Cluster#leafUrls} may have changed. */
  void clusterChanged();

  /**
   * Compares the password that another server gives with the configured one, which is a hash, and
   * tells {@code login} whether it is right, now or later. Must not compare on the calling thread.
   */
  void checkPassword(String configured, String given, RouteLogin login);
}
