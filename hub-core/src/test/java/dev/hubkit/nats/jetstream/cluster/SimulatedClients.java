package dev.hubkit.nats.jetstream.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.jetstream.consumer.Consumer;
import dev.hubkit.nats.jetstream.stream.Stream;
import dev.hubkit.nats.wire.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The publishers and consumers of a stream of a {@link SimulatedCluster}, and what they know. */
final class SimulatedClients {
  static final String STREAM = "S";

  private final Random choice;
  private final List<String> story;
  private final List<Reader> readers = new ArrayList<>();
  private final TreeSet<Integer> unanswered = new TreeSet<>();
  // What each sequence is, as publishers and consumers were told.
  private final TreeMap<Long, String> known = new TreeMap<>();
  private final Map<Long, String> acknowledged = new HashMap<>();
  // What consumers may have removed from a work queue.
  private final Set<Long> settled = new HashSet<>();
  private final Map<String, String> answers = new HashMap<>();
  private final Map<Consumer, Long> floors = new HashMap<>();
  private int published;
  private int requests;
  private @Nullable AssertionError violation;

  /** A client of one consumer. */
  static final class Reader {
    final String consumer;
    final boolean all;
    private final List<Message> received = new ArrayList<>();
    private final Map<String, Long> awaited = new HashMap<>();
    private final Set<Long> delivered = new HashSet<>();
    private final Set<Long> confirmed = new TreeSet<>();
    private long highestFloor;

    Reader(String consumer, boolean all) {
      this.consumer = consumer;
      this.all = all;
    }

    private boolean isConfirmed(long sequence) {
      return all
          ? confirmed.stream().anyMatch(each -> each >= sequence)
          : confirmed.contains(sequence);
    }
  }

  SimulatedClients(Random choice, List<String> story) {
    this.choice = choice;
    this.story = story;
  }

  List<Reader> readers() {
    return readers;
  }

  Map<Long, String> acknowledged() {
    return acknowledged;
  }

  int confirmations() {
    return readers.stream().mapToInt(each -> each.confirmed.size()).sum();
  }

  // ---- What they do.

  /** Has the cluster do something; returns the reply subject. */
  String ask(SimulatedCluster cluster, String what, String json) {
    String reply = "client.api." + ++requests;
    cluster.request(what, reply, json);
    return reply;
  }

  /** Returns the answer to a request, which must have come. */
  JsonObject answer(String reply) {
    String answer = answers.get(reply);
    assertThat(answer).as("answer to %s", reply).isNotNull();
    return Json.parseObject(String.valueOf(answer));
  }

  void publish(SimulatedCluster cluster) {
    boolean again = !unanswered.isEmpty() && choice.nextInt(3) == 0;
    int id = again ? unanswered.first() : ++published;
    publish(cluster, id);
  }

  private void publish(SimulatedCluster cluster, int id) {
    List<String> headers = new ArrayList<>(List.of("Nats-Msg-Id: " + id));
    if (choice.nextInt(8) == 0) {
      headers.add("Nats-Expected-Last-Sequence: " + choice.nextInt(1 + published));
    }
    tell("publish m" + id + " " + headers);
    unanswered.add(id);
    cluster.send("s." + id % 5, "client.pub." + id, "m" + id, headers.toArray(String[]::new));
  }

  /** Publishes until a message is acknowledged. */
  void publishMarker(SimulatedCluster cluster) {
    int id = ++published;
    unanswered.add(id);
    cluster.send("s.end", "client.pub." + id, "m" + id, "Nats-Msg-Id: " + id);
  }

  boolean isAcknowledged(int id) {
    return !unanswered.contains(id);
  }

  int published() {
    return published;
  }

  Reader read(String consumer, boolean all) {
    Reader reader = new Reader(consumer, all);
    readers.add(reader);
    return reader;
  }

  void pull(SimulatedCluster cluster, Reader reader, int batch) {
    tell("pull " + batch + " from " + reader.consumer);
    cluster.request(
        "CONSUMER.MSG.NEXT." + STREAM + "." + reader.consumer,
        "client.in." + reader.consumer,
        "{\"batch\":" + batch + ",\"expires\":1000000000}");
  }

  void settle(SimulatedCluster cluster, Reader reader) {
    if (reader.received.isEmpty()) {
      return;
    }
    Message message = reader.received.remove(choice.nextInt(reader.received.size()));
    int kind = choice.nextInt(10);
    settle(
        cluster,
        reader,
        message,
        kind == 0 ? "-NAK" : kind == 1 ? "+TERM" : kind == 2 ? "+WPI" : "+ACK");
  }

  void settleAll(SimulatedCluster cluster, Reader reader) {
    while (!reader.received.isEmpty()) {
      settle(cluster, reader, reader.received.remove(0), "+ACK");
    }
  }

  private void settle(SimulatedCluster cluster, Reader reader, Message message, String text) {
    long sequence = sequence(message);
    String reply = "client.confirmed." + reader.consumer + "." + ++requests;
    if (text.equals("+TERM") || text.equals("+ACK")) {
      reader.awaited.put(reply, sequence);
      settled.add(sequence);
    }
    tell(reader.consumer + ": " + text + " " + sequence);
    cluster.send(String.valueOf(message.reply()), reply, text);
  }

