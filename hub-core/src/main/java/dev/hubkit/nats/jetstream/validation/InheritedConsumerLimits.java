package dev.hubkit.nats.jetstream.validation;

import dev.hubkit.nats.jetstream.config.JetStreamLimits;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.runtime.AccountContext;
import dev.hubkit.nats.release.Compatibility;

/**
 * The limits of the server and the account for consumers; zero or less for none.
 *
 * @param serverMaxAckPending {@code max_ack_pending} of the server's JetStream limits
 * @param serverMaxRequestBatch {@code max_request_batch} of the server's JetStream limits
 * @param accountMaxAckPending the account's limit
 * @param compatibility the releases of nats-server whose rules hold
 */
public record InheritedConsumerLimits(
    long serverMaxAckPending,
    long serverMaxRequestBatch,
    long accountMaxAckPending,
    Compatibility compatibility) {
  /** Returns the limits for consumers of a stream with this configuration. */
  public static InheritedConsumerLimits of(AccountContext jetStream, StreamConfig config) {
    JetStreamLimits server = jetStream.serverLimits();
    return new InheritedConsumerLimits(
        server.maxAckPending(),
        server.maxRequestBatch(),
        jetStream.resources().limits(config.replicas()).maxAckPending(),
        jetStream.compatibility());
  }
}
