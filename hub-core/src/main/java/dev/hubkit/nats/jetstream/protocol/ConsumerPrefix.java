package dev.hubkit.nats.jetstream.protocol;

import dev.hubkit.nats.wire.NameHash;

/**
 * How subjects of acknowledgements and flow control name a consumer (ADR-15): by stream and
 * consumer, or by domain, account, stream and consumer. A consumer listens to both forms, and the
 * server is configured to tell clients one of them.
 *
 * @param text the tokens that stand for the consumer
 * @param isScoped whether domain and account are among them
 */
public record ConsumerPrefix(String text, boolean isScoped) {
  /** Returns the form without domain and account. */
  public static ConsumerPrefix plain(String stream, String consumer) {
    return new ConsumerPrefix(stream + '.' + consumer, false);
  }

  /**
   * Returns the form with domain and account.
   *
   * @param domain the JetStream domain; empty for none
   */
  public static ConsumerPrefix scoped(
      String domain, String account, String stream, String consumer) {
    return new ConsumerPrefix(
        domainToken(domain) + '.' + NameHash.of(account) + '.' + stream + '.' + consumer, true);
  }

  /** Returns the token that stands for a domain; empty for none. */
  public static String domainToken(String domain) {
    return domain.isEmpty() ? "_" : domain;
  }
}