  private static long sequence(Message message) {
    return Long.parseLong(String.valueOf(message.reply()).split("\\.", -1)[5]);
  }

  // ---- What they are told.

  void received(String server, Message message) {
    try {
      receivedNow(server, message);
    } catch (AssertionError e) {
      // The server would only log it.
      violation = violation == null ? e : violation;
    }
  }

  private void receivedNow(String server, Message message) {
    String reply = message.reply();
    if (reply != null && reply.startsWith("$JS.ACK.")) {
      delivered(server, reply.split("\\.", -1)[3], message.retain());
      return;
    }
    String[] subject = message.subject().split("\\.", -1);
    switch (subject[1]) {
      case "pub" -> publishAnswered(server, Integer.parseInt(subject[2]), message.text());
      case "in" -> tell(server + " tells " + message.subject() + " " + status(message));
      case "api" -> {
        tell(server + " answers " + message.subject());
        answers.put(message.subject(), message.text());
      }
      default -> confirmed(server, message.subject(), subject[2]);
    }
  }

  private static String status(Message message) {
    return new String(message.header(), java.nio.charset.StandardCharsets.UTF_8)
        .replace("\r\n", "|");
  }

  private void publishAnswered(String server, int id, String text) {
    tell(server + " answers m" + id + " " + text);
    JsonObject ack = Json.parseObject(text);
    long sequence = ack.integer("seq", 0);
    if (ack.object("error") == null && sequence > 0) {
      learn(sequence, "m" + id, "acknowledged");
      acknowledged.put(sequence, "m" + id);
      unanswered.remove(id);
    }
  }

  private void learn(long sequence, String text, String how) {
    String before = known.putIfAbsent(sequence, text);
    if (before != null) {
      assertThat(text).as("%s with sequence %d", how, sequence).isEqualTo(before);
    }
  }

  /** Takes a message of the stream that was sent to a pull request. */
  private void delivered(String server, String consumer, Message message) {
    Reader reader =
        readers.stream().filter(each -> each.consumer.equals(consumer)).findFirst().orElseThrow();
    long sequence = sequence(message);
    tell(server + " delivers " + message.text() + " " + message.reply());
    learn(sequence, message.text(), "delivered");
    assertThat(reader.isConfirmed(sequence))
        .as("%d was confirmed by %s, and is delivered again", sequence, consumer)
        .isFalse();
    reader.delivered.add(sequence);
    reader.received.add(message);
  }

  private void confirmed(String server, String subject, String consumer) {
    for (Reader each : readers) {
      Long sequence = each.consumer.equals(consumer) ? each.awaited.remove(subject) : null;
      if (sequence != null) {
        tell(server + " confirms " + sequence + " for " + consumer);
        each.confirmed.add(sequence);
      }
    }
  }

  private void tell(String what) {
    story.add(what);
  }

  // ---- What must be.

  /** Checks what the clients were told, and that no floor goes back. */
  void look(SimulatedCluster cluster) {
    if (violation != null) {
      throw violation;
    }
    for (SimulatedServer server : cluster.running()) {
      Stream stream = server.stream(STREAM);
      for (Reader each : readers) {
        Consumer consumer = stream == null ? null : stream.consumers().get(each.consumer);
        if (consumer != null && !consumer.isClosed()) {
          long floor = consumer.state().floorStream();
          assertThat(floor)
              .as("floor of %s on %s", each.consumer, server)
              .isGreaterThanOrEqualTo(floors.getOrDefault(consumer, 0L));
          floors.put(consumer, floor);
          if (consumer.isServing()) {
            each.highestFloor = Math.max(each.highestFloor, floor);
          }
        }
      }
    }
  }

  /** Checks a stream as it is in the end. */
  void checkStored(List<String> contents, boolean removes) {
    Map<Long, String> stored = new HashMap<>();
    Set<String> texts = new HashSet<>();
    for (String line : contents.subList(0, contents.size() - 1)) {
      String[] words = line.split(" ", -1);
      String text = words[words.length - 2];
      stored.put(Long.valueOf(words[0]), text);
      assertThat(texts.add(text)).as("%s is stored once", text).isTrue();
    }
    known.forEach(
        (sequence, text) -> {
          String found = stored.get(sequence);
          if (found != null || !(removes && settled.stream().anyMatch(s -> s >= sequence))) {
            assertThat(found).as("message %d", sequence).isEqualTo(text);
          }
        });
  }

  void checkRead(Reader reader, Consumer consumer, long last) {
    assertThat(consumer.state().floorStream())
        .as("floor of %s", reader.consumer)
        .isGreaterThanOrEqualTo(reader.highestFloor)
        .isEqualTo(last);
    if (reader.all) {
      // One whose delivery was lost with its leader is settled by the answer to a later one.
      assertThat(reader.delivered).as("delivered to %s", reader.consumer).contains(last);
    } else {
      for (long sequence = 1; sequence <= last; sequence++) {
        assertThat(reader.delivered).as("delivered to %s", reader.consumer).contains(sequence);
      }
    }
  }
}
