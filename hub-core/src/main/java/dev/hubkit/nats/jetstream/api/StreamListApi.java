package dev.hubkit.nats.jetstream.api;

import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonType;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.cluster.StreamAssignment;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.stream.Stream;
import dev.hubkit.nats.jetstream.stream.StreamReport;
import dev.hubkit.nats.subject.Subjects;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests for the names and the descriptions of streams, page by page. In a cluster, they
 * are those of all servers.
 */
final class StreamListApi {
  private static final int NAMES_PER_PAGE = 1024;
  private static final int STREAMS_PER_PAGE = 256;

  // The structs of jetstream_api.go that requests are read as.
  private static final JsonStruct PAGE =
      JsonStruct.of("server.JSApiStreamListRequest")
          .embed("ApiPagedRequest", ApiRequest.PAGED)
          .field("subject", JsonType.STRING)
          .build();
  private static final JsonStruct NAMES_PAGE =
      JsonStruct.of("server.JSApiStreamNamesRequest")
          .embed("ApiPagedRequest", ApiRequest.PAGED)
          .field("subject", JsonType.STRING)
          .build();

  private StreamListApi() {}

  static void register(ApiRouter router) {
    router.register(
        "STREAM.NAMES",
        "stream_names_response",
        out -> out.field("total", 0).field("offset", 0).field("limit", 0).any("streams", null),
        StreamListApi::names);
    router.register(
        "STREAM.LIST",
        "stream_list_response",
        out ->
            out.field("total", 0)
                .field("offset", 0)
                .field("limit", 0)
                .beginArray("streams")
                .endArray(),
        StreamListApi::list);
  }

  /** A page of the streams that capture a subject. */
  private record Page(List<StreamConfig> all, int offset) {
    static Page of(ApiRequest request, JsonStruct type) {
      long offset = 0;
      String subject = "";
      if (request.isJson()) {
        JsonObject json = request.json(type);
        offset = Math.max(0, json.integer("offset", 0));
        subject = json.string("subject", "");
      }
      List<StreamConfig> all = new ArrayList<>();
      for (StreamConfig config : request.jetStream().configs()) {
        if (subject.isEmpty() || capturesSubject(config, subject)) {
          all.add(config);
        }
      }
      return new Page(all, (int) Math.min(offset, all.size()));
    }

    private static boolean capturesSubject(StreamConfig config, String subject) {
      for (String own : config.subjects()) {
        if (Subjects.overlap(own, subject)) {
          return true;
        }
      }
      return false;
    }

    List<String> names(int limit) {
      return all.subList(offset, Math.min(all.size(), offset + limit)).stream()
          .map(StreamConfig::name)
          .toList();
    }

    JsonWriter begin(JsonWriter response, int limit) {
      return response.field("total", all.size()).field("offset", offset).field("limit", limit);
    }
  }

  private static void names(ApiRequest request, WorkBatch batch) {
    Page page = Page.of(request, NAMES_PAGE);
    List<String> names = page.names(NAMES_PER_PAGE);
    JsonWriter out = page.begin(request.response(), NAMES_PER_PAGE);
    // A cluster sorts and cuts a list, where there is one.
    if (names.isEmpty() && (request.cluster() == null || page.all().isEmpty())) {
      out.any("streams", null);
    } else {
      out.field("streams", names);
    }
    request.respond(out, batch);
  }

  private static void list(ApiRequest request, WorkBatch batch) {
    Page page = Page.of(request, PAGE);
    JsonWriter out =
        page.begin(request.answer().beginLong(), STREAMS_PER_PAGE).beginArray("streams");
    new Listing(request, page.names(STREAMS_PER_PAGE).iterator(), out).next(batch);
  }

  /** A list that is being written. */
  private static final class Listing {
    private final ApiRequest request;
    private final Iterator<String> names;
    private final JsonWriter out;
    private final List<String> missing = new ArrayList<>();
    private boolean waits;

    private Listing(ApiRequest request, Iterator<String> names, JsonWriter out) {
      this.request = request;
      this.names = names;
      this.out = out;
    }

    // Passes from executor to executor, so that none waits for another.
    private void next(WorkBatch batch) {
      while (names.hasNext()) {
        String name = names.next();
        Stream stream = find(name);
        if (stream != null) {
          request.onExecutor(
              stream,
              (same, taskBatch) -> {
                describe(stream);
                next(taskBatch);
              },
              batch);
          return;
        }
      }
      end(batch);
    }

    private @Nullable Stream find(String name) {
      ClusterGate cluster = request.cluster();
      if (cluster == null) {
        return request.jetStream().stream(name);
      }
      Stream stream = cluster.leadingStream(request, name);
      if (stream == null) {
        StreamAssignment assigned = cluster.offlineStream(request, name);
        missing.add(name);
        if (assigned == null) {
          waits = true;
        } else {
          out.beginObject();
          StreamReport.writeOffline(
              request.jetStream(), assigned.config(), assigned.created(), out);
          out.endObject();
        }
      }
      return stream;
    }

    private void describe(Stream stream) {
      if (!stream.isClosed()) {
        out.beginObject();
        new StreamReport(stream).withoutVersions().withDomain().writeTo(out);
        out.endObject();
      }
    }

    private void end(WorkBatch batch) {
      out.endArray();
      if (!missing.isEmpty()) {
        out.field("missing", missing);
      }
      if (waits) {
        // As long as nats-server waits for those that do not answer.
        request.answer().sendLater(out, ClusterGate.LIST_PATIENCE);
      } else {
        request.respond(out, batch);
      }
    }
  }
}
