package dev.hubkit.nats.leaf;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.net.AuthenticatedPeer;
import dev.hubkit.nats.net.Authenticator;
import dev.hubkit.nats.net.ConnectionObserver;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.wire.ServerInfo;
import java.util.List;

/** The server that leaf nodes connect to, or that is one. Thread-safe. */
public interface LeafServer {
  /** Returns the account of a name, which is made if there is none yet. */
  Account account(String name);

  /** Returns what decides which user a leaf node is that connects. */
  Authenticator logins();

  /** Returns the INFO for clients. */
  ServerInfo info();

  /** Returns the name of the cluster that the server is part of; empty for none. */
  String clusterName();

  /** Returns where leaf nodes connect to the other servers of its cluster. */
  List<String> otherUrls();

  /** Returns whether there is a system account. */
  boolean hasSystemAccount();

  /** Returns whether an account is the system account. */
  boolean isSystem(Account account);

  /** Returns whether an account has JetStream here. */
  boolean hasJetStream(Account account);

  /** Returns the domain of JetStream here; empty for none. */
  String domain();

  /** Returns whether the server has JetStream. */
  boolean hasJetStream();

  /**
   * Returns whether an account uses the JetStream without a domain by default ({@code
   * default_js_domain}); of the system account, whether any account does.
   */
  boolean hasEmptyDefaultDomain(Account account);

  /** Returns the most subscriptions of one connection; 0 or less for no limit. */
  int maxSubscriptions();

  /** Sends the trace of a message that a leaf node or hub has brought to {@code account}. */
  void traced(MessageTrace trace, Account account);

  /** Returns an id that no other connection of the server has had. */
  long newId();

  /** Returns what hears of leaf nodes and hubs that come and are refused. */
  ConnectionObserver observer();

  /**
   * Called once when a connection that has come into an account has ended.
   *
   * @param counted whether the account has counted it
   */
  void disconnected(AuthenticatedPeer leaf, boolean counted);
}
