package dev.hubkit.nats.jetstream.api;

import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonType;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.api.ApiRouter.Checks;
import dev.hubkit.nats.jetstream.cluster.StepDown;
import dev.hubkit.nats.jetstream.config.StreamConfig.Placement;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import org.jspecify.annotations.Nullable;

/** Answers requests to have another server lead. */
final class StepDownApi {
  // The struct of jetstream_api.go that requests are read as.
  private static final JsonStruct REQUEST =
      JsonStruct.of("server.JSApiLeaderStepdownRequest")
          .field(
              "placement",
              JsonStruct.of("server.Placement")
                  .fields(JsonType.STRING, "cluster", "preferred")
                  .field("tags", JsonType.STRINGS)
                  .build())
          .build();

  private StepDownApi() {}

  static void register(ApiRouter router) {
    Checks checks = router.isClustered() ? Checks.LEVEL_AND_ACCOUNT : Checks.NONE;
    router.register(
        checks,
        "STREAM.LEADER.STEPDOWN.*",
        "stream_leader_stepdown_response",
        (request, batch) -> {
          ClusterGate cluster = require(request);
          stepDown(request, cluster.streamLeader(request, request.lastToken()), batch);
        });
    router.register(
        checks,
        "CONSUMER.LEADER.STEPDOWN.*.*",
        "consumer_leader_stepdown_response",
        (request, batch) -> stepDown(request, require(request).consumerLeader(request), batch));
  }

  /** Registers what only clients of the system account may ask. */
  static void registerMeta(ApiRouter router) {
    router.register(
        Checks.LEVEL,
        "META.LEADER.STEPDOWN",
        "meta_leader_stepdown_response",
        (request, batch) -> stepDown(request, require(request).meta(), batch));
  }

  private static ClusterGate require(ApiRequest request) {
    ClusterGate cluster = request.cluster();
    if (cluster == null) {
      throw ApiError.CLUSTER_REQUIRED.exception();
    }
    return cluster;
  }

  private static void stepDown(ApiRequest request, StepDown leader, WorkBatch batch) {
    String reply = request.reply();
    if (!reply.isEmpty() && !leader.claims(request.account().account().name() + ' ' + reply)) {
      return; // one that led before has answered, and this one leads because of it
    }
    Placement placement =
        request.isJson() ? Placement.parse(request.json(REQUEST).object("placement")) : null;
    @Nullable String to = leader.successor(placement);
    request.succeed(batch);
    leader.stepDown(to);
  }
}
