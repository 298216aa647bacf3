package dev.hubkit.nats.jetstream.api;

import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.cluster.ConsumerAssignment;
import dev.hubkit.nats.jetstream.consumer.Consumer;
import dev.hubkit.nats.jetstream.consumer.ConsumerInfo;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.stream.Stream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Answers requests for the names and the descriptions of a stream's consumers, page by page. In a
 * cluster, they are those of all servers.
 */
final class ConsumerListApi {
  private static final int NAMES_LIMIT = 1024;
  private static final int LIST_LIMIT = 256;

  // The struct of jetstream_api.go that requests are read as.
  private static final JsonStruct PAGE =
      JsonStruct.of("server.JSApiConsumersRequest")
          .embed("ApiPagedRequest", ApiRequest.PAGED)
          .build();

  private ConsumerListApi() {}

  static void register(ApiRouter router) {
    router.register(
        "CONSUMER.NAMES.*",
        "consumer_names_response",
        ConsumerListApi::writeNoPage,
        ConsumerListApi::names);
    router.register(
        "CONSUMER.LIST.*",
        "consumer_list_response",
        ConsumerListApi::writeNoPage,
        ConsumerListApi::list);
  }

  private static void names(ApiRequest request, WorkBatch batch) {
    ClusterGate cluster = request.cluster();
    if (cluster == null) {
      page(request, NAMES_LIMIT, (consumer, out) -> out.value(consumer.name()), batch);
      return;
    }
    List<String> all = namesOf(request, cluster);
    int from = (int) Math.min(offset(request), all.size());
    JsonWriter out = writePage(request.response(), all.size(), from, NAMES_LIMIT);
    all.stream().skip(from).limit(NAMES_LIMIT).forEach(out::value);
    request.respond(out.endArray(), batch);
  }

  private static void list(ApiRequest request, WorkBatch batch) {
    ClusterGate cluster = request.cluster();
    if (cluster == null) {
      page(request, LIST_LIMIT, ConsumerListApi::describe, batch);
      return;
    }
    List<String> all = namesOf(request, cluster);
    int from = (int) Math.min(offset(request), all.size());
    JsonWriter out = writePage(request.answer().beginLong(), all.size(), from, LIST_LIMIT);
    List<String> page = all.stream().skip(from).limit(LIST_LIMIT).toList();
    new Listing(request, cluster, page.iterator(), out).next(batch);
  }

  private static List<String> namesOf(ApiRequest request, ClusterGate cluster) {
    List<String> names = cluster.consumersOf(request, request.token(2));
    if (names == null) {
      throw ApiError.STREAM_NOT_FOUND.exception();
    }
    return names;
  }

  private static void describe(Consumer consumer, JsonWriter out) {
    out.beginObject();
    ConsumerInfo.write(consumer, consumer.config(), out);
    out.endObject();
  }

  @FunctionalInterface
  private interface Line {
    void write(Consumer consumer, JsonWriter out);
  }

  private static void page(ApiRequest request, int limit, Line line, WorkBatch batch) {
    long offset = offset(request);
    String name = request.token(2);
    request.onStream(
        request.jetStream().requireStream(name),
        (same, taskBatch) -> {
          List<Consumer> all = ConsumerApi.open(same, name).consumers().listed();
          int from = (int) Math.min(offset, all.size());
          JsonWriter out = writePage(same.response(), all.size(), from, limit);
          for (int i = from; i < all.size() && i < from + limit; i++) {
            line.write(all.get(i), out);
          }
          same.respond(out.endArray(), taskBatch);
        },
        batch);
  }

  private static long offset(ApiRequest request) {
    return request.isJson() ? Math.max(0, request.json(PAGE).integer("offset", 0)) : 0;
  }

  private static void writeNoPage(JsonWriter out) {
    writePage(out, 0, 0, 0).endArray();
  }

  private static JsonWriter writePage(JsonWriter out, long total, long offset, long limit) {
    return out.field("total", total)
        .field("offset", offset)
        .field("limit", limit)
        .beginArray("consumers");
  }

  /** A list of the consumers of a cluster that is being written. */
  private static final class Listing {
    private final ApiRequest request;
    private final ClusterGate cluster;
    private final String stream;
    private final Iterator<String> names;
    private final JsonWriter out;
    private final List<String> missing = new ArrayList<>();
    private boolean waits;

    private Listing(
        ApiRequest request, ClusterGate cluster, Iterator<String> names, JsonWriter out) {
      this.request = request;
      this.cluster = cluster;
      this.stream = request.token(2);
      this.names = names;
      this.out = out;
    }

    // Passes from executor to executor, so that none waits for another.
    private void next(WorkBatch batch) {
      while (names.hasNext()) {
        String name = names.next();
        Stream there = cluster.streamOfLeading(request, stream, name);
        if (there != null) {
          request.onExecutor(
              there,
              (same, taskBatch) -> {
                Consumer consumer = there.isClosed() ? null : there.consumers().get(name);
                if (consumer != null) {
                  describe(consumer, out);
                }
                next(taskBatch);
              },
              batch);
          return;
        }
        missing.add(name);
        ConsumerAssignment offline = cluster.offlineConsumer(request, stream, name);
        if (offline == null) {
          waits = true;
        } else {
          out.beginObject();
          ConsumerInfo.writeOffline(
              request.jetStream(),
              stream,
              offline.name(),
              offline.config(),
              offline.created(),
              out);
          out.endObject();
        }
      }
      end(batch);
    }

    private void end(WorkBatch batch) {
      out.endArray();
      if (!missing.isEmpty()) {
        out.field("missing", missing);
      }
      if (waits) {
        request.answer().sendLater(out, ClusterGate.LIST_PATIENCE);
      } else {
        request.respond(out, batch);
      }
    }
  }
}
