package dev.hubkit.nats.jetstream.api;

import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonType;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.api.ApiRouter.Checks;
import dev.hubkit.nats.jetstream.cluster.Relocation;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.release.Compatibility;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Answers requests to take streams, consumers and whole servers from where they are. */
final class RelocationApi {
  // The structs of jetstream_api.go that requests are read as.
  private static final JsonStruct MOVE =
      JsonStruct.of("server.JSApiMetaServerStreamMoveRequest")
          .fields(JsonType.STRING, "server", "cluster", "domain")
          .field("tags", JsonType.STRINGS)
          .build();

  private static final Accounts OWN =
      new Accounts() {
        @Override
        public boolean admits(ApiRequest request) {
          return named(request).equals(account(request));
        }

        @Override
        public AccountJetStream of(ApiRequest request) {
          return request.jetStream();
        }
      };

  private RelocationApi() {}

  private static JsonStruct peer(String name) {
    return JsonStruct.of("server.JSApi" + name + "PeerRequest")
        .field("peer", JsonType.STRING)
        .build();
  }

  private static JsonStruct server(String name) {
    return JsonStruct.of("server.JSApiMetaServer" + name + "Request")
        .fields(JsonType.STRING, "peer", "peer_id")
        .build();
  }

  /** A change of a stream or consumer that leaves a server. */
  @FunctionalInterface
  private interface Departure {
    void begin(Relocation relocation, ApiRequest request, String server, Runnable settled);
  }

  static void register(ApiRouter router) {
    Departure ofStream =
        (relocation, request, server, settled) ->
            relocation.removePeer(account(request), request.lastToken(), server, settled);
    Departure ofConsumer =
        (relocation, request, server, settled) ->
            relocation.removeConsumerPeer(
                account(request), request.tokenFromEnd(2), request.lastToken(), server, settled);
    Checks checks = router.isClustered() ? Checks.LEVEL_AND_ACCOUNT : Checks.NONE;
    JsonStruct removed = peer("StreamRemove");
    router.register(
        checks,
        "STREAM.PEER.REMOVE.*",
        "stream_remove_peer_response",
        (request, batch) -> leave(request, removed, ofStream, batch));
    departure(router, "STREAM.PEER.EVACUATE.*", "StreamEvacuate", ofStream);
    departure(router, "CONSUMER.PEER.REMOVE.*.*", "ConsumerRemove", ofConsumer);
    departure(router, "CONSUMER.PEER.EVACUATE.*.*", "ConsumerEvacuate", ofConsumer);
    router.register(
        checks,
        "STREAM.CANCEL_MOVE.*",
        "stream_cancel_move_response",
        (request, batch) -> {
          if (isKnown(request)) {
            require(request);
            cancel(request, request.jetStream(), batch);
          }
        });
    if (router.isClustered()) {
      registerAccounts(router, OWN);
    }
  }

  private static void departure(
      ApiRouter router, String pattern, String struct, Departure departure) {
    JsonStruct type = peer(struct);
    String response = struct.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
    router.register(
        router.isClustered() ? Checks.LEVEL_AND_ACCOUNT : Checks.NONE,
        pattern,
        response + "_peer_response",
        (request, batch) -> {
          if (isKnown(request)) {
            leave(request, type, departure, batch);
          }
        });
  }

  // Earlier releases do not know these requests, and do not answer.
  private static boolean isKnown(ApiRequest request) {
    return request.account().compatibility().atLeast(Compatibility.V2_15);
  }

  private static ClusterGate require(ApiRequest request) {
    ClusterGate cluster = request.cluster();
    if (cluster == null) {
      throw ApiError.CLUSTER_REQUIRED.exception();
    }
    return cluster;
  }

  private static String account(ApiRequest request) {
    return request.account().account().name();
  }

  private static void leave(
      ApiRequest request, JsonStruct type, Departure departure, WorkBatch batch) {
    ClusterGate cluster = require(request);
    if (request.isEmpty()) {
      throw ApiError.BAD_REQUEST.exception();
    }
    String server = request.json(type).string("peer", "");
    if (server.isEmpty()) {
      throw ApiError.BAD_REQUEST.exception();
    }
    request.propose(
        cluster,
        (leader, settled) -> {
          departure.begin(leader.relocation(), request, server, settled);
          succeed(request);
        },
        batch);
  }

  private static void succeed(ApiRequest request) {
    WorkBatch answering = new WorkBatch();
    request.succeed(answering);
    answering.flush();
  }

