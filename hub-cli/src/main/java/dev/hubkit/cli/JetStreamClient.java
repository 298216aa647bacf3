package dev.hubkit.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hubkit.cli.ServerConnection.Delivery;
import dev.hubkit.cli.ServerConnection.Event;
import dev.hubkit.cli.ServerConnection.Refusal;
import dev.hubkit.fixture.StreamRecording;
import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.wire.Nuid;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Asks the JetStream API of a server for streams. Passes on messages of other subscriptions. */
final class JetStreamClient {
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(30);
  private static final String ANSWERS = "js";
  private static final String CHUNKS = "backup";
  private static final byte[] NOTHING = {};
  private static final long NO_MESSAGE = 10037;

  private final ServerConnection server;
  private final String api;
  private final String inbox;
  private final Consumer<Delivery> others;
  private final Deque<Delivery> chunks = new ArrayDeque<>();
  private long requests;

  /**
   * Makes a client.
   *
   * @param domain the domain of JetStream; null for none
   * @param inboxPrefix what the subjects of answers begin with
   * @param others gets the messages of other subscriptions
   */
  JetStreamClient(
      ServerConnection server,
      @Nullable String domain,
      String inboxPrefix,
      Consumer<Delivery> others)
      throws IOException {
    this.server = server;
    this.api = domain == null ? "$JS.API." : "$JS." + domain + ".API.";
    this.inbox = inboxPrefix + "." + Nuid.next() + ".";
    this.others = others;
    server.subscribe(inbox + "*", ANSWERS);
  }

  /** Thrown when JetStream answers with an error. */
  static final class ApiError extends IOException {
    private static final long serialVersionUID = 1L;

    private final long code;

    ApiError(String message, long code) {
      super(message);
      this.code = code;
    }
  }

  private byte[] request(String request, byte[] payload) throws IOException {
    String reply = inbox + ++requests;
    server.publish(api + request, reply, payload);
    Delivery answer = await(ANSWERS, reply, "JetStream does not answer " + request);
    if (new String(answer.header(), UTF_8).startsWith("NATS/1.0 503")) {
      throw new ApiError("JetStream is not enabled here", 0);
    }
    try {
      JsonObject error = Json.parseObject(answer.payload()).object("error");
      if (error != null) {
        throw new ApiError(error.string("description", "error"), error.integer("err_code", 0));
      }
    } catch (JsonException e) {
      throw new IOException("JetStream answers " + request + " with no JSON", e);
    }
    return answer.payload();
  }

  private Delivery await(String sid, String subject, String silence) throws IOException {
    Delivery early = sid.equals(CHUNKS) ? chunks.poll() : null;
    if (early != null) {
      return early;
    }
    long end = System.nanoTime() + PATIENCE;
    while (true) {
      long left = end - System.nanoTime();
      Event event = left > 0 ? server.next(left) : null;
      if (event == null && left <= 0) {
        throw new IOException(
            silence + " within " + TimeUnit.NANOSECONDS.toSeconds(PATIENCE) + " s");
      }
      if (event instanceof Refusal refusal) {
        throw new ApiError(refusal.text(), 0);
      }
      if (event instanceof Delivery delivery) {
        if (delivery.sid().equals(sid) && delivery.subject().equals(subject)) {
          return delivery;
        }
        if (delivery.sid().equals(CHUNKS)) {
          // nats-server sends these and its answer by two ways.
          chunks.add(delivery);
        } else if (!delivery.sid().equals(ANSWERS)) {
          others.accept(delivery);
        }
      }
    }
  }

  /** Returns the names of all streams. */
  List<String> streams() throws IOException {
    return names("STREAM.NAMES", "streams");
  }

