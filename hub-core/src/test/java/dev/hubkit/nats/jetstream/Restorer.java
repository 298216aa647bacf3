package dev.hubkit.nats.jetstream;

import dev.hubkit.json.Json;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.nats.client.impl.Headers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A client that restores streams from archives and records what it hears. Each has a name of its
 * own, because nats-server deletes the files of the one before later than it says.
 */
final class Restorer implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final Connection connection;
  private final Subscription advisories;
  private List<String> lines = new ArrayList<>();
  private int count;

  /** Logs in with a name that is also the password. */
  Restorer(int port, String user) throws Exception {
    String url = "nats://" + user + ":" + user + "@127.0.0.1:" + port;
    connection = Nats.connect(Options.builder().server(url).noReconnect().build());
    advisories = connection.subscribe("$JS.EVENT.ADVISORY.STREAM.*.*");
  }

  /** Returns what was recorded, and deletes the stream. */
  List<String> takeLines() throws Exception {
    ask("STREAM.DELETE." + name(), "");
    count++;
    List<String> taken = lines;
    lines = new ArrayList<>();
    return taken;
  }

  /** Returns the name of the stream that is restored next. */
  String name() {
    return "R" + count;
  }

  /** Returns the answer to a request with a body in which apostrophes are quotation marks. */
  String ask(String what, String body) throws Exception {
    return text(connection.request("$JS.API." + what, bytes(body), LIMIT));
  }

  private static byte[] bytes(String json) {
    return json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
  }

  private static String text(Message message) {
    return message == null ? "nothing" : Peer.text(message);
  }

  /** Begins to restore; returns where to send the chunks, or nothing. */
  String begin(String config) throws Exception {
    byte[] body = bytes("{'config':{'name':'" + name() + "'," + config + "},'state':{}}");
    Message answer = connection.request("$JS.API.STREAM.RESTORE." + name(), body, LIMIT);
    lines.add(text(answer).replaceAll("(RESTORE\\.\\w+)\\.\\w+", "$1.(id)"));
    return Json.parseObject(answer.getData()).string("deliver_subject", "");
  }

  /** Restores from an archive in chunks of this size, and records all that is there then. */
  void restore(String config, byte[] archive, int chunk) throws Exception {
    String to = begin(config);
    if (to.isEmpty()) {
      return;
    }
    for (int at = 0; at < archive.length; at += chunk) {
      chunk(to, Arrays.copyOfRange(archive, at, Math.min(archive.length, at + chunk)));
    }
    finish(to);
  }

  void chunk(String to, byte[] content) throws Exception {
    lines.add("chunk -> " + text(connection.request(to, content, LIMIT)));
  }

  void publishWithoutReply(String to, byte[] content) {
    connection.publish(to, content);
  }

  /** Ends an archive. */
  void finish(String to) throws Exception {
    String answer = text(connection.request(to, new byte[0], LIMIT));
    lines.add("end -> " + answer);
    describe(answer.contains("config="));
  }

  /** Records the advisories of a restore that has ended, and the stream if there is one. */
  void describe(boolean restored) throws Exception {
    for (String event : List.of("RESTORE_CREATE", "RESTORE_COMPLETE")) {
      Message advisory = advisories.nextMessage(LIMIT);
      while (advisory != null && !advisory.getSubject().endsWith(event + "." + name())) {
        // nats-server tells of creations and deletions later.
        advisory = advisories.nextMessage(LIMIT);
      }
      lines.add(
          event
              + " "
              + text(advisory)
                  // nats-server ends a restore and counts its last bytes in either order: the
                  // select in processStreamRestore of its jetstream_api.go.
                  .replaceAll("(bytes|id|timestamp|start|end)=[^,}]*", "$1=…")
                  .replaceAll("client=\\{[^}]*}", "client=…"));
    }
    if (restored) {
      inspect();
    }
  }

  private void inspect() throws Exception {
    String info = ask("STREAM.INFO." + name(), "{'deleted_details':true}");
    lines.add(info);
    String names = ask("CONSUMER.NAMES." + name(), "");
    lines.add(names);
    for (String name : names.replaceAll(".*consumers=\\[([^\\]]*)].*", "$1").split(", ", -1)) {
      if (!name.isEmpty()) {
        lines.add(
            ask("CONSUMER.INFO." + name() + "." + name, "").replaceAll("last_active=[^,}]*, ", ""));
      }
    }
    long first = number(info, "first_seq");
    long last = Math.min(first + 9, number(info, "last_seq"));
    for (long at = first; at <= last; at++) {
      lines.add(ask("STREAM.MSG.GET." + name(), "{'seq':" + at + "}"));
    }
  }

  private static long number(String info, String field) {
    return Long.parseLong(info.replaceAll(".*" + field + "=(\\d+).*", "$1"));
  }

  /**
   * Restores a copy of a stream of eight messages and records what it has when it has copied the
   * rest.
   */
  void restoreCopy(String config, byte[] archive) throws Exception {
    ask("STREAM.CREATE.O", "{'name':'O','subjects':['o']}");
    for (int i = 0; i < 8; i++) {
      publish("o", "" + i);
    }
    String to = begin(config);
    chunk(to, archive);
    lines.add(text(connection.request(to, new byte[0], LIMIT)).replaceAll("state=.*", ""));
    describe(false);
    String last = config.startsWith("'mirror") ? "last_seq=8" : "last_seq=14";
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!ask("STREAM.INFO." + name(), "").contains(last) && System.nanoTime() < deadline) {
      connection.flush(LIMIT);
    }
    for (int i = 3; i < 15; i++) {
      lines.add(ask("STREAM.MSG.GET." + name(), "{'seq':" + i + "}").replaceAll("hdrs=[^,]*", ""));
    }
    ask("STREAM.DELETE.O", "");
  }

  /** Publishes a message with an id and records the answer. */
  void publish(String subject, String id) throws Exception {
    Headers headers = new Headers().add("Nats-Msg-Id", id);
    lines.add("published -> " + text(connection.request(subject, headers, new byte[1], LIMIT)));
  }

  @Override
  public void close() throws Exception {
    connection.close();
  }
}
