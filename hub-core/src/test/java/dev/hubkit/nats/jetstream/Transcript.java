package dev.hubkit.nats.jetstream;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Records what one server answers to a sequence of raw requests and publishes. Replaces whatever
 * differs from run to run (times, random names), so that the transcripts of two servers can be
 * compared.
 */
final class Transcript implements AutoCloseable {
  // How long an answer is waited for that may never come.
  private static final Duration LIMIT = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Pattern TIME =
      Pattern.compile(
          "\"(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:Z|[+-]\\d\\d:\\d\\d))\"");
  private static final Pattern ACK =
      Pattern.compile("(\\$JS\\.ACK\\.[^.]+\\.[^.]+\\.\\d+\\.\\d+\\.\\d+)\\.\\d+(\\.\\d+)");

  private static final Pattern HEADERS = Pattern.compile("\"hdrs\":\"([^\"]*)\"");

  // The last word of a message's source, and the header by itself, are made of a time.
  private static final Pattern IDENTITY =
      Pattern.compile(
          "(Nats-Stream-Source(?:: |=\\[)\\S+ \\d+ \\S+ \\S+ \\S+ |Nats-Stream-Identity=\\[)\\w{8}\\b");

  private final Connection connection;
  private final String inboxPrefix;
  private final Map<String, Subscription> inboxes = new LinkedHashMap<>();
  private final List<Message> received = new ArrayList<>();
  private final List<String> lines = new ArrayList<>();
  private final IdleServer idle;
  // Whether the server was sent something since it was idle.
  private boolean busy;
  // Whether that was more than messages to store.
  private boolean asked;
  private boolean ignoringPending;
  private boolean ignoringEmptied;

  /** Waits until a server has done all that follows from what it was sent. */
  @FunctionalInterface
  interface IdleServer {
    void await() throws Exception;
  }

  Transcript(String url) throws Exception {
    this(url, () -> {});
  }

  /**
   * @param idle is waited for before a request whose answer may depend on what the server does some
   *     time after it was sent something
   */
  Transcript(String url, IdleServer idle) throws Exception {
    this.idle = idle;
    connection =
        Nats.connect(
            new Options.Builder().server(url).noReconnect().connectionTimeout(PATIENCE).build());
    inboxPrefix = connection.createInbox();
  }

  List<String> lines() {
    return lines;
  }

  /**
   * From here on, does not record how many messages are pending: after a purge, the real server can
   * be wrong about that until it has delivered everything.
   */
  void ignorePending() {
    ignoringPending = true;
  }

  /** From here on, does not record the first sequence of an empty stream. */
  void ignoreEmptied() {
    ignoringEmptied = true;
  }

  /**
   * Sends a request to {@code $JS.API.<what>} and records the response.
   *
   * @param json the body, in which apostrophes may stand for quotation marks, as in {@link
   *     #quietly} and {@link #pull}
   */
  String api(String what, String json) throws Exception {
    awaitIdle();
    Message response = connection.request("$JS.API." + what, bytes(json), LIMIT);
    String text = response == null ? "(none)" : text(response);
    lines.add(what + " " + json + "\n    -> " + normalize(text));
    return text;
  }

  /** Sends a request with headers and records the response. */
  void ask(String subject, Headers headers, String payload) throws Exception {
    awaitIdle();
    busy = true;
    byte[] data = payload.getBytes(StandardCharsets.UTF_8);
    Message response = connection.request(subject, headers.isEmpty() ? null : headers, data, LIMIT);
    lines.add(
        subject
            + " "
            + (headers.isEmpty() ? "" : headers.entrySet() + " ")
            + payload.length()
            + "\n    -> "
            + normalize(response == null ? "(none)" : text(response)));
  }

  /** Sends a request and records the response with its headers. */
  void get(String subject, String json) throws Exception {
    get(subject, new Headers(), json);
  }

