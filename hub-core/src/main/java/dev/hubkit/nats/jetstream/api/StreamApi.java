package dev.hubkit.nats.jetstream.api;

import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonType;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.AssetVersions;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.config.StreamTypes;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.runtime.StreamCommand;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.Stream;
import dev.hubkit.nats.jetstream.stream.StreamReport;
import dev.hubkit.nats.jetstream.validation.StreamUpdate;
import dev.hubkit.nats.jetstream.validation.StreamValidator;
import dev.hubkit.work.WorkStep;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Answers requests to create, change, describe, purge and delete streams. */
final class StreamApi {
  // The structs of jetstream_api.go that requests are read as.
  private static final JsonStruct INFO =
      JsonStruct.of("server.JSApiStreamInfoRequest")
          .embed("ApiPagedRequest", ApiRequest.PAGED)
          .field("deleted_details", JsonType.BOOL)
          .field("subjects_filter", JsonType.STRING)
          .build();
  private static final JsonStruct PURGE =
      JsonStruct.of("server.JSApiStreamPurgeRequest")
          .fields(JsonType.UINT64, "seq", "keep")
          .field("filter", JsonType.STRING)
          .build();

  private StreamApi() {}

  public static void register(ApiRouter router) {
    router.register("STREAM.CREATE.*", "stream_create_response", StreamApi::create);
    router.register("STREAM.UPDATE.*", "stream_update_response", StreamApi::update);
    router.register(
        "STREAM.INFO.*",
        "stream_info_response",
        out -> out.field("total", 0).field("offset", 0).field("limit", 0),
        StreamApi::info);
    router.register("STREAM.DELETE.*", "stream_delete_response", StreamApi::delete);
    router.register(
        "STREAM.PURGE.*", "stream_purge_response", out -> out.field("purged", 0), StreamApi::purge);
  }

  private static void create(ApiRequest request, WorkBatch batch) {
    JsonObject json = request.json(StreamTypes.REQUEST);
    StreamConfig wanted = AssetVersions.stamp(StreamConfig.parse(json));
    String name = request.token(2);
    if (!name.equals(wanted.name())) {
      throw ApiError.STREAM_MISMATCH.exception();
    }
    if (name.indexOf('\\') >= 0 || name.indexOf('/') >= 0) {
      throw ApiError.STREAM_NAME_CONTAINS_PATH_SEPARATORS.exception();
    }
    if (wanted.sealed()) {
      throw StreamValidator.invalid("stream configuration for create can not be sealed");
    }
    if (wanted.mirrorDirect() && wanted.mirror() == null) {
      throw StreamValidator.invalid("stream has no mirror but does have mirror direct");
    }
    boolean storageGiven = json.has("storage");
    boolean pedantic = json.bool("pedantic", false);
    ClusterGate cluster = request.cluster();
    if (cluster != null) {
      request.propose(
          cluster,
          (leader, settled) ->
              leader.create(request.jetStream(), wanted, pedantic, request.reply(), settled),
          batch);
      return;
    }
    request.mutate(
        (taskBatch, done) -> {
          Stream stream = request.jetStream().create(wanted, storageGiven, pedantic, taskBatch);
          request.onStream(
              stream,
              (same, streamBatch) -> {
                JsonWriter out = request.response();
                new StreamReport(stream).writeTo(out);
                request.respond(out.field("did_create", true), streamBatch);
              },
              taskBatch);
          done.run(taskBatch);
        },
        batch);
  }

  private static void update(ApiRequest request, WorkBatch batch) {
    JsonObject json = request.json(StreamTypes.REQUEST);
    StreamConfig wanted = StreamConfig.parse(json);
    boolean pedantic = json.bool("pedantic", false);
    ClusterGate cluster = request.cluster();
    if (cluster != null) {
      request.propose(
          cluster,
          (leader, settled) -> {
            StreamConfig checked = StreamValidator.check(request.jetStream(), wanted, pedantic);
            if (!request.token(2).equals(checked.name())) {
              throw ApiError.STREAM_MISMATCH.exception();
            }
            leader.update(request.jetStream(), checked, pedantic, request.reply(), settled);
          },
          batch);
      return;
    }
    request.mutate(
        (taskBatch, done) -> {
          AccountJetStream jetStream = request.jetStream();
          StreamConfig checked = StreamValidator.check(jetStream, wanted, pedantic);
          String name = request.token(2);
          if (!name.equals(checked.name())) {
            throw ApiError.STREAM_MISMATCH.exception();
          }
          Stream stream = jetStream.requireStream(name);
          StreamConfig next =
              StreamUpdate.check(
                  jetStream,
                  stream.config(),
                  AssetVersions.stamp(checked),
                  pedantic,
                  stream.consumers().configs());
          request.endOnExecutor(
              stream,
              done,
              (same, streamBatch) -> apply(request, stream, next, streamBatch),
              taskBatch);
        },
        batch);
  }