  private List<String> names(String request, String field) throws IOException {
    List<String> names = new ArrayList<>();
    while (true) {
      byte[] page =
          JsonWriter.compact().beginObject().field("offset", names.size()).endObject().toBytes();
      JsonObject answer = Json.parseObject(request(request, page));
      List<String> found = answer.strings(field);
      names.addAll(found);
      if (found.isEmpty() || names.size() >= answer.integer("total", 0)) {
        return names;
      }
    }
  }

  /** Returns the description of a stream, as JSON. */
  byte[] info(String stream) throws IOException {
    return request("STREAM.INFO." + stream, NOTHING);
  }

  /**
   * Records the messages and consumers of a stream: from its backup, or one by one where the server
   * has no backup of it, as nats-server of streams in memory.
   *
   * @param description of the stream
   * @return the stream, with a note if its consumers' state is not exact
   */
  Recorded record(byte[] description, long mostBytes) throws IOException {
    StreamRecording stream = StreamRecording.of(description, mostBytes);
    long bytes = bytes(description);
    if (bytes > mostBytes) {
      throw new IOException(
          "Stream "
              + stream.name()
              + " has "
              + bytes
              + " bytes, more than --max-bytes allows ("
              + mostBytes
              + "): raise it, or record fewer streams");
    }
    try {
      backUp(stream);
      return new Recorded(stream, "");
    } catch (ApiError e) {
      StreamRecording again = StreamRecording.of(description, mostBytes);
      boolean hasConsumers = readAll(again);
      return new Recorded(
          again,
          "the server has no backup of stream "
              + stream.name()
              + " ("
              + e.getMessage()
              + "), so its messages were read one by one"
              + (hasConsumers
                  ? "; of its consumers, everything after the acknowledgement floor counts as not"
                      + " acknowledged"
                  : ""));
    }
  }

  /** A recorded stream, with a note; empty for none. */
  record Recorded(StreamRecording stream, String note) {}

  private static long bytes(byte[] description) {
    JsonObject state = Json.parseObject(description).object("state");
    return state == null ? 0 : state.integer("bytes", 0);
  }

  private void backUp(StreamRecording stream) throws IOException {
    String target = inbox + "backup." + Nuid.next();
    chunks.clear();
    server.subscribe(target, CHUNKS);
    try {
      request(
          "STREAM.SNAPSHOT." + stream.name(),
          JsonWriter.compact()
              .beginObject()
              .field("deliver_subject", target)
              .endObject()
              .toBytes());
      String silence = "The backup of " + stream.name() + " stops";
      Delivery chunk = await(CHUNKS, target, silence);
      for (; chunk.payload().length > 0; chunk = await(CHUNKS, target, silence)) {
        stream.backup(chunk.payload());
        if (chunk.reply() != null) {
          server.publish(chunk.reply(), null, NOTHING);
        }
      }
      // nats-server/server/jetstream_api.go, streamSnapshot: 204, or what went wrong.
      String status = new String(chunk.header(), UTF_8).strip();
      if (!status.isEmpty() && !status.startsWith("NATS/1.0 204")) {
        throw new IOException("The backup of " + stream.name() + " fails: " + status);
      }
      stream.endBackup();
    } finally {
      server.unsubscribe(CHUNKS);
    }
  }

  private boolean readAll(StreamRecording stream) throws IOException {
    long next = 1;
    while (next > 0) {
      byte[] request =
          JsonWriter.compact()
              .beginObject()
              .unsigned("seq", next)
              .field("next_by_subj", ">")
              .endObject()
              .toBytes();
      try {
        next = stream.message(request("STREAM.MSG.GET." + stream.name(), request)) + 1;
      } catch (ApiError e) {
        if (e.code != NO_MESSAGE) {
          throw e;
        }
        next = 0;
      }
    }
    List<String> consumers = names("CONSUMER.NAMES." + stream.name(), "consumers");
    for (String consumer : consumers) {
      stream.consumer(request("CONSUMER.INFO." + stream.name() + "." + consumer, NOTHING));
    }
    return !consumers.isEmpty();
  }
}