  /** Like {@link #get(String, String)}, with headers. */
  void get(String subject, Headers headers, String json) throws Exception {
    awaitIdle();
    Message response =
        connection.request(subject, headers.isEmpty() ? null : headers, bytes(json), LIMIT);
    String text =
        response == null ? "(none)" : show(response).replace(response.getSubject(), "_INBOX");
    // Some responses of the server itself have an empty reply subject instead of none.
    lines.add(subject + " " + json + "\n    -> " + text.replace("_INBOX []", "_INBOX"));
  }

  /**
   * Awaits a request for a consumer and records its headers and configuration.
   *
   * @return the subjects for the response and for the deliveries
   */
  String[] expectRequest(String inbox) throws Exception {
    Message message = inboxes.get(inbox).nextMessage(PATIENCE);
    if (message == null) {
      throw new AssertionError("no request");
    }
    JsonObject config = Json.parseObject(message.getData()).object("config");
    String deliver = config.string("deliver_subject", "");
    Map<String, List<String>> sorted = new TreeMap<>();
    if (message.hasHeaders()) {
      message.getHeaders().forEach(sorted::put);
    }
    lines.add(
        message.getSubject().replaceAll("_\\w{8}$", "_(id)")
            + " "
            + sorted
            + " "
            + Peer.normal(text(message))
                .replace(deliver, "(deliver)")
                .replaceAll("name=(\\w+)_\\w{8},", "name=$1,"));
    return new String[] {message.getReplyTo(), deliver};
  }