  private static void apply(ApiRequest request, Stream stream, StreamConfig next, WorkBatch batch) {
    request.requireOpen(stream);
    stream.update(next, batch);
    JsonWriter out = request.response();
    new StreamReport(stream).withDomain().writeTo(out);
    request.respond(out, batch);
  }

  private static void delete(ApiRequest request, WorkBatch batch) {
    if (!request.isEmpty()) {
      throw ApiError.NOT_EMPTY_REQUEST.exception();
    }
    ClusterGate cluster = request.cluster();
    if (cluster != null) {
      String account = request.account().account().name();
      request.propose(
          cluster,
          (leader, settled) -> leader.delete(account, request.token(2), request.reply(), settled),
          batch);
      return;
    }
    request.mutate(
        (taskBatch, done) -> {
          AccountJetStream jetStream = request.jetStream();
          Stream stream = jetStream.requireStream(request.token(2));
          request.endOnExecutor(
              stream,
              done,
              (same, streamBatch) -> {
                WorkStep.STREAM_DELETE.reach();
                try {
                  stream.delete(streamBatch);
                } finally {
                  // The stream has ended even if some of its files are left.
                  jetStream.remove(stream);
                }
                request.succeed(streamBatch);
              },
              taskBatch);
        },
        batch);
  }

  private static void info(ApiRequest request, WorkBatch batch) {
    boolean deleted = false;
    String filter = "";
    long offset = 0;
    if (request.isJson()) {
      JsonObject json = request.json(INFO);
      deleted = json.bool("deleted_details", false);
      filter = json.string("subjects_filter", "");
      offset = Math.max(0, json.integer("offset", 0));
    }
    Stream stream = request.jetStream().requireStream(request.token(2));
    boolean withDeleted = deleted;
    String subjects = filter;
    long from = offset;
    request.onStream(
        stream,
        (same, taskBatch) -> {
          StreamReport report =
              new StreamReport(stream)
                  .withDeleted(withDeleted)
                  .withDomain()
                  .withCluster()
                  .withAlternates();
          request.respond(info(request, report, stream, subjects, from), taskBatch);
        },
        batch);
  }

  private static JsonWriter info(
      ApiRequest request, StreamReport report, Stream stream, String filter, long offset) {
    int total = 0;
    JsonWriter out = request.response();
    if (!filter.isEmpty()) {
      Map<String, Long> counts = StreamReport.subjects(stream, filter, request.answer().memory());
      total = counts.size();
      report.withSubjects(page(counts, offset));
    }
    out.field("total", total)
        .field("offset", total == 0 ? 0 : offset)
        .field("limit", total == 0 ? 0 : StreamReport.MAX_SUBJECTS);
    report.withMemory(request.answer().memory()).writeTo(out);
    return out;
  }

  private static Map<String, Long> page(Map<String, Long> counts, long offset) {
    if (offset == 0 && counts.size() <= StreamReport.MAX_SUBJECTS) {
      return counts;
    }
    Map<String, Long> page = new TreeMap<>();
    counts.entrySet().stream()
        .skip(offset)
        .limit(StreamReport.MAX_SUBJECTS)
        .forEach(entry -> page.put(entry.getKey(), entry.getValue()));
    return page;
  }

  private static void purge(ApiRequest request, WorkBatch batch) {
    @Nullable JsonObject json = request.isJson() ? request.json(PURGE) : null;
    String filter = json == null ? "" : json.string("filter", "");
    long before = json == null ? 0 : json.unsigned("seq", 0);
    long keep = json == null ? 0 : json.unsigned("keep", 0);
    if (before != 0 && keep != 0) {
      throw ApiError.BAD_REQUEST.exception();
    }
    Stream stream = request.jetStream().requireStream(request.token(2));
    request.onStream(
        stream,
        (same, taskBatch) -> {
          if (stream.config().sealed()) {
            throw ApiError.STREAM_SEALED.exception();
          }
          if (stream.config().denyPurge()) {
            throw ApiError.STREAM_PURGE_FAILED.exception("stream purge not permitted");
          }
          if (before < 0) { // as a signed number
            throw ApiError.STREAM_PURGE_FAILED.exception(
                "no message can have sequence "
                    + Long.toUnsignedString(before)
                    + " or a higher one");
          }
          stream.change(
              new StreamCommand.Purge(filter, before, keep),
              (purged, answerBatch) ->
                  request.respond(
                      request.response().field("success", true).field("purged", purged),
                      answerBatch),
              taskBatch);
        },
        batch);
  }
}
