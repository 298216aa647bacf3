package dev.hubkit.nats.cluster;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Sends one request after the other to a cluster and records the answers, without what differs from
 * run to run. Each request goes to the server that {@link #use} has named last.
 */
final class ClusterTranscript implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(6);
  private static final Duration INSTANT = Duration.ofMillis(20);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final ScriptedCluster cluster;
  private final Map<String, Connection> connections = new LinkedHashMap<>();
  private final Map<String, Subscription> inboxes = new LinkedHashMap<>();
  private final List<Message> received = new ArrayList<>();
  private final List<String> lines = new ArrayList<>();
  private String here = "n1";

  ClusterTranscript(ScriptedCluster cluster) {
    this.cluster = cluster;
  }

  ScriptedCluster cluster() {
    return cluster;
  }

  List<String> lines() {
    return lines;
  }

  /** Records a line of the script's own. */
  void note(String line) {
    lines.add(line);
  }

  private void note(String question, String answer) {
    lines.add(ComparableAnswer.of(question));
    lines.add("    -> " + answer);
  }

  /** Has requests go to this server from now on. */
  void use(String server) {
    here = server;
  }

  String used() {
    return here;
  }

  /** Forgets the connection to a server that ends. */
  void disconnect(String server) throws Exception {
    Connection connection = connections.remove(server);
    if (connection != null) {
      connection.close();
    }
  }

  private Connection connection() throws Exception {
    Connection existing = connections.get(here);
    if (existing == null || existing.getStatus() != Connection.Status.CONNECTED) {
      existing = connect(here);
      connections.put(here, existing);
    }
    return existing;
  }

  private Connection connect(String server) throws Exception {
    Options.Builder options = new Options.Builder().server(cluster.url(server)).noReconnect();
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return Nats.connect(options.connectionTimeout(LIMIT).build());
      } catch (IOException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        cluster.pass();
      }
    }
  }

  // ---- Requests

  private @Nullable Message request(String subject, String body, Duration limit) throws Exception {
    return connection()
        .request(subject, body.replace('\'', '"').getBytes(StandardCharsets.UTF_8), limit);
  }

  /** Sends a request, and lets time pass in the cluster while there is no answer. */
  private @Nullable Message requestPatiently(String subject, Headers headers, byte[] payload)
      throws Exception {
    CompletableFuture<Message> answer =
        connection().request(subject, headers.isEmpty() ? null : headers, payload);
    long end = System.nanoTime() + cluster.silence().toNanos();
    try {
      while (System.nanoTime() < end) {
        try {
          return answer.get(INSTANT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          cluster.pass();
        }
      }
    } catch (CancellationException e) {
      return null; // nobody listens
    }
    answer.cancel(true);
    return null;
  }

  private @Nullable Message requestPatiently(String subject, String body) throws Exception {
    return requestPatiently(
        subject, new Headers(), body.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  /** Sends a request to the API without recording anything; null without an answer. */
  @Nullable JsonObject ask(String what, String body) throws Exception {
    Message answer = request("$JS.API." + what, body, LIMIT);
    return answer == null || answer.getData().length == 0
        ? null
        : Json.parseObject(answer.getData());
  }

  /**
   * Sends a request to the API and records the answer.
   *
   * @param body JSON, in which apostrophes may stand for quotation marks
   */
  void api(String what, String body) throws Exception {
    get("$JS.API." + what, body);
  }

  /** Sends a request to any subject and records the answer with its headers. */
  void get(String subject, String body) throws Exception {
    Message answer = request(subject, body, LIMIT);
    note(subject + " " + body, shown(answer));
  }

  /**
   * Sends a request for something that goes on after the answer, which is recorded without what is
   * told of the servers meanwhile.
   */
  void apiBegins(String what, String body) throws Exception {
    note("$JS.API." + what + " " + body, withoutServers(request("$JS.API." + what, body, LIMIT)));
  }

  /** As {@link #apiBegins}, as a client of the system account. */
  void systemApiBegins(String what, String body) throws Exception {
    note("system " + what + " " + body, withoutServers(systemRequest(what, body, LIMIT)));
  }

  private static String withoutServers(@Nullable Message answer) {
    return shown(answer).replaceAll(",\"cluster\":\\{.*?\\},\"ts\"", ",\"ts\"");
  }

  /** Sends a request to the API as a client of the system account and records the answer. */
  void systemApi(String what, String body) throws Exception {
    note("system " + what + " " + body, shown(systemRequest(what, body, LIMIT)));
  }

  /** As {@link #systemApi}, for a request that is to get no answer. */
  void systemApiInVain(String what, String body) throws Exception {
    note("system " + what + " " + body, shown(systemRequest(what, body, cluster.silence())));
  }

  private @Nullable Message systemRequest(String what, String body, Duration limit)
      throws Exception {
    Options options =
        new Options.Builder()
            .server(cluster.url(here))
            .userInfo("sys", "sys")
            .noReconnect()
            .connectionTimeout(LIMIT)
            .build();
    try (Connection system = Nats.connect(options)) {
      return system.request(
          "$JS.API." + what, body.replace('\'', '"').getBytes(StandardCharsets.UTF_8), limit);
    }
  }

  /** Sends a request that is to get no answer, and records whether that is so. */
  void apiInVain(String what, String body) throws Exception {
    note(what + " " + body, shown(requestPatiently("$JS.API." + what, body)));
  }

  /** Repeats a request until the answer satisfies a condition, and records that answer. */
  void apiUntil(String what, String body, String description, Predicate<JsonObject> condition)
      throws Exception {
    await(what, body, description, condition);
    lines.add(what + " " + body + " once " + description);
  }

  /** Repeats a request until the answer satisfies a condition. */
  JsonObject await(String what, String body, String description, Predicate<JsonObject> condition)
      throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    @Nullable JsonObject answer = null;
    while (System.nanoTime() < end) {
      Message message = requestPatiently("$JS.API." + what, body);
      if (message != null && message.getData().length > 0) {
        answer = Json.parseObject(message.getData());
        if (condition.test(answer)) {
          return answer;
        }
      }
      cluster.pass();
    }
    throw new AssertionError(what + " is never " + description + ": " + shownJson(answer));
  }

  private static String shownJson(@Nullable JsonObject answer) {
    return answer == null
        ? "(none)"
        : new String(JsonWriter.compact().any(answer).toBytes(), StandardCharsets.UTF_8);
  }

  /** Publishes a message and records the acknowledgement. */
  void publish(String subject, String payload) throws Exception {
    publish(subject, new Headers(), payload);
  }

  void publish(String subject, Headers headers, String payload) throws Exception {
    Message answer =
        connection()
            .request(
                subject,
                headers.isEmpty() ? null : headers,
                payload.getBytes(StandardCharsets.UTF_8),
                LIMIT);
    note("publish " + subject + " " + payload, shown(answer));
  }

  /** Publishes a message that is not to be acknowledged, and records whether that is so. */
  void publishInVain(String subject, String payload) throws Exception {
    note("publish " + subject + " " + payload, shown(requestPatiently(subject, payload)));
  }

  /** Publishes a message with an ID until it is acknowledged, and records that it is. */
  void publishUntilStored(String subject, String id, String payload) throws Exception {
    Headers headers = new Headers().put("Nats-Msg-Id", id);
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      Message answer = requestPatiently(subject, headers, payload.getBytes(StandardCharsets.UTF_8));
      if (answer != null && answer.getData().length > 0) {
        JsonObject ack = Json.parseObject(answer.getData());
        if (ack.has("seq")) {
          lines.add("publish " + subject + " " + payload + " until it is stored");
          return;
        }
      }
      cluster.pass();
    }
    throw new AssertionError(subject + " is never stored");
  }

  // ---- Subscriptions

  /** Listens to a subject on the present server. */
  void listen(String subject) throws Exception {
    inboxes.put(subject, connection().subscribe(subject));
    connection().flush(LIMIT);
  }

  /** Publishes without waiting for anything, as a pull request is published. */
  void send(String subject, String reply, String body) throws Exception {
    connection().publish(subject, reply, body.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    connection().flush(LIMIT);
    lines.add("send " + subject + " " + body);
  }

  /** Records the next messages of a subject. */
  void expect(String subject, int count) throws Exception {
    for (int i = 0; i < count; i++) {
      Message message = next(subject, LIMIT.multipliedBy(3));
      lines.add(subject + " <- " + shown(message));
      if (message == null) {
        return;
      }
      received.add(message);
    }
  }

  /** Records the next messages of a subject, which come in any order. */
  void expectInAnyOrder(String subject, int count) throws Exception {
    List<String> shown = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      shown.add(subject + " <- " + shown(next(subject, LIMIT.multipliedBy(3))));
    }
    shown.stream().sorted().forEach(lines::add);
  }

  private @Nullable Message next(String subject, Duration patience) throws Exception {
    Subscription inbox = inboxes.get(subject);
    if (inbox == null) {
      throw new IllegalStateException("Nobody listens to " + subject);
    }
    long end = System.nanoTime() + patience.toNanos();
    Message message = inbox.nextMessage(Duration.ofMillis(20));
    while (message == null && System.nanoTime() < end) {
      cluster.pass();
      message = inbox.nextMessage(Duration.ofMillis(20));
    }
    return message;
  }

  /** Records that nothing has come on a subject. */
  void expectNothing(String subject) throws Exception {
    Subscription inbox = inboxes.get(subject);
    lines.add(subject + " <- " + shown(inbox.nextMessage(cluster.silence())));
  }

  /** Takes messages from a pull consumer without waiting, and records them with the end. */
  void fetch(String stream, String consumer, int batch) throws Exception {
    String inbox = "fetch." + lines.size();
    listen(inbox);
    send(
        "$JS.API.CONSUMER.MSG.NEXT." + stream + "." + consumer,
        inbox,
        "{'batch':" + batch + ",'no_wait':true}");
    for (int i = 0; i < batch; i++) {
      Message message = next(inbox, LIMIT);
      lines.add("    <- " + shown(message));
      if (message == null || message.isStatusMessage()) {
        break;
      }
      received.add(message);
    }
    inboxes.remove(inbox).unsubscribe();
  }

  /**
   * Acknowledges a message, counted from the last that was received (-1), and awaits the answer.
   */
  void acknowledge(int index, String what) throws Exception {
    Message message = received.get(received.size() + index);
    Message answer = request(message.getReplyTo(), what, LIMIT);
    note(what + " of " + message.getReplyTo(), shown(answer));
  }

  private static String text(Message message) {
    byte[] data = message.getData();
    return data == null ? "" : new String(data, StandardCharsets.UTF_8);
  }

  private static String shown(@Nullable Message message) {
    if (message == null) {
      return "(nothing)";
    }
    StringBuilder out = new StringBuilder();
    if (message.getSubject() != null && !message.getSubject().startsWith("_INBOX")) {
      out.append(message.getSubject()).append(' ');
    }
    if (message.getReplyTo() != null && message.getReplyTo().startsWith("$JS.ACK")) {
      out.append('[').append(ComparableAnswer.of(message.getReplyTo())).append("] ");
    }
    if (message.getStatus() != null) {
      out.append(message.getStatus()).append(' ');
    }
    if (message.hasHeaders()) {
      Map<String, List<String>> sorted = new TreeMap<>();
      message.getHeaders().forEach(sorted::put);
      sorted.replace("Nats-Time-Stamp", List.of("(time)"));
      out.append(sorted).append(' ');
    }
    return out.append(ComparableAnswer.of(text(message))).toString();
  }

  @Override
  public void close() throws Exception {
    for (Connection connection : connections.values()) {
      connection.close();
    }
  }
}
