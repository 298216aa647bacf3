package dev.hubkit.nats.jetstream.api;

import dev.hubkit.nats.jetstream.cluster.JetStreamPeer;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Lists the requests of the JetStream API with their handlers: one table for all accounts. */
public final class ApiTable {
  private ApiTable() {}

  /**
   * Returns a router that knows all requests, of a server that is in no cluster with JetStream.
   *
   * @param queues limits how many wait
   */
  public static ApiRouter router(ApiQueues queues) {
    return router(queues, null);
  }

  /**
   * Returns a router that knows all requests.
   *
   * @param queues limits how many wait
   * @param peer the server's part of a cluster; null for a server that is in none with JetStream
   */
  public static ApiRouter router(ApiQueues queues, @Nullable JetStreamPeer peer) {
    ClusterGate gate = peer == null ? null : new ClusterGate(peer);
    if (gate != null) {
      gate.peer().answerBy(gate.pending());
    }
    ApiRouter router = new ApiRouter(queues, gate);
    AccountApi.register(router);
    StreamApi.register(router);
    StreamListApi.register(router);
    SnapshotApi.register(router);
    MessageApi.register(router);
    ConsumerApi.register(router);
    ConsumerListApi.register(router);
    StepDownApi.register(router);
    RelocationApi.register(router);
    return router;
  }

  /**
   * Returns a router that knows what clients of the system account may ask.
   *
   * @param accounts the router of all accounts
   * @param jetStreams returns the JetStream of the account of a name; null if it has none
   */
  public static ApiRouter systemRouter(
      ApiQueues queues,
      AccountPurge purge,
      ApiRouter accounts,
      Function<String, @Nullable AccountJetStream> jetStreams) {
    ApiRouter router = new ApiRouter(queues, accounts.gate());
    AccountApi.register(router);
    purge.register(router);
    if (router.isClustered()) {
      StepDownApi.registerMeta(router);
      RelocationApi.registerSystem(router, jetStreams);
    }
    return router;
  }
}
