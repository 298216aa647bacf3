package dev.hubkit.nats.jetstream.api;

/** Lists the requests of the JetStream API with their handlers: one table for all accounts. */
public final class ApiTable {
  private ApiTable() {}

  /**
   * Returns a router that knows all requests.
   *
   * @param queues limits how many wait
   */
  public static ApiRouter router(ApiQueues queues) {
    ApiRouter router = new ApiRouter(queues);
    AccountApi.register(router);
    StreamApi.register(router);
    SnapshotApi.register(router);
    MessageApi.register(router);
    ConsumerApi.register(router);
    return router;
  }

  /** Returns a router that knows what clients of the system account may ask. */
  public static ApiRouter systemRouter(ApiQueues queues, AccountPurge purge) {
    ApiRouter router = new ApiRouter(queues);
    AccountApi.register(router);
    purge.register(router);
    return router;
  }
}
