package dev.hubkit.nats.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.PublishOptions;
import io.nats.client.api.PublishAck;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;

/**
 * A stream, and what the server has confirmed about it. Thread-safe, except that only one thread at
 * a time may publish or remove.
 */
final class CrashedStream {
  static final int SUBJECTS = 10;

  private static final int IN_FLIGHT = 64;

  private final String name;
  private final long maxBytes;
  private final Duration maxAge;
  private final int largest;
  private final NavigableMap<Long, Sent> acknowledged = new ConcurrentSkipListMap<>();
  private final Map<String, Sent> inFlight = new ConcurrentHashMap<>();
  private final NavigableSet<Long> going = new ConcurrentSkipListSet<>();
  private final NavigableSet<Long> gone = new ConcurrentSkipListSet<>();
  private long highest;
  private int published;

  /**
   * Describes a stream by its name and limits.
   *
   * @param maxBytes how many bytes it keeps; 0 for all
   * @param maxAge how long it keeps messages; zero for ever
   * @param largest the size of its largest messages in bytes
   */
  CrashedStream(String name, long maxBytes, Duration maxAge, int largest) {
    this.name = name;
    this.maxBytes = maxBytes;
    this.maxAge = maxAge;
    this.largest = largest;
  }

  /**
   * A published message.
   *
   * @param id the first line of its payload
   * @param subject the last token of its subject
   * @param millis when it was sent
   * @param life its time to live in milliseconds; 0 for ever
   */
  record Sent(String id, int subject, long millis, long life) {}

  String name() {
    return name;
  }

  long maxBytes() {
    return maxBytes;
  }

  Duration maxAge() {
    return maxAge;
  }

  /** Acknowledged messages by sequence, without those that are known to be gone. */
  NavigableMap<Long, Sent> acknowledged() {
    return acknowledged;
  }

  /** Messages without an acknowledgement, by their ids. */
  Map<String, Sent> inFlight() {
    return inFlight;
  }

  /** Sequences whose removal was requested but not confirmed. */
  NavigableSet<Long> going() {
    return going;
  }

  /** Sequences that are gone for good. */
  NavigableSet<Long> gone() {
    return gone;
  }

  /** Returns the highest sequence that the server ever acknowledged. */
  synchronized long highest() {
    return highest;
  }

  /** Returns how many messages the server has acknowledged in all. */
  synchronized int published() {
    return published;
  }

  String subject(int last) {
    return name.toLowerCase(java.util.Locale.ROOT) + "." + last;
  }

  /** Creates the message with this id. */
  byte[] payload(String id) {
    Random random = new Random(id.hashCode());
    byte[] payload = new byte[id.length() + 1 + random.nextInt(largest)];
    // One part of the payload compresses well, and the other does not.
    byte[] part = new byte[64];
    random.nextBytes(part);
    for (int i = 0; i < payload.length; i++) {
      payload[i] = i % 512 < 256 ? part[i % 64] : (byte) (i >> 8);
    }
    byte[] text = (id + "\n").getBytes(UTF_8);
    System.arraycopy(text, 0, payload, 0, text.length);
    return payload;
  }

  /** Returns the id of a message, after checking its whole payload. */
  String check(byte[] payload) {
    int end = 0;
    while (end < payload.length && payload[end] != '\n') {
      end++;
    }
    String id = new String(payload, 0, end, UTF_8);
    if (!Arrays.equals(payload, payload(id))) {
      throw new AssertionError(name + ": the message " + id + " is not what was published");
    }
    return id;
  }

  private record Flight(Sent sent, CompletableFuture<PublishAck> ack) {}

  /** Publishes {@code bytes} bytes, and waits until the server has acknowledged all of them. */
  void publish(Connection connection, Random random, long bytes, BooleanSupplier over)
      throws Exception {
    JetStream jetStream = connection.jetStream();
    Deque<Flight> flights = new ArrayDeque<>();
    try {
      for (long left = bytes; left > 0 && !over.getAsBoolean(); ) {
        String id = name + "-" + Long.toHexString(random.nextLong());
        boolean shortLived = !maxAge.isZero() && random.nextInt(4) == 0;
        long life = shortLived ? 1_000 : maxAge.toMillis();
        Sent sent = new Sent(id, random.nextInt(SUBJECTS), System.currentTimeMillis(), life);
        byte[] payload = payload(id);
        left -= payload.length;
        inFlight.put(id, sent);
        PublishOptions.Builder options = PublishOptions.builder();
        if (shortLived) {
          options.messageTtlSeconds(1);
        }
        flights.add(
            new Flight(
                sent, jetStream.publishAsync(subject(sent.subject), payload, options.build())));
        if (flights.size() >= IN_FLIGHT) {
          take(flights.remove());
        }
      }
      while (!flights.isEmpty()) {
        take(flights.remove());
      }
    } finally {
      for (Flight flight : flights) {
        if (flight.ack.isDone() && !flight.ack.isCompletedExceptionally()) {
          take(flight);
        }
      }
    }
  }

  private void take(Flight flight) throws InterruptedException, ExecutionException {
    long sequence = flight.ack.get().getSeqno();
    inFlight.remove(flight.sent.id);
    adopt(sequence, flight.sent);
  }

  /** Records that a message has this sequence. */
  synchronized void adopt(long sequence, Sent sent) {
    if (gone.contains(sequence) || acknowledged.putIfAbsent(sequence, sent) != null) {
      throw new AssertionError(name + ": sequence " + sequence + " was given twice");
    }
    highest = Math.max(highest, sequence);
    published++;
  }

  /** Records that the server may remove these sequences from now on. */
  void mayGo(Collection<Long> sequences) {
    going.addAll(sequences);
  }

  /** Records that the server has removed every sequence that it was allowed to remove. */
  void areGone() {
    List<Long> sequences = List.copyOf(going);
    gone.addAll(sequences);
    sequences.forEach(acknowledged::remove);
    going.clear();
  }
}
