package dev.hubkit.junit.history;

import dev.hubkit.junit.history.HistoryEvent.Acked;
import dev.hubkit.junit.history.HistoryEvent.Answered;
import dev.hubkit.junit.history.HistoryEvent.Client;
import dev.hubkit.junit.history.HistoryEvent.Delivered;
import dev.hubkit.junit.history.HistoryEvent.Marked;
import dev.hubkit.junit.history.HistoryEvent.Published;
import dev.hubkit.junit.journal.Acknowledgement;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * A history of a stream ORDERS with a consumer "kitchen", as it may happen: publishes that are not
 * answered, stored or not; publishers that try again; deliveries that are not acknowledged and come
 * again; messages that wait at the end. Or one with a single thing that must not happen.
 */
final class GeneratedStream {
  /** What must not happen. */
  enum Wrong {
    NOTHING,
    LOST_BY_STREAM,
    PASSED_OVER,
    GIVEN_UP,
    STORED_TWICE,
    HANDLED_TWICE,
    HANDLED_LATE,
    STORED_LATE,
    NOT_RECORDED,
    RECORDED_TWICE
  }

  private static final int WRONG_AT = 10;
  private static final Client SHOP = new Client(1, "shop", "$G");
  private static final Client COOK = new Client(2, "cook", "$G");

  private final Random random;
  private final Wrong wrong;
  private final EventLog log = new EventLog(1_000_000);
  private final Set<Long> onServer = new TreeSet<>();
  private final List<Order> acknowledged = new ArrayList<>();
  private Instant now = Instant.EPOCH;
  private long published;
  private long last;
  private long deliveries;
  private long delivered;
  private int pending;
  private String concerned = "";

  /** A message of the stream. */
  private record Order(long sequence, String subject, String id) {}

  private GeneratedStream(Random random, Wrong wrong) {
    this.random = random;
    this.wrong = wrong;
  }

  static GeneratedStream of(Random random, int messages, Wrong wrong) {
    GeneratedStream made = new GeneratedStream(random, wrong);
    for (int i = 0; i < messages; i++) {
      made.publish(i);
    }
    made.consume();
    return made;
  }

  /** Returns what must be in the text of a finding. */
  String concerned() {
    return concerned;
  }

  Inspection inspect(Selection selection) {
    return new Inspection(
        HistoryModel.of(log.events(), "$G"),
        new ServerState((subject, payload) -> answer(subject).getBytes(StandardCharsets.UTF_8)),
        selection,
        now);
  }

  private String answer(String subject) {
    if (subject.startsWith("$JS.API.STREAM.INFO.")) {
      String gone =
          LongStream.rangeClosed(1, last)
              .filter(each -> !onServer.contains(each))
              .mapToObj(String::valueOf)
              .collect(Collectors.joining(","));
      return "{\"config\":{\"name\":\"ORDERS\",\"subjects\":[\"orders.>\"]},\"state\":{\"first_seq\":1,"
          + "\"last_seq\":"
          + last
          + ",\"deleted\":["
          + gone
          + "]}}";
    }
    return "{\"total\":1,\"consumers\":[{\"name\":\"kitchen\",\"config\":{\"ack_policy\":\"explicit\","
        + "\"max_deliver\":3,\"ack_wait\":10000000000},\"delivered\":{\"stream_seq\":"
        + delivered
        + "},\"num_ack_pending\":"
        + pending
        + "}]}";
  }

  private void tick() {
    now = now.plusMillis(1 + random.nextInt(5));
  }

  // --- publishing ---

  private long attempt(String subject, String id) {
    tick();
    byte[] header =
        ("NATS/1.0\r\nNats-Msg-Id: " + id + "\r\n\r\n").getBytes(StandardCharsets.UTF_8);
    log.add(
        1,
        n -> {
          published = n;
          return new Published(n, now, SHOP, subject, "_INBOX." + n, header, new byte[0]);
        });
    return published;
  }

  private void acknowledge(long number, long sequence, boolean duplicate) {
    tick();
    String ack =
        "{\"stream\":\"ORDERS\",\"seq\":" + sequence + (duplicate ? ",\"duplicate\":true}" : "}");
    log.add(
        1, n -> new Answered(n, now, number, new byte[0], ack.getBytes(StandardCharsets.UTF_8)));
  }

