package dev.hubkit.hostile;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLContext;

/** Runs threads that each go from one random attack to the next. */
final class HostileClients implements AutoCloseable {
  private static final int THREADS = 6;
  private static final int MOST_SOCKETS = 500;
  private static final double BYTES_PER_SECOND = 6e6;

  private final Sockets sockets = new Sockets(MOST_SOCKETS, new Throttle(BYTES_PER_SECOND));
  private final List<Thread> threads = new ArrayList<>();
  private final Map<String, LongAdder> rounds = new ConcurrentSkipListMap<>();
  private final AtomicBoolean over = new AtomicBoolean();

  /**
   * Starts the clients.
   *
   * @param only a regular expression that selects the attacks
   * @param faults receives what the hub has done but must not do
   */
  HostileClients(AttackedHub hub, SSLContext tls, long seed, String only, Queue<String> faults) {
    List<Attack> attacks =
        Attack.all().stream().filter(attack -> attack.name().matches(only)).toList();
    for (int i = 0; i < THREADS; i++) {
      Attacker attacker = new Attacker(hub, sockets, tls, new Random(seed + i), faults);
      Thread thread = new Thread(() -> run(attacker, attacks), "hostile-" + i);
      threads.add(thread);
      thread.start();
    }
  }

  private void run(Attacker attacker, List<Attack> attacks) {
    while (!over.get()) {
      Attack attack = choose(attacker, attacks);
      rounds.computeIfAbsent(attack.name(), name -> new LongAdder()).increment();
      try {
        attack.work().run(attacker);
      } catch (IOException e) {
        // The hub has closed the connection, as the attack expects.
      } catch (InterruptedException e) {
        return;
      } catch (Exception | Error e) {
        attacker.fault("the attack \"" + attack.name() + "\" failed by itself: " + e);
      }
    }
  }

  private static Attack choose(Attacker attacker, List<Attack> attacks) {
    int left = attacker.pick(attacks.stream().mapToInt(Attack::weight).sum());
    for (Attack attack : attacks) {
      left -= attack.weight();
      if (left < 0) {
        return attack;
      }
    }
    throw new IllegalStateException("no attack");
  }

  /** Returns how often each attack ran. */
  Map<String, LongAdder> rounds() {
    return rounds;
  }

  /** Ends all attacks, wherever they are. */
  @Override
  public void close() throws InterruptedException {
    over.set(true);
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        sockets.closeAll(); // which ends what the thread waits for
        thread.interrupt();
        thread.join(100);
      }
    }
    sockets.close();
  }
}
