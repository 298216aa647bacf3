package dev.hubkit.nats.leaf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.ServerAccess;
import dev.hubkit.nats.wire.Nuid;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamOptions;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.PublishOptions;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.api.External;
import io.nats.client.api.Mirror;
import io.nats.client.api.Source;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * A hub and a leaf node that are killed, stopped and cut off from each other at random, while
 * everything that crosses is in use: nothing that was acknowledged is lost, nothing comes twice.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS)
@EnabledIfSystemProperty(named = LeafKillsTest.SECONDS, matches = "\\d+")
class LeafKillsTest extends LeafServers {
  /** Property with how many seconds each test goes on; without it, none is run. */
  static final String SECONDS = "hub.leaf.kills";

  /** Property with the file of {@code hub}, to have servers of ours in processes of their own. */
  private static final String PROGRAM = "hub.leaf.program";

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicBoolean over = new AtomicBoolean();

  /** One of the two servers, which comes back under the same ports and with the same streams. */
  private final class Side {
    final String name;
    final String domain;
    final boolean real;
    final String config;
    final int port = freePort();
    final AtomicInteger published = new AtomicInteger();
    final AtomicInteger answered = new AtomicInteger();
    final AtomicInteger asked = new AtomicInteger();
    private @Nullable AutoCloseable server;

    Side(String name, boolean real, String config) throws IOException {
      this.name = name;
      this.domain = name;
      this.real = real;
      this.config = config + "jetstream { store_dir: \"$STORE\", domain: " + domain + " }\n";
    }

    void start() throws IOException {
      if (real) {
        server = startReal(name, config, "-p", Integer.toString(port));
      } else if (System.getProperty(PROGRAM) == null) {
        server = NatsServer.start(options(name, "port: " + port + "\n" + config));
      } else {
        server = new OwnProcess(program());
      }
    }

    private Process program() throws IOException {
      Path file = directory.resolve(name + ".conf");
      String store = directory.resolve(name + "-store").toString();
      Files.writeString(file, "server_name: " + name + "\n" + config.replace("$STORE", store));
      return new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xmx256m",
              "-jar",
              System.getProperty(PROGRAM),
              "nats-server",
              "-c",
              file.toString(),
              "-a",
              "127.0.0.1",
              "-p",
              Integer.toString(port))
          .redirectErrorStream(true)
          .redirectOutput(Redirect.appendTo(directory.resolve(name + ".log").toFile()))
          .start();
    }

    void end(boolean gently) throws Exception {
      AutoCloseable present = server;
      if (present instanceof NatsServerProcess process && !gently) {
        process.kill();
      } else if (present instanceof OwnProcess own && !gently) {
        own.process().destroyForcibly().waitFor();
      } else if (present != null) {
        present.close();
      }
    }

    /** Ends the connection to the other one; returns false where that takes more. */
    boolean cut() {
      if (server instanceof NatsServer ours) {
        ServerAccess.leafs(ours).forEach(each -> each.abort("to see what becomes of it"));
        return true;
      }
      return false;
    }

    Connection client() throws Exception {
      return Nats.connect(
          Options.builder()
              .server("nats://127.0.0.1:" + port)
              .maxReconnects(-1)
              .reconnectWait(Duration.ofMillis(100))
              .connectionTimeout(PATIENCE)
              .errorListener(new SilentListener())
              .build());
    }

