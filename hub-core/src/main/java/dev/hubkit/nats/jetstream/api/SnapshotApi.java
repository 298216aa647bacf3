package dev.hubkit.nats.jetstream.api;

import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonType;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.backup.Restore;
import dev.hubkit.nats.jetstream.backup.StreamBackup;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.config.StreamTypes;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.Stream;
import dev.hubkit.nats.jetstream.stream.StreamReport;
import dev.hubkit.nats.jetstream.validation.StreamValidator;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.subject.ReservedSubjects;
import dev.hubkit.nats.subject.Subjects;

/** Answers requests to back up and restore streams. */
final class SnapshotApi {
  // The structs of jetstream_api.go that requests are read as.
  private static final JsonStruct SNAPSHOT =
      JsonStruct.of("server.JSApiStreamSnapshotRequest")
          .field("deliver_subject", JsonType.STRING)
          .fields(JsonType.BOOL, "no_consumers", "jsck")
          .fields(JsonType.INT, "chunk_size", "window_size")
          .build();
  private static final JsonStruct RESTORE =
      JsonStruct.of("server.JSApiStreamRestoreRequest")
          .field("config", StreamTypes.CONFIG)
          .field("state", StreamTypes.STATE)
          .build();

  private SnapshotApi() {}

  public static void register(ApiRouter router) {
    router.register("STREAM.SNAPSHOT.*", "stream_snapshot_response", SnapshotApi::snapshot);
    router.register(
        "STREAM.RESTORE.*",
        "stream_restore_response",
        out -> out.field("deliver_subject", ""),
        SnapshotApi::restore);
  }

  private static void snapshot(ApiRequest request, WorkBatch batch) {
    requireContent(request);
    Stream stream = request.jetStream().requireStream(request.token(2));
    JsonObject json = request.json(SNAPSHOT);
    StreamBackup.Order order =
        new StreamBackup.Order(
            json.string("deliver_subject", ""),
            !json.bool("no_consumers", false),
            json.integer("chunk_size", 0),
            json.integer("window_size", 0),
            request.requester());
    boolean reserved =
        ReservedSubjects.isDestination(order.deliverSubject())
            && request.jetStream().compatibility().atLeast(Compatibility.V2_15);
    if (reserved || !Subjects.isValidLiteral(order.deliverSubject())) {
      throw ApiError.SNAPSHOT_DELIVER_SUBJECT_INVALID.exception();
    }
    request.onStream(
        stream,
        (same, taskBatch) -> {
          StreamBackup snapshot = stream.backup().begin(() -> new StreamBackup(stream, order));
          JsonWriter out = request.response().beginObject("config");
          stream.config().writeTo(out);
          out.endObject();
          new StreamReport(stream).writeState(out);
          boolean started = false;
          try {
            request.respond(out, taskBatch);
            snapshot.start(taskBatch);
            started = true;
          } finally {
            if (!started) {
              snapshot.close();
            }
          }
        },
        batch);
  }

  private static void restore(ApiRequest request, WorkBatch batch) {
    requireContent(request);
    if (request.cluster() != null) {
      // Other than in nats-server: nothing would give the other servers their part.
      throw ApiError.CLUSTER_UN_SUPPORT_FEATURE.exception();
    }
    JsonObject json = request.json(RESTORE);
    StreamConfig wanted = StreamConfig.parse(json.objectOrEmpty("config"));
    String name = request.token(2);
    if (wanted.name().isEmpty()) {
      wanted = wanted.toBuilder().name(name).build();
    }
    if (!wanted.name().equals(name)) {
      throw ApiError.STREAM_MISMATCH.exception();
    }
    if (name.indexOf('\\') >= 0 || name.indexOf('/') >= 0) {
      throw ApiError.STREAM_NAME_CONTAINS_PATH_SEPARATORS.exception();
    }
    StreamConfig given = wanted;
    request.mutate(
        (taskBatch, done) -> {
          AccountJetStream jetStream = request.jetStream();
          StreamConfig checked = StreamValidator.check(jetStream, given, false);
          jetStream.resources().checkNumber(checked);
          jetStream.resources().checkReservation(checked);
          if (jetStream.stream(name) != null) {
            throw ApiError.STREAM_NAME_EXIST_RESTORE_FAILED.exception();
          }
          Restore restore = new Restore(jetStream, checked, request.requester());
          // Subscribes before the client learns where to send.
          restore.start(taskBatch);
          request.respond(
              request.response().field("deliver_subject", restore.deliverSubject()), taskBatch);
          done.run(taskBatch);
        },
        batch);
  }

  private static void requireContent(ApiRequest request) {
    if (request.isEmpty()) {
      throw ApiError.BAD_REQUEST.exception();
    }
  }
}