  // ---- Streams of an account that the subject names.

  /** The accounts that a client may ask about. */
  private interface Accounts {
    /** Returns whether the client of a request may ask about the account; others are not heard. */
    boolean admits(ApiRequest request);

    /** Returns the JetStream of the account; throws where it has none. */
    AccountJetStream of(ApiRequest request);
  }

  private static String named(ApiRequest request) {
    return request.tokenFromEnd(2);
  }

  /**
   * Registers what only clients of the system account may ask.
   *
   * @param jetStreams returns the JetStream of the account of a name; null if it has none
   */
  static void registerSystem(
      ApiRouter router, Function<String, @Nullable AccountJetStream> jetStreams) {
    registerAccounts(
        router,
        new Accounts() {
          @Override
          public boolean admits(ApiRequest request) {
            return true;
          }

          @Override
          public AccountJetStream of(ApiRequest request) {
            AccountJetStream jetStream = jetStreams.apply(named(request));
            if (jetStream == null) {
              throw ApiError.NO_ACCOUNT.exception();
            }
            return jetStream;
          }
        });
    JsonStruct removed = server("Remove");
    router.register(
        Checks.LEVEL,
        "SERVER.REMOVE",
        "meta_server_remove_response",
        (request, batch) ->
            relocation(request)
                .removeServer(server(request, removed), () -> succeed(request.withoutPayload())));
    JsonStruct evacuated = server("Evacuate");
    router.register(
        Checks.LEVEL,
        "SERVER.EVACUATE",
        "meta_server_evacuate_response",
        (request, batch) -> {
          relocation(request).evacuate(server(request, evacuated));
          request.succeed(batch);
        });
  }

  private static Relocation relocation(ApiRequest request) {
    return require(request).leader().relocation();
  }

  private static String server(ApiRequest request, JsonStruct type) {
    if (request.isEmpty()) {
      throw ApiError.BAD_REQUEST.exception();
    }
    JsonObject asked = request.json(type);
    return relocation(request).server(asked.string("peer", ""), asked.string("peer_id", ""));
  }

  private static void registerAccounts(ApiRouter router, Accounts accounts) {
    router.register(
        Checks.LEVEL,
        "ACCOUNT.STREAM.MOVE.*.*",
        "stream_update_response",
        (request, batch) -> {
          if (accounts.admits(request)) {
            JsonObject asked = request.json(MOVE);
            propose(
                request,
                accounts.of(request),
                (relocation, settled) -> move(relocation, request, asked, settled),
                batch);
          }
        });
    router.register(
        Checks.LEVEL,
        "ACCOUNT.STREAM.CANCEL_MOVE.*.*",
        "stream_cancel_move_response",
        (request, batch) -> {
          if (accounts.admits(request)) {
            cancel(request, accounts.of(request), batch);
          }
        });
  }

  private static void cancel(ApiRequest request, AccountJetStream jetStream, WorkBatch batch) {
    String account = jetStream.account().name();
    propose(
        request,
        jetStream,
        (relocation, settled) ->
            relocation.cancel(account, request.lastToken(), request.reply(), settled),
        batch);
  }

  private static void move(
      Relocation relocation, ApiRequest request, JsonObject asked, Runnable settled) {
    String domain = asked.string("domain", "");
    String own = request.account().options().domain();
    if (!asked.string("server", "").isEmpty() && !domain.isEmpty() && !domain.equals(own)) {
      throw ApiError.CLUSTER_SERVER_NOT_MEMBER.exception();
    }
    relocation.move(
        named(request),
        request.lastToken(),
        asked.string("server", ""),
        asked.string("cluster", ""),
        asked.strings("tags"),
        request.reply(),
        settled);
  }

  /** A change that another server answers. */
  @FunctionalInterface
  private interface Change {
    void begin(Relocation relocation, Runnable settled);
  }

  // As ApiRequest.propose, for an account that need not be that of the client.
  private static void propose(
      ApiRequest request, AccountJetStream jetStream, Change change, WorkBatch batch) {
    jetStream.mutate(
        (taskBatch, done) -> {
          Runnable settled =
              () -> {
                WorkBatch ended = new WorkBatch();
                done.run(ended);
                jetStream.workers().execute(ended::flush);
              };
          if (!request.run(
              (same, sameBatch) -> change.begin(relocation(request), settled), taskBatch)) {
            done.run(taskBatch);
          }
        },
        batch);
  }
}
