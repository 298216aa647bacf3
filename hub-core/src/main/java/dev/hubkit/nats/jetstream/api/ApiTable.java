package dev.hubkit.nats.jetstream.api;

/** The requests of the JetStream API and what answers each: one table for all accounts. */
public final class ApiTable {
  private ApiTable() {}

  /** Makes a router that knows all of them. */
  public static ApiRouter router() {
    ApiRouter router = new ApiRouter();
    AccountApi.register(router);
    StreamApi.register(router);
    SnapshotApi.register(router);
    MessageApi.register(router);
    ConsumerApi.register(router);
    return router;
  }
}
