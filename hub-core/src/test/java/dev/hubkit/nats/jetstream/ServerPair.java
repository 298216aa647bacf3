package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.NatsServerProgram;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.release.Compatibility;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;
import java.util.stream.LongStream;

/**
 * The real nats-server and Hub, both with JetStream and the same name, so that a test can send them
 * the same requests.
 */
final class ServerPair implements AutoCloseable {
  private static final Logger log = Logger.getLogger(ServerPair.class.getName());
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int LINES_BEFORE = Integer.getInteger("lines.before", 12);

  private final Launcher launcher;
  private NatsServerProcess real;
  private NatsServer hub;

  private ServerPair(Launcher launcher) throws Exception {
    this.launcher = launcher;
    real = launcher.startReal();
    try {
      hub = launcher.startHub();
    } catch (RuntimeException e) {
      real.close();
      throw e;
    }
  }

  /** Starts each of the servers, again if need be, on what it has stored. */
  private interface Launcher {
    NatsServerProcess startReal() throws Exception;

    NatsServer startHub() throws Exception;
  }

  /** Starts both servers, or skips the test when no real one is installed. */
  static ServerPair start(Path directory) throws Exception {
    Path forReal = Files.createDirectory(directory.resolve("real"));
    Path forHub = Files.createDirectory(directory.resolve("hub"));
    return new ServerPair(
        new Launcher() {
          @Override
          public NatsServerProcess startReal() throws Exception {
            return NatsServerProcess.start(
                forReal, "-js", "-sd", forReal.toString(), "-n", "hub", "-m", "-1");
          }

          @Override
          public NatsServer startHub() {
            return NatsServer.start(
                NatsOptions.builder().port(0).serverName("hub").jetStream(forHub).build());
          }
        });
  }

  /**
   * Starts both servers with the same configuration, in which {@code STORE} stands for the
   * directory of the streams.
   */
  static ServerPair start(Path directory, String configuration) throws Exception {
    Path forReal = Files.createDirectory(directory.resolve("real"));
    Path forHub = Files.createDirectory(directory.resolve("hub"));
    return new ServerPair(
        new Launcher() {
          @Override
          public NatsServerProcess startReal() throws Exception {
            return NatsServerProcess.start(
                forReal, "-c", configure(forReal, configuration), "-n", "hub", "-m", "-1");
          }

          @Override
          public NatsServer startHub() throws Exception {
            String file = configure(forHub, "port: -1\nserver_name: hub\n" + configuration);
            return NatsServer.start(NatsOptions.of(ConfigFile.read(file, name -> null)));
          }
        });
  }

  /**
   * Starts both servers of one release with the same configuration; skips the test when the real
   * one is not installed.
   */
  static ServerPair start(Path directory, Compatibility release, String configuration)
      throws Exception {
    NatsServerProgram program = NatsServerProgram.of(release);
    Path forReal = Files.createDirectory(directory.resolve("real"));
    Path forHub = Files.createDirectory(directory.resolve("hub"));
    return new ServerPair(
        new Launcher() {
          @Override
          public NatsServerProcess startReal() throws Exception {
            return NatsServerProcess.start(
                program, forReal, "-c", configure(forReal, configuration), "-n", "hub", "-m", "-1");
          }

          @Override
          public NatsServer startHub() throws Exception {
            String file = configure(forHub, "port: -1\nserver_name: hub\n" + configuration);
            ServerConfig config = ConfigFile.read(file, name -> null, release);
            return NatsServer.start(
                NatsOptions.builder().config(config).compatibility(release).build());
          }
        });
  }

  /** Ends both servers and starts them again on what they have stored. */
  void restart() throws Exception {
    close();
    real = launcher.startReal();
    hub = launcher.startHub();
  }

  private static String configure(Path directory, String configuration) throws IOException {
    String text = configuration.replace("STORE", '"' + directory.toString() + '"');
    return Files.writeString(directory.resolve("nats.conf"), text).toString();
  }

