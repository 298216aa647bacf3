package dev.hubkit.hostile;

import io.nats.client.Connection;
import io.nats.client.ConnectionListener;
import io.nats.client.Consumer;
import io.nats.client.ErrorListener;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.support.Status;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Runs ordinary clients, each on a thread, and collects what they see. */
final class OrdinaryClients implements AutoCloseable {
  private static final int MOST_FAULTS = 20; // of one client; more would say nothing new

  private final Map<OrdinaryClient, Latencies> clients = new LinkedHashMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private final Set<Connection> leaving = ConcurrentHashMap.newKeySet();
  private final long begin = System.nanoTime();
  private final CountDownLatch over = new CountDownLatch(1);
  private final Queue<String> faults = new ConcurrentLinkedQueue<>();
  private final Map<String, AtomicInteger> faultsOf = new ConcurrentSkipListMap<>();
  private final Map<String, LongAdder> allowed = new ConcurrentSkipListMap<>();

  void add(OrdinaryClient client) {
    clients.put(client, new Latencies());
  }

  void start() {
    clients.forEach(
        (client, latencies) -> {
          Thread thread =
              new Thread(
                  () -> run(client, latencies), "ordinary-" + client.name().replace(' ', '-'));
          threads.add(thread);
          thread.start();
        });
  }

  private void run(OrdinaryClient client, Latencies latencies) {
    try {
      do {
        long begin = System.nanoTime();
        try {
          client.act();
        } catch (InterruptedException e) {
          throw e;
        } catch (Exception | AssertionError e) {
          saw(client.name(), e);
        }
        latencies.add(System.nanoTime() - begin);
      } while (!over.await(client.restMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void saw(String client, Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text));
    saw(client, String.valueOf(text));
  }

  /** Notes that a client has seen something wrong. */
  void saw(String client, String what) {
    String why = Expectations.whyToldTo(client, what);
    if (why != null) {
      allowed.computeIfAbsent(client + ": " + why, key -> new LongAdder()).increment();
    } else if (faultsOf.computeIfAbsent(client, key -> new AtomicInteger()).incrementAndGet()
        <= MOST_FAULTS) {
      faults.add(
          "second " + (System.nanoTime() - begin) / 1_000_000_000 + ", " + client + ": " + what);
    }
  }

  /** Stops the clients and makes each of them check what it has. */
  void finish() throws InterruptedException {
    over.countDown();
    for (Thread thread : threads) {
      thread.join(TimeUnit.SECONDS.toMillis(60));
      if (thread.isAlive()) {
        StackTraceElement[] stack = thread.getStackTrace();
        faults.add(thread.getName() + " waits for ever: " + List.of(stack));
        thread.interrupt();
      }
    }
    for (OrdinaryClient client : clients.keySet()) {
      try {
        client.finish();
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception | AssertionError e) {
        saw(client.name(), e);
      }
    }
  }

  Queue<String> faults() {
    return faults;
  }

  /** Returns the allowed errors, each with its reason and how often clients saw it. */
  Map<String, LongAdder> allowed() {
    return allowed;
  }

  /** Returns how long operations took, by client. */
  Map<String, Latencies> latencies() {
    Map<String, Latencies> all = new LinkedHashMap<>();
    clients.forEach((client, latencies) -> all.put(client.name(), latencies));
    return all;
  }

  /** Connects to NATS for a client, and notes for it whatever happens to the connection. */
  Connection connect(String client, Options.Builder options)
      throws IOException, InterruptedException {
    return Nats.connect(
        options
            .connectionTimeout(Duration.ofSeconds(20))
            .connectionListener(new Witness(client))
            .errorListener(new Witness(client))
            .build());
  }

  /** Closes a connection of {@link #connect} without noting that. */
  void leave(Connection connection) throws InterruptedException {
    leaving.add(connection);
    connection.close();
    leaving.remove(connection);
  }

  /** Notes what happens to a connection. */
  private final class Witness implements ConnectionListener, ErrorListener {
    private final String client;

    Witness(String client) {
      this.client = client;
    }

    @Override
    @SuppressWarnings("deprecation") // the interface requires this method
    public void connectionEvent(Connection connection, Events event) {
      if (event == Events.DISCONNECTED && over.getCount() > 0 && !leaving.contains(connection)) {
        saw(client, "disconnected: " + connection.getLastError());
      }
    }

    @Override
    public void errorOccurred(Connection connection, String error) {
      saw(client, "-ERR " + error);
    }

    @Override
    public void exceptionOccurred(Connection connection, Exception e) {
      if (over.getCount() > 0) {
        saw(client, e);
      }
    }

    @Override
    public void slowConsumerDetected(Connection connection, Consumer consumer) {
      saw(client, "it is too slow itself");
    }

    @Override
    public void messageDiscarded(Connection connection, io.nats.client.Message message) {
      saw(client, "a message was discarded");
    }

    @Override
    public void heartbeatAlarm(
        Connection connection, JetStreamSubscription subscription, long stream, long consumer) {
      saw(client, "no heartbeat of a consumer");
    }

    @Override
    public void unhandledStatus(
        Connection connection, JetStreamSubscription subscription, Status status) {
      saw(client, "a status: " + status);
    }
  }

  @Override
  public void close() throws Exception {
    over.countDown();
    for (Thread thread : threads) {
      thread.interrupt();
    }
    for (OrdinaryClient client : clients.keySet()) {
      client.close();
    }
  }
}