    // A process takes its time.
    Connection firstClient() {
      return await()
          .atMost(PATIENCE)
          .ignoreExceptions()
          .until(this::client, connected -> connected != null);
    }
  }

  /** A server of ours that can be killed. */
  private record OwnProcess(Process process) implements AutoCloseable {
    @Override
    public void close() throws InterruptedException {
      process.destroy();
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    }
  }

  @Test
  void ourLeafNodeOfARealHub() throws Exception {
    run(true, false);
  }

  @Test
  void aRealLeafNodeOfOurHub() throws Exception {
    run(false, true);
  }

  @Test
  void ourLeafNodeOfOurHub() throws Exception {
    run(false, false);
  }

  private void run(boolean realHub, boolean realLeaf) throws Exception {
    int port = freePort();
    Side hub = new Side("HUB", realHub, "leafnodes { listen: \"127.0.0.1:" + port + "\" }\n");
    Side leaf = new Side("SPOKE", realLeaf, remote(port, ""));
    hub.start();
    leaf.start();
    long seed = System.nanoTime();
    List<Future<?>> work = new ArrayList<>();
    Received received = new Received();
    try (Connection onHub = hub.firstClient();
        Connection onLeaf = leaf.firstClient()) {
      create(onHub, hub, leaf);
      create(onLeaf, leaf, hub);
      received.take(onHub, hub, leaf);
      received.take(onLeaf, leaf, hub);
      work.add(threads.submit(() -> publish(onHub, hub)));
      work.add(threads.submit(() -> publish(onLeaf, leaf)));
      work.add(threads.submit(() -> ask(onHub, hub, leaf)));
      work.add(threads.submit(() -> ask(onLeaf, leaf, hub)));
      int disturbed = disturb(new Random(seed), hub, leaf);
      over.set(true);
      for (Future<?> each : work) {
        each.get(60, TimeUnit.SECONDS);
      }
      System.out.printf(
          "seed %d: %d disturbances, %d and %d messages stored, %d of %d and %d of %d requests"
              + " answered, %d queued messages taken, %d plain ones%n",
          seed,
          disturbed,
          hub.published.get(),
          leaf.published.get(),
          hub.answered.get(),
          hub.asked.get(),
          leaf.answered.get(),
          leaf.asked.get(),
          received.queued.size(),
          received.plain.size());
      assertThat(received.twice).isEmpty();
      check(onLeaf, leaf, hub);
      check(onHub, hub, leaf);
      awaitService(onHub, "ask.SPOKE");
      awaitService(onLeaf, "ask.HUB");
    } finally {
      over.set(true);
      threads.shutdownNow();
      leaf.end(true);
      hub.end(true);
    }
  }

  // A stream of its own, and a mirror and a stream that sources the other's.
  private void create(Connection client, Side side, Side other) throws Exception {
    JetStreamManagement streams = client.jetStreamManagement();
    External there = External.builder().api("$JS." + other.domain + ".API").build();
    // Longer than a server that is killed again and again while it starts can be away.
    streams.addStream(
        stream("ORIGIN_" + side.name)
            .subjects("data." + side.name + ".>")
            .duplicateWindow(Duration.ofHours(1))
            .build());
    streams.addStream(
        stream("MIRROR")
            .mirror(Mirror.builder().name("ORIGIN_" + other.name).external(there).build())
            .build());
    streams.addStream(
        stream("SOURCED")
            .addSource(Source.builder().name("ORIGIN_" + other.name).external(there).build())
            .build());
  }

  private static StreamConfiguration.Builder stream(String name) {
    return StreamConfiguration.builder().name(name).storageType(StorageType.File);
  }

  /** What plain subscribers and queue groups have taken, each message under its own id. */
  private static final class Received {
    final Set<String> plain = ConcurrentHashMap.newKeySet();
    final Set<String> queued = ConcurrentHashMap.newKeySet();
    final Set<String> twice = ConcurrentHashMap.newKeySet();

    void take(Connection client, Side side, Side other) {
      client
          .createDispatcher(m -> client.publish(m.getReplyTo(), m.getData()))
          .subscribe("ask." + side.name);
      client.createDispatcher(m -> add(plain, text(m))).subscribe("news." + other.name);
      client.createDispatcher(m -> add(queued, text(m))).subscribe("work", "workers");
    }

    private void add(Set<String> to, @Nullable String id) {
      if (id != null && !to.add(id)) {
        twice.add(id);
      }
    }
  }

  private void publish(Connection client, Side side) {
    int next = 1;
    while (!over.get()) {
      String id = side.name + "-" + next;
      try {
        client
            .jetStream(JetStreamOptions.builder().requestTimeout(Duration.ofSeconds(2)).build())
            .publish(
                "data." + side.name + ".x",
                bytes(id),
                PublishOptions.builder().messageId(id).build());
        side.published.set(next);
        next++;
        String other = Nuid.next();
        client.publish("news." + side.name, bytes(other));
        client.publish("work", bytes(other));
        TimeUnit.MILLISECONDS.sleep(5);
      } catch (InterruptedException e) {
        return;
      } catch (Exception e) {
        // Not acknowledged: once more, under the same id.
      }
    }
  }

  private void ask(Connection client, Side side, Side other) {
    for (int i = 1; !over.get(); i++) {
      String question = side.name + "?" + i;
      try {
        side.asked.incrementAndGet();
        Message answer =
            client.request("ask." + other.name, bytes(question), Duration.ofMillis(500));
        if (answer != null && answer.getStatus() == null) {
          assertThat(text(answer)).isEqualTo(question);
          side.answered.incrementAndGet();
        }
        TimeUnit.MILLISECONDS.sleep(20);
      } catch (InterruptedException e) {
        return;
      } catch (IllegalStateException e) {
        // It is not connected now.
      }
    }
  }

  private static int disturb(Random random, Side hub, Side leaf) throws Exception {
    long end = System.nanoTime() + Long.getLong(SECONDS) * 1_000_000_000L;
    int count = 0;
    while (System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(500 + random.nextInt(3000));
      Side side = random.nextBoolean() ? hub : leaf;
      int kind = random.nextInt(4);
      if (kind < 2 || !side.cut()) {
        side.end(kind == 0);
        TimeUnit.MILLISECONDS.sleep(random.nextInt(2000));
        side.start();
      }
      count++;
    }
    return count;
  }

  // Both followers have all of the other side's messages, in order, each once.
  private void check(Connection client, Side side, Side other) throws Exception {
    int expected = other.published.get();
    for (String stream : List.of("MIRROR", "SOURCED")) {
      await()
          .atMost(Duration.ofMinutes(2))
          .ignoreExceptions()
          .untilAsserted(
              () ->
                  assertThat(
                          client
                              .jetStreamManagement()
                              .getStreamInfo(stream)
                              .getStreamState()
                              .getMsgCount())
                      .describedAs("%s of %s", stream, side.name)
                      .isGreaterThanOrEqualTo(expected));
      JetStreamSubscription all =
          client
              .jetStream()
              .subscribe(">", PushSubscribeOptions.builder().stream(stream).ordered(true).build());
      for (int i = 1; i <= expected; i++) {
        assertThat(text(all.nextMessage(PATIENCE)))
            .describedAs("%s of %s", stream, side.name)
            .isEqualTo(other.name + "-" + i);
      }
      all.unsubscribe();
    }
  }
}
