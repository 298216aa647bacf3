package dev.hubkit.junit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.TimelineFilter;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.Message;
import io.nats.client.Subscription;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs many test classes in parallel. {@code -Dhub.parallel.classes} sets their number, {@code
 * -Dhub.parallel.rounds} the number of rounds; {@code docs/testing.md} describes the long run.
 */
public class ManyClassesTest {
  private static final int CLASSES = Integer.getInteger("hub.parallel.classes", 16);
  private static final int ROUNDS = Integer.getInteger("hub.parallel.rounds", 1);
  private static final int THREADS = 8;
  // The most files that other tests of the run may have open.
  private static final int FEW = 10;
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final Pattern SOCKET = Pattern.compile("socket:\\[(\\d+)]");
  private static final Set<Path> ROOTS = ConcurrentHashMap.newKeySet();
  private static final Set<Integer> PORTS = ConcurrentHashMap.newKeySet();

  /** The test of each class, which uses the same subjects, streams and files as all others. */
  @WithStream(name = "ORDERS", subjects = "orders.>")
  public abstract static class Each {
    @Test
    void first(HubResource hub, Connection nats, JetStream jetStream, FossilRepository repository)
        throws Exception {
      work(hub, nats, jetStream, repository);
    }

    static void work(
        HubResource hub, Connection nats, JetStream jetStream, FossilRepository repository)
        throws Exception {
      ROOTS.add(hub.root());
      PORTS.add(hub.natsPort());
      PORTS.add(hub.fossilPort());
      Subscription heard = nats.subscribe("orders.*");
      assertThat(jetStream.publish("orders.1", "tea".getBytes(UTF_8)).getSeqno()).isEqualTo(1);
      Message message = heard.nextMessage(SOON);
      assertThat(new String(message.getData(), UTF_8)).isEqualTo("tea");
      nats.flush(SOON);
      assertThat(heard.getPendingMessageCount()).isZero();
      repository.commit(new Commit("me", "mine").put("a.txt", FileContent.of("one")));
      int checkIns = repository.read(snapshot -> snapshot.timeline(new TimelineFilter()).size());
      assertThat(checkIns).isEqualTo(2);
    }
  }

  /** A hub for each test. */
  @WithHub(name = "many", lifecycle = HubLifecycle.PER_SUITE, isolation = Isolation.PER_TEST)
  public abstract static class OfSuite extends Each {
    @Test
    void second(HubResource hub, Connection nats, JetStream jetStream, FossilRepository repository)
        throws Exception {
      Each.work(hub, nats, jetStream, repository);
    }
  }

  /** A hub for each class. */
  @WithHub
  public abstract static class OfClass extends Each {
    @Test
    void second(JetStreamManagement management) throws Exception {
      assertThat(management.getStreamNames()).containsExactly("ORDERS");
    }
  }

  @ParameterizedTest
  @ValueSource(classes = {OfSuite.class, OfClass.class})
  void inParallelLeaveNothing(Class<?> base, @TempDir Path directory) throws Exception {
    try (URLClassLoader loader = compile(base, directory)) {
      Class<?>[] types = new Class<?>[CLASSES];
      for (int i = 0; i < CLASSES; i++) {
        types[i] = loader.loadClass("many.C" + i);
      }
      Set<Thread> before = Thread.getAllStackTraces().keySet();
      long filesBefore = openFiles();
      long filesAfterFirst = filesBefore + CLASSES;
      for (int round = 1; round <= ROUNDS; round++) {
        ROOTS.clear();
        PORTS.clear();
        long begin = System.nanoTime();
        TestRun run = TestRun.of(types).parallel(THREADS).succeeds();
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        assertThat(run.succeeded()).isEqualTo(2L * CLASSES);
        assertNothingIsLeft(before);
        if (round == 1) {
          filesAfterFirst = openFiles();
        }
        if (ROUNDS > 1) {
          System.out.printf(
              "%s round %d: %d classes, %.1f ms each, %d files open%n",
              base.getSimpleName(), round, CLASSES, (double) millis / CLASSES, openFiles());
        }
      }
      // The JVM opens files when it loads classes, but not once per class under test.
      assertThat(openFiles()).isLessThan(filesBefore + CLASSES);
      if (ROUNDS > 1) {
        assertThat(openFiles()).isLessThanOrEqualTo(filesAfterFirst + FEW);
      }
    }
  }

