package dev.hubkit.nats.jetstream.api;

import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonType;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.api.ApiRouter.Checks;
import dev.hubkit.nats.jetstream.cluster.StepDown;
import dev.hubkit.nats.jetstream.config.StreamConfig.Placement;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;
import dev.hubkit.nats.jetstream.stream.Stream;
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
          StepDown leader = cluster.streamLeader(request, request.lastToken());
          stepDown(request, leader, leading(request, request.lastToken()), batch);
        });
    router.register(
        checks,
        "CONSUMER.LEADER.STEPDOWN.*.*",
        "consumer_leader_stepdown_response",
        (request, batch) -> {
          StepDown leader = require(request).consumerLeader(request);
          stepDown(request, leader, leading(request, request.tokenFromEnd(2)), batch);
        });
  }

  /** Registers what only clients of the system account may ask. */
  static void registerMeta(ApiRouter router) {
    router.register(
        Checks.LEVEL,
        "META.LEADER.STEPDOWN",
        "meta_leader_stepdown_response",
        (request, batch) -> stepDown(request, require(request).meta(), null, batch));
  }

  private static ClusterGate require(ApiRequest request) {
    ClusterGate cluster = request.cluster();
    if (cluster == null) {
      throw ApiError.CLUSTER_REQUIRED.exception();
    }
    return cluster;
  }

  private static @Nullable Stream leading(ApiRequest request, String stream) {
    return request.jetStream().stream(stream);
  }

  /**
   * Answers and has another server lead.
   *
   * @param stream on whose executor this is done, with what has come to it before; null for none
   */
  private static void stepDown(
      ApiRequest request, StepDown leader, @Nullable Stream stream, WorkBatch batch) {
    String reply = request.reply();
    if (!reply.isEmpty() && !leader.claims(request.account().account().name() + ' ' + reply)) {
      return; // one that led before has answered, and this one leads because of it
    }
    Placement placement =
        request.isJson() ? Placement.parse(request.json(REQUEST).object("placement")) : null;
    @Nullable String to = leader.successor(placement);
    request.succeed(batch);
    if (stream == null) {
      leader.stepDown(to);
      return;
    }
    // A round proposes at its end what has come: published messages, pull requests that wait. In
    // the round after it nothing is left that no other server would know of.
    SerialExecutor.Task next = taskBatch -> leader.stepDown(to);
    stream.executor().submit(taskBatch -> stream.executor().submit(next, taskBatch), batch);
  }
}
