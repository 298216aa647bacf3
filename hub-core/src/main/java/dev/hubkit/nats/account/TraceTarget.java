package dev.hubkit.nats.account;

import dev.hubkit.nats.wire.Message;

/** A subscriber that traces tell of: a client. Thread-safe. */
public interface TraceTarget extends Subscriber {
  /** Returns the client id, unique in the server. */
  long id();

  /** Returns what the client calls itself; empty for nothing. */
  String name();

  /** Returns the name of the account it is in. */
  String accountName();

  /** Returns why it would not get a message, in a trace's words; empty when it would. */
  String refusal(Subscription subscription, Message message);
}
