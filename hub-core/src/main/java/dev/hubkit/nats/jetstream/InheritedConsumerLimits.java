package dev.hubkit.nats.jetstream;

/**
 * The limits for consumers that come from outside their stream; zero or less for none.
 *
 * @param serverMaxAckPending {@code max_ack_pending} of the server's JetStream limits
 * @param serverMaxRequestBatch {@code max_request_batch} of the server's JetStream limits
 * @param accountMaxAckPending the account's limit
 */
record InheritedConsumerLimits(
    long serverMaxAckPending, long serverMaxRequestBatch, long accountMaxAckPending) {
  /** Those for the consumers of a stream of this configuration. */
  static InheritedConsumerLimits of(AccountJetStream jetStream, StreamConfig config) {
    JetStreamLimits server = jetStream.options().serverLimits();
    return new InheritedConsumerLimits(
        server.maxAckPending(),
        server.maxRequestBatch(),
        jetStream.resources().limits(config.replicas()).maxAckPending());
  }
}