  int realPort() {
    return real.port();
  }

  int hubPort() {
    return hub.port();
  }

  /** Sends requests to a server and records its responses. */
  @FunctionalInterface
  interface Script {
    void run(Transcript server) throws Exception;
  }

  /** Runs a script with both servers, which must give the same answers. */
  void compare(String description, Script script) throws Exception {
    Answers answers = run(script);
    requireSame(description, answers.ofReal(), answers.ofHub());
  }

  /**
   * Like {@link #compare(String, Script)}, for a script that leaves nothing behind. When the
   * answers differ it runs again, because nats-server tells consumers of new messages some time
   * after it has acknowledged them (signalConsumersLoop in its stream.go), and what it answers in
   * between depends on the moment. A difference counts unless nats-server, and it alone, gives
   * other answers than the first time and now agrees with Hub.
   */
  void compareAgain(String description, Script script) throws Exception {
    Answers first = run(script);
    if (first.ofReal().equals(first.ofHub())) {
      return;
    }
    Answers second = run(script);
    requireSame(description + ", run again", second.ofReal(), second.ofHub());
    requireSame(description + ", second and first answers of Hub", second.ofHub(), first.ofHub());
    log.info(
        () ->
            description
                + ": nats-server has answered differently the first time, in line "
                + firstDifference(first.ofReal(), second.ofReal()));
  }

  /** The lines of both transcripts. */
  private record Answers(List<String> ofReal, List<String> ofHub) {}

  private Answers run(Script script) throws Exception {
    try (Transcript expected = new Transcript(realUrl(), real::awaitIdle);
        Transcript actual = new Transcript(hubUrl(), this::awaitIdleHub)) {
      CompletableFuture<Void> other =
          CompletableFuture.runAsync(
              () -> {
                try {
                  script.run(expected);
                } catch (Exception e) {
                  throw new CompletionException(e);
                }
              });
      script.run(actual);
      other.get(60, TimeUnit.SECONDS);
      return new Answers(expected.lines(), actual.lines());
    }
  }

  private void awaitIdleHub() throws InterruptedException {
    if (!hub.awaitQuiet(PATIENCE)) {
      throw new IllegalStateException("Hub is still busy after " + PATIENCE.toSeconds() + " s");
    }
  }

  /** Fails with the first line that differs and the few lines before it. */
  private static void requireSame(String description, List<String> expected, List<String> actual) {
    int same = firstDifference(expected, actual);
    List<String> before = actual.subList(Math.max(0, same - LINES_BEFORE), same);
    assertThat(line(actual, same))
        .as("%s, line %d, after%n%s", description, same, String.join("\n", before))
        .isEqualTo(line(expected, same));
  }

  private static int firstDifference(List<String> expected, List<String> actual) {
    int same = 0;
    while (same < Math.min(expected.size(), actual.size())
        && expected.get(same).equals(actual.get(same))) {
      same++;
    }
    return same;
  }

  private static String line(List<String> lines, int index) {
    return index < lines.size() ? lines.get(index) : "(end)";
  }

  void compare(Script script) throws Exception {
    compare("what Hub answers", script);
  }

  String realUrl() {
    return "nats://127.0.0.1:" + real.port();
  }

  String hubUrl() {
    return hub.clientUrl();
  }

  @Override
  public void close() throws Exception {
    hub.close();
    real.close();
  }

  /**
   * Returns the seeds of random walks that a system property names, as in {@code 1-100}; by default
   * a few, and those that once found a difference.
   */
  static LongStream seeds(String property, long... kept) {
    String range = System.getProperty(property);
    if (range == null) {
      return LongStream.concat(LongStream.rangeClosed(1, 4), LongStream.of(kept));
    }
    String[] ends = range.split("-", 2);
    return LongStream.rangeClosed(Long.parseLong(ends[0]), Long.parseLong(ends[1]));
  }
}
