package dev.hubkit.nats.crash;

import io.nats.client.Connection;
import io.nats.client.ConsumerContext;
import io.nats.client.FetchConsumeOptions;
import io.nats.client.FetchConsumer;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.KeyValue;
import io.nats.client.Message;
import io.nats.client.PublishOptions;
import io.nats.client.PurgeOptions;
import io.nats.client.api.PublishAck;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Clients that work until their server is gone. */
final class CrashLoad {
  private static final int IN_FLIGHT = 32;

  private final Connection connection;
  private final CrashLedger ledger;
  private final int round;
  private final CrashThreads threads;

  CrashLoad(Connection connection, CrashLedger ledger, int round) {
    this.connection = connection;
    this.ledger = ledger;
    this.round = round;
    threads = new CrashThreads(connection);
  }

  void start() {
    begin("log-1", () -> publish("log", 1));
    begin("log-2", () -> publish("log", 2));
    begin("jobs", () -> publish("job", 3));
    begin("worker", this::work);
    begin("reader", this::read);
    begin("remover", this::remove);
    begin("keys", this::put);
    begin("ring", this::turn);
    begin("purger", this::purge);
  }

  private void begin(String name, CrashThreads.Work work) {
    threads.begin(name, work);
  }

  /** Tells the clients that the server is about to be killed. */
  void expectTheEnd() {
    threads.expectTheEnd();
  }

  void await() throws InterruptedException {
    threads.await();
  }

  private record Flight(String id, CompletableFuture<PublishAck> ack) {}

  private void publish(String kind, int publisher) throws Exception {
    var acknowledged = kind.equals("log") ? ledger.log : ledger.jobs;
    JetStream jetStream = connection.jetStream();
    Random random = new Random(round * 31L + publisher);
    Deque<Flight> flights = new ArrayDeque<>();
    try {
      for (int i = 0; !threads.isOver(); i++) {
        String id = round + "." + publisher + "." + i;
        byte[] payload = (id + " ".repeat(random.nextInt(300))).getBytes(StandardCharsets.UTF_8);
        acknowledged.put(id, 0L);
        PublishOptions options = PublishOptions.builder().messageId(id).build();
        String subject = kind + "." + random.nextInt(20);
        flights.add(new Flight(id, jetStream.publishAsync(subject, payload, options)));
        if (flights.size() >= IN_FLIGHT) {
          Flight first = flights.remove();
          acknowledged.put(first.id, first.ack.get().getSeqno());
        }
      }
    } finally {
      for (Flight flight : flights) {
        if (flight.ack.isDone() && !flight.ack.isCompletedExceptionally()) {
          acknowledged.put(flight.id, flight.ack.join().getSeqno());
        }
      }
    }
  }

  static String id(Message message) {
    return new String(message.getData(), StandardCharsets.UTF_8).trim();
  }

  private void work() throws Exception {
    ConsumerContext consumer = connection.getConsumerContext("JOBS", "worker");
    FetchConsumeOptions options =
        FetchConsumeOptions.builder().maxMessages(10).expiresIn(1000).build();
    while (!threads.isOver()) {
      try (FetchConsumer fetch = consumer.fetch(options)) {
        for (Message message = fetch.nextMessage();
            message != null;
            message = fetch.nextMessage()) {
          String id = id(message);
          if (Boolean.TRUE.equals(ledger.done.get(id))) {
            throw new AssertionError("job " + id + " comes again after its confirmed ack");
          }
          ledger.done.put(id, false);
          message.ackSync(Duration.ofSeconds(5));
          ledger.done.put(id, true);
        }
      }
    }
  }

  private void read() throws Exception {
    ConsumerContext consumer = connection.getConsumerContext("LOG", "reader");
    FetchConsumeOptions options =
        FetchConsumeOptions.builder().maxMessages(10).expiresIn(1000).build();
    while (!threads.isOver()) {
      try (FetchConsumer fetch = consumer.fetch(options)) {
        for (Message message = fetch.nextMessage();
            message != null;
            message = fetch.nextMessage()) {
          long sequence = message.metaData().streamSequence();
          if (ledger.seen.contains(sequence)) {
            throw new AssertionError("message " + sequence + " comes again after its ack");
          }
          ledger.acknowledged.add(sequence);
          message.ackSync(Duration.ofSeconds(5));
          ledger.seen.add(sequence);
        }
      }
    }
  }