  private static void assertNothingIsLeft(Set<Thread> before) throws IOException {
    assertThat(ROOTS).isNotEmpty().allSatisfy(root -> assertThat(root).doesNotExist());
    assertThat(listening()).doesNotContainAnyElementsOf(PORTS);
    // The threads of clients end soon after their connections.
    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              Set<Thread> left = new HashSet<>(Thread.getAllStackTraces().keySet());
              left.removeAll(before);
              assertThat(left)
                  .filteredOn(thread -> ROUNDS > 1 || isOurs(thread.getName()))
                  .filteredOn(thread -> !isOfJava(thread.getName()))
                  .isEmpty();
            });
  }

  // Ignores the threads of other tests that run at the same time.
  private static boolean isOurs(String name) {
    return name.startsWith("nats") || name.startsWith("fossil") || name.startsWith("hub");
  }

  // The threads of the JVM itself, and those that run tests or wait for them.
  private static boolean isOfJava(String name) {
    return name.startsWith("ForkJoinPool")
        || name.startsWith("junit-")
        || name.startsWith("awaitility")
        || name.equals("process reaper")
        || name.equals("Keep-Alive-Timer")
        || name.equals("Common-Cleaner");
  }

  /**
   * Returns the ports that this process listens on, because other processes may now use those of
   * closed hubs; empty without {@code /proc}.
   */
  private static Set<Integer> listening() throws IOException {
    Set<Integer> ports = new HashSet<>();
    Set<String> own = new HashSet<>();
    for (String name :
        Objects.requireNonNullElse(new File("/proc/self/fd").list(), new String[0])) {
      Matcher socket = SOCKET.matcher(target(Path.of("/proc/self/fd", name)));
      if (socket.matches()) {
        own.add(socket.group(1));
      }
    }
    for (String table : new String[] {"/proc/self/net/tcp", "/proc/self/net/tcp6"}) {
      if (Files.exists(Path.of(table))) {
        for (String line : Files.readAllLines(Path.of(table))) {
          String[] fields = line.strip().split("\\s+", -1);
          if (fields.length > 9 && fields[3].equals("0A") && own.contains(fields[9])) {
            ports.add(Integer.parseInt(fields[1].substring(fields[1].indexOf(':') + 1), 16));
          }
        }
      }
    }
    return ports;
  }

  private static String target(Path link) throws IOException {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (NoSuchFileException e) {
      return "closed since it was listed";
    }
  }

  private static long openFiles() {
    String[] open = new File("/proc/self/fd").list();
    return open == null ? 0 : open.length;
  }

  private static URLClassLoader compile(Class<?> base, Path directory) throws Exception {
    List<String> arguments = new ArrayList<>();
    for (int i = 0; i < CLASSES; i++) {
      Path source = directory.resolve("C" + i + ".java");
      Files.writeString(
          source, "package many;\nclass C" + i + " extends " + base.getCanonicalName() + " {}\n");
      arguments.add(source.toString());
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    boolean done =
        compiler
            .getTask(
                said,
                null,
                null,
                List.of(
                    "-proc:none",
                    "-d",
                    directory.toString(),
                    "-classpath",
                    System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path"))),
                null,
                compiler
                    .getStandardFileManager(null, null, null)
                    .getJavaFileObjects(arguments.toArray(String[]::new)))
            .call();
    assertThat(done).as(said.toString()).isTrue();
    return new URLClassLoader(
        new URL[] {directory.toUri().toURL()}, ManyClassesTest.class.getClassLoader());
  }
}
