package dev.hubkit.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import at.favre.lib.crypto.bcrypt.BCrypt;
import dev.hubkit.nats.security.TestCertificate;
import io.nats.client.Connection;
import io.nats.client.Options;
import io.nats.client.api.StorageType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs random hostile clients beside ordinary ones, against a hub with a heap of 64 MB. The
 * ordinary clients see no errors but those of {@link Expectations}; afterwards memory, threads and
 * descriptors are back to what they were, and the hub ends when it is told to. Runs only in the
 * profile {@code hostile}; {@code -Dhub.hostile.minutes=n}, {@code -Dhub.hostile.seed=n}, {@code
 * -Dhub.hostile.attacks=REGEX} and {@code -Dhub.hostile.java=OPTIONS} set the duration, the random
 * choices, the attacks, and the options of the JVM.
 */
class HostileClientsTest {
  static final String HASHED_PASSWORD = "right";

  private static final double MINUTES =
      Double.parseDouble(System.getProperty("hub.hostile.minutes", "0"));
  private static final long SEED = Long.getLong("hub.hostile.seed", System.nanoTime());
  private static final String ATTACKS = System.getProperty("hub.hostile.attacks", ".*");
  private static final String JAVA = System.getProperty("hub.hostile.java", "-Xmx64m");
  private static final Duration SETTLING = Duration.ofSeconds(60);
  private static final Duration LONGEST_END = Duration.ofSeconds(3);

  // Ordinary clients fill a stream in memory meanwhile, and the server remembers closed
  // connections.
  private static final long MORE_HEAP = 12_000_000;
  private static final long MORE_DIRECT = 8_000_000;
  private static final long MORE_RESIDENT = 160_000_000;
  private static final int MORE_THREADS = 6;
  // SQLite keeps one for each of the eight connections that read the repository at once.
  private static final int MORE_DESCRIPTORS = 14;

  @TempDir private Path directory;

  private final Queue<String> faults = new ConcurrentLinkedQueue<>();
  private SSLContext tls;
  private HostileReport report;

  @Test
  @Timeout(value = 3, unit = TimeUnit.HOURS)
  void harmNobodyElse() throws Exception {
    assumeTrue(MINUTES > 0, "only in the profile hostile");
    TestCertificate certificate =
        TestCertificate.make(directory, "server", "CN=127.0.0.1", "ip:127.0.0.1");
    tls = certificate.trusting(certificate);
    Path config = directory.resolve("nats.conf");
    Files.writeString(config, configuration(certificate));
    try (AttackedHub hub = AttackedHub.start(directory, config, List.of(JAVA.split(" ", -1)));
        OrdinaryClients ordinary = new OrdinaryClients()) {
      report = new HostileReport(SEED, ordinary);
      try {
        run(ordinary, hub);
      } catch (AssertionError | IOException e) {
        faults.add("the run was cut short: " + e);
      }
      faults.addAll(ordinary.faults());
      report.print(faults, hub);
      assertThat(faults.size()).as("faults, listed above; seed %s", SEED).isZero();
    }
  }

  private void run(OrdinaryClients ordinary, AttackedHub hub) throws Exception {
    gather(ordinary, hub);
    ordinary.start();
    rest(Duration.ofSeconds(5));
    hub.writeClasses(HostileReport.kept("classes-before.txt"));
    Vitals before = hub.vitals();
    report.add("before: " + before);
    attack(hub);
    Vitals after = settled(hub, before);
    report.add("after: " + after);
    hub.writeClasses(HostileReport.kept("classes-after.txt"));
    ordinary.finish();
    checkHealth(hub);
    end(hub);
  }

  private static String configuration(TestCertificate certificate) {
    String hash =
        BCrypt.with(BCrypt.Version.VERSION_2A).hashToString(8, HASHED_PASSWORD.toCharArray());
    return "server_name: attacked\n"
        + "http: \"127.0.0.1:-1\"\n"
        + "tls { cert_file: \""
        + certificate.certFile()
        + "\", key_file: \""
        + certificate.keyFile()
        + "\" }\n"
        + "allow_non_tls: true\n"
        + "websocket { listen: \"127.0.0.1:-1\", no_tls: true, compression: true }\n"
        + "jetstream { max_file_store: 3GB }\n"
        + "accounts {\n"
        + "  ORDINARY { jetstream: enabled, users: [{user: ann, password: good},"
        + " {user: "
        + Attacker.HASHED_USER
        + ", password: \""
        + hash
        + "\"}] }\n"
        + "  HOSTILE { jetstream: { max_store: 500MB }, users: [{user: "
        + Attacker.USER
        + ", password: "
        + Attacker.PASSWORD
        + "}] }\n"
        + "}\n";
  }