  private void publish(int index) {
    String subject = "orders." + random.nextInt(3);
    String id = "id-" + index;
    if (index != WRONG_AT && random.nextInt(4) == 0) {
      // Not answered: stored, or not.
      attempt(subject, id);
      boolean stored = random.nextBoolean();
      if (stored) {
        onServer.add(++last);
      }
      if (random.nextBoolean()) {
        // Tried again.
        long sequence = stored ? last : ++last;
        onServer.add(sequence);
        acknowledge(attempt(subject, id), sequence, stored);
        acknowledged.add(new Order(sequence, subject, id));
      }
      return;
    }
    if (wrong == Wrong.STORED_LATE && index == WRONG_AT) {
      attempt(subject, "early");
      store(subject, id);
      concerned = "ORDERS:" + last + " on " + subject + " (key " + subject + ") was stored before";
      store(subject, "early");
      return;
    }
    store(subject, id);
    if (wrong == Wrong.STORED_TWICE && index == WRONG_AT) {
      concerned = "Message " + id + " was stored 2 times";
      store(subject, id);
    }
  }

  private void store(String subject, String id) {
    long number = attempt(subject, id);
    onServer.add(++last);
    acknowledge(number, last, false);
    acknowledged.add(new Order(last, subject, id));
  }

  // --- consuming ---

  private Acknowledgement token(long sequence, int delivery, String how) {
    return new Acknowledgement("ORDERS", "kitchen", delivery, sequence, deliveries, how);
  }

  private void deliver(long sequence, String subject, int delivery) {
    tick();
    deliveries++;
    log.add(1, n -> new Delivered(n, now, COOK, subject, token(sequence, delivery, "+ACK")));
    delivered = Math.max(delivered, sequence);
  }

  private void handle(Order order, int delivery) {
    tick();
    record(order.id());
    log.add(1, n -> new Acked(n, now, COOK, token(order.sequence(), delivery, "+ACK")));
  }

  private void record(String id) {
    log.add(1, n -> new Marked(n, now, "cooked", id, "main"));
  }

  private void consume() {
    Order chosen = acknowledged.get(acknowledged.size() / 2);
    Order follower =
        acknowledged.stream()
            .filter(each -> each.sequence() > chosen.sequence())
            .filter(each -> each.subject().equals(chosen.subject()))
            .findFirst()
            .orElseThrow(() -> new AssertionError("Generate more messages"));
    long waiting = acknowledged.get(acknowledged.size() - 1 - random.nextInt(3)).sequence();
    for (Order order : acknowledged) {
      if (order.sequence() > Math.max(waiting, follower.sequence())) {
        break;
      }
      if (order.equals(chosen)) {
        chosen(order);
      } else {
        handled(order);
      }
      if (order.equals(follower) && wrong == Wrong.HANDLED_LATE) {
        deliver(chosen.sequence(), chosen.subject(), 2);
        handle(chosen, 2);
        concerned = name(chosen) + " (key " + chosen.subject() + ") was handled by kitchen after";
      }
    }
    if (wrong == Wrong.GIVEN_UP) {
      now = now.plusSeconds(11);
    }
  }

  private static String name(Order order) {
    return "ORDERS:" + order.sequence() + " on " + order.subject();
  }

  private void handled(Order order) {
    int delivery = 1;
    while (delivery < 3 && random.nextInt(4) == 0) {
      deliver(order.sequence(), order.subject(), delivery++);
    }
    deliver(order.sequence(), order.subject(), delivery);
    handle(order, delivery);
  }

  private void chosen(Order order) {
    switch (wrong) {
      case LOST_BY_STREAM -> {
        onServer.remove(order.sequence());
        concerned = name(order) + " was acknowledged, and the stream does not have it";
      }
      case PASSED_OVER ->
          concerned = name(order) + " was never delivered by kitchen, which has gone past it";
      case GIVEN_UP -> {
        for (int i = 1; i <= 3; i++) {
          deliver(order.sequence(), order.subject(), i);
        }
        pending = 1;
        concerned = name(order) + " was never acknowledged by kitchen, which delivers it 3 times";
      }
      case HANDLED_TWICE -> {
        handled(order);
        deliver(order.sequence(), order.subject(), 4);
        handle(order, 4);
        concerned = name(order) + " was acknowledged in 2 deliveries of kitchen";
      }
      case HANDLED_LATE -> deliver(order.sequence(), order.subject(), 1);
      case NOT_RECORDED -> {
        deliver(order.sequence(), order.subject(), 1);
        log.add(1, n -> new Acked(n, now, COOK, token(order.sequence(), 1, "+ACK")));
        concerned = name(order) + " was acknowledged by kitchen, but never recorded as cooked";
      }
      case RECORDED_TWICE -> {
        handled(order);
        record(order.id());
        concerned = order.id() + " (" + name(order) + ") was recorded 2 times as cooked";
      }
      default -> handled(order);
    }
  }
}