  /**
   * Publishes a message with a status line, as servers do and client libraries do not.
   *
   * @param reply the reply subject; empty for none
   */
  void status(String subject, String status, String reply, String headerLines) throws Exception {
    busy = true;
    String block = "NATS/1.0 " + status + "\r\n" + headerLines + "\r\n";
    String line = "HPUB " + subject + " " + reply + " " + block.length() + " " + block.length();
    URI server = URI.create(connection.getConnectedUrl());
    try (Socket socket = new Socket(server.getHost(), server.getPort())) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      String text = "CONNECT {\"headers\":true}\r\n" + line + "\r\n" + block + "\r\nPING\r\n";
      socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      for (String answer = in.readLine(); !"PONG".equals(answer); answer = in.readLine()) {
        if (answer == null || answer.startsWith("-ERR")) {
          throw new AssertionError(answer);
        }
      }
    }
  }

  /** Publishes a message with a header of any characters, and records what the stream answers. */
  void raw(String subject, String header, String value) throws Exception {
    busy = true;
    String block = "NATS/1.0\r\n" + header + ": " + value + "\r\n\r\n";
    int length = block.getBytes(StandardCharsets.UTF_8).length;
    URI server = URI.create(connection.getConnectedUrl());
    try (Socket socket = new Socket(server.getHost(), server.getPort())) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      String text =
          "CONNECT {\"headers\":true,\"verbose\":false}\r\nSUB answer 1\r\nHPUB "
              + subject
              + " answer "
              + length
              + " "
              + length
              + "\r\n"
              + block
              + "\r\n";
      socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      String answer = in.readLine();
      while (answer != null && !answer.startsWith("MSG ") && !answer.startsWith("-ERR")) {
        answer = in.readLine();
      }
      boolean message = answer != null && answer.startsWith("MSG ");
      String said = message ? in.readLine() : String.valueOf(answer);
      lines.add(subject + " " + header + ": " + value + "\n    -> " + normalize(said));
    }
  }

  /** Waits until somebody listens to a subject, to which it publishes. */
  void awaitListener(String subject) throws Exception {
    Subscription answers = connection.subscribe(inboxPrefix + ".listener");
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (System.nanoTime() < deadline) {
      connection.publish(subject, inboxPrefix + ".listener", new byte[0]);
      Message noResponders = answers.nextMessage(Duration.ofMillis(100));
      if (noResponders == null) {
        answers.unsubscribe();
        return;
      }
    }
    throw new AssertionError("nobody listens to " + subject);
  }

  /**
   * Sends a request that the server answers with several messages, the last of them with a status.
   */
  void getBatch(String subject, String json) throws Exception {
    awaitIdle();
    lines.add(subject + " " + json);
    Subscription subscription = connection.subscribe(inboxPrefix);
    connection.publish(subject, inboxPrefix, bytes(json));
    Message message;
    do {
      message = subscription.nextMessage(LIMIT);
      lines.add("    -> " + (message == null ? "(nothing)" : show(message)));
    } while (message != null && message.getStatus() == null);
    subscription.unsubscribe();
  }

  /** Sends a request without recording its response. */
  void quietly(String what, String json) throws Exception {
    awaitIdle();
    Message response = connection.request("$JS.API." + what, bytes(json), PATIENCE);
    if (response == null || Json.parseObject(response.getData()).has("error")) {
      throw new AssertionError(what + " -> " + (response == null ? null : text(response)));
    }
  }

  /** Publishes to a stream and waits until the server has stored the message. */
  void store(String subject, String payload) throws Exception {
    beforeStoring();
    long sequence =
        connection
            .jetStream()
            .publish(subject, payload.getBytes(StandardCharsets.UTF_8))
            .getSeqno();
    lines.add(subject + " stored as " + sequence);
  }

  void store(String subject, Headers headers, String payload) throws Exception {
    beforeStoring();
    connection
        .jetStream()
        .publish(
            NatsMessage.builder()
                .subject(subject)
                .headers(headers)
                .data(payload.getBytes(StandardCharsets.UTF_8))
                .build());
  }

  /** Listens to a subject. */
  void listen(String subject) throws Exception {
    inboxes.put(subject, connection.subscribe(subject));
    connection.flush(PATIENCE);
  }

  /** Like {@link #listen(String)}, in a queue group. */
  void listen(String subject, String queue) throws Exception {
    inboxes.put(subject, connection.subscribe(subject, queue));
    connection.flush(PATIENCE);
  }

  void stopListening(String subject) throws Exception {
    Subscription gone = inboxes.remove(subject);
    if (gone != null) {
      gone.unsubscribe();
    }
    connection.flush(PATIENCE);
  }

  /** Publishes as a client does, with or without a reply subject. */
  void publish(String subject, @Nullable String reply, String payload) throws Exception {
    busy = true;
    asked = true;
    connection.publish(subject, reply, payload.getBytes(StandardCharsets.UTF_8));
    connection.flush(PATIENCE);
  }

  void publish(String subject, String reply, Headers headers, String payload) throws Exception {
    busy = true;
    asked = true;
    connection.publish(subject, reply, headers, payload.getBytes(StandardCharsets.UTF_8));
    connection.flush(PATIENCE);
  }

  /** Asks a pull consumer to send messages to {@code inbox}. */
  void pull(String stream, String consumer, String inbox, String request) throws Exception {
    awaitIdle();
    lines.add("pull " + stream + '.' + consumer + ' ' + request);
    String subject = "$JS.API.CONSUMER.MSG.NEXT." + stream + '.' + consumer;
    publish(subject, inbox, request.replace('\'', '"'));
  }

  // Consumers have taken what they were sent before: that is in another queue than new messages.
  private void beforeStoring() throws Exception {
    if (asked) {
      awaitIdle();
    }
    busy = true;
  }

  private void awaitIdle() throws Exception {
    if (busy) {
      busy = false;
      asked = false;
      idle.await();
    }
  }

  private static byte[] bytes(String json) {
    return json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
  }

  /** Records the next {@code count} messages of an inbox. */
  void expect(String inbox, int count) throws Exception {
    Subscription subscription = inboxes.get(inbox);
    for (int i = 0; i < count; i++) {
      Message message = subscription.nextMessage(LIMIT);
      lines.add(inbox + " <- " + (message == null ? "(nothing)" : show(message)));
      if (message == null) {
        return;
      }
      received.add(message);
    }
  }

  /**
   * Records the messages that answer a pull request: as many as it asked for, or all up to a
   * status.
   */
  void expectBatch(String inbox, int count) throws Exception {
    Subscription subscription = inboxes.get(inbox);
    for (int i = 0; i < count; i++) {
      Message message = subscription.nextMessage(LIMIT);
      lines.add(inbox + " <- " + (message == null ? "(nothing)" : show(message)));
      if (message == null || message.getStatus() != null) {
        return;
      }
      received.add(message);
    }
  }

  /** Records the end of a request with heartbeats, and that some heartbeats came. */
  void expectEnd(String inbox) throws Exception {
    Subscription subscription = inboxes.get(inbox);
    String heartbeat = "(no heartbeat)";
    Message message = subscription.nextMessage(LIMIT);
    while (message != null && message.getStatus() != null && message.getStatus().getCode() == 100) {
      heartbeat = show(message);
      message = subscription.nextMessage(LIMIT);
    }
    lines.add(inbox + " <- " + heartbeat);
    lines.add(inbox + " <- " + (message == null ? "(nothing)" : show(message)));
  }

  /** Repeats a request until the response contains a text; the rest of it depends on the moment. */
  String await(String what, String text) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    String answer = "";
    while (System.nanoTime() < deadline) {
      Message response = connection.request("$JS.API." + what, new byte[0], LIMIT);
      answer = response == null ? "(none)" : text(response);
      if (answer.contains(text)) {
        lines.add(what + " has " + text);
        return answer;
      }
    }
    throw new AssertionError(what + " has no " + text + ": " + answer);
  }

  /** Repeats a request until the response no longer contains a text. */
  void awaitMissing(String what, String text) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (System.nanoTime() < deadline) {
      Message response = connection.request("$JS.API." + what, new byte[0], LIMIT);
      if (response != null && !text(response).contains(text)) {
        return;
      }
    }
    throw new AssertionError(what + " still has " + text);
  }

  /** Like {@link #await}, but records the whole response. */
  void awaitAndNote(String what, String text) throws Exception {
    lines.add(normalize(await(what, text)));
  }

  /** Records the subject and the headers of a request, and its payload without the random parts. */
  void expectSubject(String inbox) throws Exception {
    Message message = inboxes.get(inbox).nextMessage(LIMIT);
    lines.add(
        message == null
            ? "(nothing)"
            : message.getSubject()
                + " "
                + (message.hasHeaders() ? message.getHeaders().entrySet() : "")
                + " "
                + normalize(Peer.normal(text(message))));
  }

  /** Records the next advisory of an inbox, without what says who asked when. */
  void expectAdvisory(String inbox) throws Exception {
    Message message = inboxes.get(inbox).nextMessage(LIMIT);
    lines.add(
        inbox
            + " <- "
            + (message == null
                ? "(nothing)"
                : text(message)
                    .replaceAll("\"(id|timestamp|start|end)\":\"[^\"]*\"", "\"$1\":…")
                    .replaceAll("\"client\":\\{[^}]*}", "\"client\":…")));
  }

  /**
   * Records whether each message of an inbox has content, and the status of the last one, which has
   * none.
   */
  void expectSizes(String inbox) throws Exception {
    Subscription subscription = inboxes.get(inbox);
    Message message = subscription.nextMessage(LIMIT);
    while (message != null && message.getData() != null && message.getData().length > 0) {
      lines.add(inbox + " <- content");
      message = subscription.nextMessage(LIMIT);
    }
    lines.add(inbox + " <- " + (message == null ? "(nothing)" : show(message)));
  }

  /** Returns how many recorded messages can be answered. */
  int receivedMessages() {
    return received.size();
  }

  /** From here on, does not answer messages of a consumer that has been replaced by another one. */
  void forget(String stream, String consumer) {
    received.removeIf(
        message -> message.getReplyTo().startsWith("$JS.ACK." + stream + '.' + consumer + '.'));
  }

  /**
   * Waits until the server has dealt with everything published before, and records the resulting
   * messages.
   */
  void settle(String inbox) throws Exception {
    drain(inbox, Duration.ofMillis(15));
  }

  /**
   * Waits until the server is idle, and records the messages of an inbox until none comes for so
   * long.
   */
  void drain(String inbox, Duration quiet) throws Exception {
    busy = true;
    awaitIdle();
    // What the server has sent before is in the inbox then.
    connection.flush(PATIENCE);
    Subscription subscription = inboxes.get(inbox);
    for (Message message = subscription.nextMessage(quiet);
        message != null;
        message = subscription.nextMessage(quiet)) {
      lines.add(inbox + " <- " + show(message));
      if (message.getReplyTo() != null) {
        received.add(message);
      }
    }
  }

  /**
   * Answers the recorded message number {@code index}, from 0; a negative index counts from the
   * last.
   */
  void answer(int index, String payload) throws Exception {
    answer(index, null, payload);
  }

  void answer(int index, @Nullable String reply, String payload) throws Exception {
    Message message = received.get(index < 0 ? received.size() + index : index);
    if (message.getReplyTo() == null) {
      throw new AssertionError("not to be answered: " + show(message) + " of\n" + lines);
    }
    lines.add("answer " + normalize(message.getReplyTo()) + ": " + payload);
    publish(message.getReplyTo(), reply, payload);
  }

  private String show(Message message) {
    StringBuilder out = new StringBuilder(message.getSubject());
    if (message.getReplyTo() != null) {
      out.append(" [").append(message.getReplyTo()).append(']');
    }
    if (message.getStatus() != null) {
      out.append(" {").append(message.getStatus()).append('}');
    }
    if (message.hasHeaders()) {
      Map<String, List<String>> sorted = new TreeMap<>();
      message.getHeaders().forEach(sorted::put);
      out.append(' ').append(sorted);
    }
    return normalize(out.append(' ').append(text(message)).toString());
  }

  private static String text(Message message) {
    byte[] data = message.getData();
    return data == null ? "" : new String(data, StandardCharsets.UTF_8);
  }

  private String normalize(String text) {
    // Go escapes characters that could be taken for HTML.
    String result =
        text.replace(inboxPrefix, "_INBOX")
            .replace("\\u003e", ">")
            .replace("\\u003c", "<")
            .replace("\\u0026", "&");
    result =
        TIME.matcher(result)
            .replaceAll(
                match ->
                    match.group(1).startsWith("0001") || match.group(1).startsWith("2099")
                        ? "\"" + match.group(1) + "\""
                        : "\"(time)\"");
    result = ACK.matcher(result).replaceAll(ignoringPending ? "$1.(time)" : "$1.(time)$2");
    if (ignoringPending) {
      result = result.replaceAll("\"num_pending\":\\d+", "\"num_pending\":(pending)");
    }
    if (ignoringEmptied) {
      result =
          result
              .replaceAll(
                  "(\"messages\":0,\"bytes\":0),\"first_seq\":\\d+,\"first_ts\":\"[^\"]*\"",
                  "$1,(first)")
              .replaceAll("(\\(first\\).*?),\"num_deleted\":\\d+,\"deleted\":\\[.*?\\]", "$1");
    }
    result = result.replaceAll("(\\$JS\\.FC\\.[^.]+\\.[^.]+)\\.\\w{4}", "$1.(id)");
    result = result.replaceAll("\"id\":\"\\w{22}\"", "\"id\":\"(id)\"");
    result = result.replaceAll("\"(pinned_id|pinned_client_id)\":\"\\w{22}\"", "\"$1\":\"(id)\"");
    result = result.replaceAll("Nats-Pin-Id=\\[\\w{22}\\]", "Nats-Pin-Id=[(id)]");
    result = result.replaceAll("\"(pause_remaining|ack_time|active)\":\\d+", "\"$1\":(duration)");
    result = result.replaceAll("Nats-Time-Stamp=\\[[^\\]]*\\]", "Nats-Time-Stamp=[(time)]");
    result = result.replaceAll("(\\$JS\\.[MS])\\.\\w{8}", "$1.(id)");
    result = HEADERS.matcher(result).replaceAll(match -> decode(match.group(1)));
    result = IDENTITY.matcher(result).replaceAll("$1(identity)");
    result = result.replaceAll("(identity does not match: )\\w{8}", "$1(identity)");
    return result.replaceAll("\"_nats.ver\":\"[^\"]*\"", "\"_nats.ver\":\"(version)\"");
  }

  private static String decode(String base64) {
    String block = new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    return Matcher.quoteReplacement("\"hdrs\":[" + block.strip().replace("\r\n", ", ") + "]");
  }

  @Override
  public void close() throws Exception {
    connection.close();
  }
}
