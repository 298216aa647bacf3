package dev.hubkit.nats.crash;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.PurgeOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Clients that make a server do the work during which it is to be killed, until it is gone. */
final class StreamCrashLoad {
  private final Connection connection;
  private final CrashAim aim;
  private final CrashedStream target;
  private final CrashReader reader;
  private final Random random;
  private final CrashThreads threads;
  private volatile boolean requested;

  /**
   * Prepares a load.
   *
   * @param reader a consumer that works at the same time
   */
  StreamCrashLoad(
      Connection connection,
      CrashAim aim,
      CrashedStream target,
      CrashReader reader,
      Random random) {
    this.connection = connection;
    this.aim = aim;
    this.target = target;
    this.reader = reader;
    this.random = random;
    threads = new CrashThreads(connection);
  }

  /** Starts the clients, next to a reader. */
  void start() {
    threads.begin("work", this::work);
    threads.begin("reader", () -> reader.read(connection, threads::isOver));
    threads.begin(
        "feeder", () -> reader.feed(connection, new Random(random.nextLong()), threads::isOver));
  }

  /** Tells the clients that the server is about to be killed. */
  void expectTheEnd() {
    threads.expectTheEnd();
  }

  /** Returns whether the targeted request was sent and its answer has not arrived. */
  boolean isRequested() {
    return requested;
  }

  void await() throws InterruptedException {
    threads.await();
  }

  private void work() throws Exception {
    while (!threads.isOver()) {
      switch (aim) {
        case PURGE, PURGE_SUBJECT, PURGE_KEEP -> {
          target.publish(connection, random, 2_000_000, threads::isOver);
          purge(aim, random.nextInt(CrashedStream.SUBJECTS));
        }
        case REWRITING -> {
          target.publish(connection, random, 4_000_000, threads::isOver);
          for (int i = 0; i < 7 && !threads.isOver(); i++) {
            purge(CrashAim.PURGE_SUBJECT, i);
          }
        }
        case REMOVAL -> {
          target.publish(connection, random, 100_000, threads::isOver);
          remove(200);
        }
        default -> target.publish(connection, random, 4_000_000, threads::isOver);
      }
    }
  }

  private void purge(CrashAim kind, int subject) throws Exception {
    int keep = random.nextInt(50);
    List<Long> sequences = new ArrayList<>();
    for (Map.Entry<Long, CrashedStream.Sent> each : target.acknowledged().entrySet()) {
      if (kind == CrashAim.PURGE || each.getValue().subject() == subject) {
        sequences.add(each.getKey());
      }
    }
    PurgeOptions.Builder options = PurgeOptions.builder();
    if (kind != CrashAim.PURGE) {
      options.subject(target.subject(subject));
    }
    if (kind == CrashAim.PURGE_KEEP) {
      options.keep(keep);
      sequences = sequences.subList(0, Math.max(0, sequences.size() - keep));
    }
    target.mayGo(sequences);
    requested = kind == aim;
    JetStreamManagement management = connection.jetStreamManagement();
    if (kind == CrashAim.PURGE) {
      management.purgeStream(target.name());
    } else {
      management.purgeStream(target.name(), options.build());
    }
    requested = false;
    target.areGone();
  }

  private void remove(int count) throws Exception {
    JetStreamManagement management = connection.jetStreamManagement();
    List<Long> known = List.copyOf(target.acknowledged().keySet());
    for (int i = 0; i < count && !threads.isOver(); i++) {
      long sequence = known.get(random.nextInt(known.size()));
      if (!target.acknowledged().containsKey(sequence)) {
        continue;
      }
      target.mayGo(List.of(sequence));
      requested = true;
      try {
        management.deleteMessage(target.name(), sequence, random.nextBoolean());
      } catch (JetStreamApiException e) {
        if (target.maxBytes() == 0) {
          throw new AssertionError("message " + sequence + " was acknowledged and is not there", e);
        }
      }
      requested = false;
      target.areGone();
    }
  }
}
