package dev.hubkit.junit;

import dev.hubkit.Backend;
import dev.hubkit.HubOptions;
import dev.hubkit.junit.fault.Faults;
import dev.hubkit.junit.journal.Journal;
import dev.hubkit.junit.time.HubTime;
import dev.hubkit.nats.NatsOptions;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A NATS server with JetStream for tests that do not use JUnit 5: {@code try (var nats =
 * TestNats.start()) { … }}. It has the clock, the journal and the faults of a {@linkplain WithHub
 * hub}, and needs no JUnit on the class path. Thread-safe.
 */
@SuppressWarnings("exports") // the optional libraries
public final class TestNats implements AutoCloseable {
  private final StartedHub started;
  private final Journal.Mark begin;

  private TestNats(HubOptions options) {
    started = StartedHub.start("", "with NATS, without JUnit", options);
    started.controls().beginTest();
    begin = hub().journal().mark();
  }

  /**
   * Starts a server on a free port; clients can connect when this returns.
   *
   * @throws dev.hubkit.HubException if it cannot start
   */
  public static TestNats start() {
    return builder().start();
  }

  /** Returns a builder with the defaults: a free port, no configuration file. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns the URL for NATS clients, such as {@code nats://127.0.0.1:4222}. */
  public String url() {
    return hub().natsUrl();
  }

  /** Returns the port of {@link #url()}. */
  public int port() {
    return hub().natsPort();
  }

  /** Opens a connection for the caller; {@link #close()} closes it, too. */
  public Connection connect() {
    return hub().connect();
  }

  /** Returns JetStream over {@link HubResource#connection()}. */
  public JetStream jetStream() {
    return hub().jetStream();
  }

  /** Returns the management of streams and consumers over {@link HubResource#connection()}. */
  public JetStreamManagement jetStreamManagement() {
    return hub().jetStreamManagement();
  }

  /** Returns the clock of the server, which a test can freeze and advance. */
  public HubTime time() {
    return hub().time();
  }

  /** Returns the journal of what clients sent and received. */
  public Journal journal() {
    return hub().journal();
  }

  /** Returns the faults that a test can inject. */
  public Faults faults() {
    return hub().faults();
  }

  /** Returns everything else that tests with {@link WithHub} have, such as snapshots. */
  public HubResource hub() {
    return started.resource();
  }

  /**
   * Adds a note to a failure, as a suppressed exception: what the server saw since it started, its
   * streams and consumers, and its URL.
   *
   * @param test names the test in the note
   */
  public void explain(Throwable failure, String test) {
    FailureReport report = new FailureReport(hub(), test, begin, null);
    if (!started.controls().isFaulty(hub().hub())) {
      report.addStreams(StreamsReport.of(hub().hub().nats()));
    }
    FailureNote note =
        report.note(
            RefusedReplicas.caused(failure)
                ? List.of("refused replicas: " + RefusedReplicas.REMEDY)
                : List.of());
    failure.addSuppressed(note);
    FailureConsole.system().show(note, false, System.out);
  }

  /** Closes the connections that were opened here, and stops the server; can be called again. */
  @Override
  public void close() {
    started.close();
  }

  @Override
  public String toString() {
    return "NATS server at " + url();
  }

  /** Makes servers. Not thread-safe. */
  public static final class Builder {
    private final List<UnaryOperator<NatsOptions.Builder>> tunings = new ArrayList<>();
    private int port;

    private Builder() {}

    /** Sets the port; 0 for any free one. */
    public Builder port(int number) {
      port = number;
      return this;
    }

    /**
     * Reads a configuration file of nats-server, as {@link WithNatsConfig} does.
     *
     * @param location a file, relative to the working directory; or {@code classpath:} and a
     *     resource
     */
    public Builder config(String location) {
      return config(location, false);
    }

    /**
     * Reads a configuration file of nats-server, as {@link WithNatsConfig} does.
     *
     * @param location a file, relative to the working directory; or {@code classpath:} and a
     *     resource
     * @param tolerate as {@link WithNatsConfig#tolerate()}
     */
    public Builder config(String location, boolean tolerate) {
      tunings.add(NatsConfigs.tuning(location, tolerate, "config"));
      return this;
    }

    /** Changes options of the server, after the configuration file has been read. */
    public Builder options(UnaryOperator<NatsOptions.Builder> tuning) {
      tunings.add(tuning);
      return this;
    }

    /** Starts a server; see {@link TestNats#start()}. */
    public TestNats start() {
      HubOptions.Builder options = StartedHub.options().toBuilder();
      options.fossil(Backend.off()).natsPort(port);
      tunings.forEach(options::tuneNats);
      return new TestNats(options.build());
    }
  }
}