  private void gather(OrdinaryClients ordinary, AttackedHub hub) throws Exception {
    String plain = "nats://127.0.0.1:" + hub.natsPort();
    String secured = "tls://127.0.0.1:" + hub.natsPort();
    String webSocket = "ws://127.0.0.1:" + hub.webSocketPort();
    for (Map.Entry<String, String> way :
        List.of(
            Map.entry("request", plain),
            Map.entry("request over TLS", secured),
            Map.entry("request over WebSocket", webSocket))) {
      ordinary.add(
          new RequestUser(
              way.getKey(),
              connect(ordinary, way.getKey(), way.getValue()),
              connect(ordinary, way.getKey(), way.getValue())));
    }
    for (StorageType storage : List.of(StorageType.File, StorageType.Memory)) {
      String name = storage.toString().toLowerCase(java.util.Locale.ROOT) + " stream";
      ordinary.add(new StreamUser(name, connect(ordinary, name, plain), storage));
    }
    ordinary.add(new QueueUser(connect(ordinary, "work queue", plain)));
    ordinary.add(new BucketUser(connect(ordinary, "bucket", plain)));
    ordinary.add(new ObjectUser(connect(ordinary, "object store", plain)));
    ordinary.add(new Returner(ordinary, plain));
    ordinary.add(
        new Visitor(
            "monitoring",
            hub.monitorPort(),
            100,
            List.of(
                Map.entry("/healthz", "\"ok\""),
                Map.entry("/varz", "\"server_name\""),
                Map.entry("/connz", "\"connections\""),
                Map.entry("/jsz", "\"streams\""))));
    ordinary.add(
        new Visitor(
            "fossil pages",
            hub.fossilPort(),
            300,
            List.of(Map.entry("/timeline", "Timeline"), Map.entry("/dir", "README"))));
    ordinary.add(new Cloner(hub.fossilPort(), directory));
  }

  private Connection connect(OrdinaryClients ordinary, String name, String url)
      throws IOException, InterruptedException {
    Options.Builder options =
        new Options.Builder().server(url).userInfo("ann", "good").maxReconnects(-1);
    if (url.startsWith("tls:")) {
      options.sslContext(tls);
    }
    return ordinary.connect(name, options);
  }

  private static void rest(Duration time) throws InterruptedException {
    new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void attack(AttackedHub hub) throws Exception {
    long end = System.nanoTime() + (long) (MINUTES * 60e9);
    try (HostileClients hostile = new HostileClients(hub, tls, SEED, ATTACKS, faults)) {
      report.hostile(hostile.rounds());
      long pause = Math.max(5_000, (long) (MINUTES * 60_000 / 8));
      while (System.nanoTime() < end && hub.isAlive()) {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        rest(Duration.ofMillis(Math.max(1, Math.min(pause, left))));
        report.add("during: " + hub.vitals());
      }
    }
    if (!hub.isAlive()) {
      faults.add("the hub is dead");
    }
  }

  /**
   * Deletes what the hostile clients have left, and returns the hub's vitals once they have
   * settled.
   */
  private Vitals settled(AttackedHub hub, Vitals before) throws Exception {
    try (Cleaner cleaner = new Cleaner(hub.natsPort())) {
      cleaner.deleteStreams();
    }
    long end = System.nanoTime() + SETTLING.toNanos();
    Vitals now = hub.vitals();
    while (excess(now, before) != null && System.nanoTime() < end) {
      rest(Duration.ofSeconds(1));
      now = hub.vitals();
    }
    String excess = excess(now, before);
    if (excess != null) {
      faults.add("after " + SETTLING.toSeconds() + " s there is " + excess);
      faults.add("its threads: " + hub.threads());
    }
    return now;
  }

  private static String excess(Vitals now, Vitals before) {
    List<String> too = new ArrayList<>();
    if (now.heap() > before.heap() + MORE_HEAP) {
      too.add("too much heap");
    }
    if (now.direct() > before.direct() + MORE_DIRECT) {
      too.add("too much in direct buffers");
    }
    if (now.resident() > before.resident() + MORE_RESIDENT) {
      too.add("too much resident memory");
    }
    if (now.threads() > before.threads() + MORE_THREADS) {
      too.add("too many threads");
    }
    if (now.descriptors() > before.descriptors() + MORE_DESCRIPTORS) {
      too.add("too many descriptors");
    }
    return too.isEmpty() ? null : String.join(", ", too) + ": " + now + ", before: " + before;
  }

  private void checkHealth(AttackedHub hub) throws IOException, InterruptedException {
    try {
      new Visitor("health", hub.monitorPort(), 0, List.of(Map.entry("/healthz", "\"ok\""))).act();
    } catch (IOException | AssertionError e) {
      faults.add("at the end it is not healthy: " + e);
    }
  }

  /** Ends the hub while clients of each kind hold their connections. */
  private void end(AttackedHub hub) throws Exception {
    try (HostileClients holding =
        new HostileClients(hub, tls, SEED, "half .*|stalled .*|.*silence|non-readers", faults)) {
      report.ofNoInterest(holding.rounds());
      rest(Duration.ofSeconds(2));
      Duration taken = hub.end(Duration.ofSeconds(40));
      report.add("TERM ends it after " + (taken == null ? "more than 40 s" : taken));
      if (taken == null || taken.compareTo(LONGEST_END) > 0) {
        faults.add("TERM ended it only after " + taken);
      }
    }
  }
}