  private void remove() throws Exception {
    JetStreamManagement management = connection.jetStreamManagement();
    Random random = new Random(round);
    while (!threads.isOver()) {
      List<Long> known = new ArrayList<>(ledger.log.values());
      long sequence = known.isEmpty() ? 0 : known.get(random.nextInt(known.size()));
      if (sequence == 0 || ledger.removed.putIfAbsent(sequence, false) != null) {
        TimeUnit.MILLISECONDS.sleep(1); // nothing to remove yet
        continue;
      }
      try {
        management.deleteMessage("LOG", sequence, random.nextInt(10) == 0);
        ledger.removed.put(sequence, true);
      } catch (JetStreamApiException e) {
        throw new AssertionError("message " + sequence + " was acknowledged but is not there", e);
      }
    }
  }

  private void put() throws IOException, JetStreamApiException, InterruptedException {
    KeyValue bucket = connection.keyValue("KEYS");
    Random random = new Random(round + 7L);
    while (!threads.isOver()) {
      String key = "key-" + random.nextInt(10);
      long[] known = ledger.values.computeIfAbsent(key, k -> new long[2]);
      known[1]++;
      bucket.put(key, Long.toString(known[1]));
      known[0] = known[1];
    }
  }

  /** Publishes large messages, so that the stream begins new files and deletes old ones. */
  private void turn() throws Exception {
    JetStream jetStream = connection.jetStream();
    Random random = new Random(round + 11L);
    for (int i = 0; !threads.isOver(); i++) {
      String id = random.nextInt(10) + "." + round + "." + i;
      byte[] payload = (id + " ".repeat(random.nextInt(20_000))).getBytes(StandardCharsets.UTF_8);
      ledger.ringTried.add(id);
      synchronized (ledger.ring) { // otherwise a purge could remove it before the ledger knows it
        PublishAck ack = jetStream.publish("ring." + id.charAt(0), payload);
        ledger.ring.put(ack.getSeqno(), id);
      }
    }
  }

  private void purge() throws Exception {
    JetStreamManagement management = connection.jetStreamManagement();
    Random random = new Random(round + 13L);
    while (!threads.isOver()) {
      String subject = Integer.toString(random.nextInt(10));
      synchronized (ledger.ring) {
        List<Long> taken = new ArrayList<>();
        ledger.ring.forEach(
            (sequence, id) -> {
              if (id.startsWith(subject + ".")) {
                taken.add(sequence);
              }
            });
        taken.forEach(sequence -> ledger.purged.putIfAbsent(sequence, false));
        management.purgeStream("RING", PurgeOptions.subject("ring." + subject));
        taken.forEach(sequence -> ledger.purged.put(sequence, true));
      }
      TimeUnit.MILLISECONDS.sleep(random.nextInt(50)); // so that there is something to purge
    }
  }

  /**
   * Publishes unacknowledged messages again, and some acknowledged ones; none of them may then be
   * in the stream twice.
   */
  static void repeat(Connection connection, CrashLedger ledger)
      throws IOException, JetStreamApiException, InterruptedException, ExecutionException {
    JetStream jetStream = connection.jetStream();
    for (boolean isLog : new boolean[] {true, false}) {
      var acknowledged = isLog ? ledger.log : ledger.jobs;
      int known = 0;
      for (var entry : List.copyOf(acknowledged.entrySet())) {
        // Like nats-server, the server forgets the id of a removed message at a restart.
        boolean isThere =
            isLog
                ? !ledger.removed.containsKey(entry.getValue())
                : !ledger.done.containsKey(entry.getKey());
        if (entry.getValue() == 0 || (isThere && known++ % 50 == 0)) {
          String id = entry.getKey();
          PublishOptions options = PublishOptions.builder().messageId(id).build();
          byte[] payload = id.getBytes(StandardCharsets.UTF_8);
          PublishAck ack = jetStream.publish((isLog ? "log" : "job") + ".again", payload, options);
          if (entry.getValue() != 0 && (!ack.isDuplicate() || ack.getSeqno() != entry.getValue())) {
            throw new AssertionError(
                id + " was stored as " + entry.getValue() + ", and again: " + ack);
          }
          acknowledged.put(id, ack.getSeqno());
        }
      }
    }
  }
}
