package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.api.ApiQueues;
import dev.hubkit.nats.jetstream.api.ApiTable;
import dev.hubkit.nats.jetstream.config.AccountLimits;
import dev.hubkit.nats.jetstream.config.JetStreamLimits;
import dev.hubkit.nats.jetstream.config.JetStreamOptions;
import dev.hubkit.nats.jetstream.config.ScopedSubjects;
import dev.hubkit.nats.jetstream.runtime.DetectedResources;
import dev.hubkit.nats.jetstream.runtime.ServerUsage;
import dev.hubkit.nats.jetstream.runtime.Supervision;
import dev.hubkit.nats.jetstream.store.FaultyFileSystem;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.Stream;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.ManualTimeSource;
import dev.hubkit.work.Health;
import dev.hubkit.work.Supervisor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JetStream of one account in frozen time, driven as a client would drive it, but without a
 * network.
 */
public final class JetStreamFixture implements AutoCloseable {
  private static final Instant START = Instant.parse("2025-01-01T00:00:00Z");

  public final ManualTimeSource time;
  public final Account account = new Account("TEST");
  public final FaultyFileSystem faults = new FaultyFileSystem();
  public final Health health = new Health();
  private final JetStreamOptions options;
  private AccountJetStream jetStream;

  public JetStreamFixture(Path directory) {
    this(directory, Map.of("", AccountLimits.NONE));
  }

  /**
   * Creates a fixture with an account that has limits.
   *
   * @param limits the limits by tier
   */
  public JetStreamFixture(Path directory, Map<String, AccountLimits> limits) {
    this(directory, limits, new ManualTimeSource(START));
  }

  /** Creates a fixture that has its time in common with others. */
  public JetStreamFixture(Path directory, ManualTimeSource time) {
    this(directory, Map.of("", AccountLimits.NONE), time);
  }

  private JetStreamFixture(
      Path directory, Map<String, AccountLimits> limits, ManualTimeSource time) {
    this.time = time;
    this.options =
        new JetStreamOptions(
            "hub",
            "ID",
            directory,
            "",
            -1,
            -1,
            Map.copyOf(limits),
            false,
            Duration.ofMinutes(2),
            true,
            JetStreamLimits.DEFAULT,
            ScopedSubjects.NONE,
            false,
            Compatibility.current(),
            null,
            null);
    this.jetStream = open();
  }

  private AccountJetStream open() {
    return AccountJetStream.open(
        account,
        options,
        time,
        Runnable::run,
        new ServerUsage(
            options.serverLimits(), -1, -1, new DetectedResources(options.storeDirectory())),
        new Supervision(new Supervisor("test"), health),
        ApiTable.router(new ApiQueues(options, time)),
        faults);
  }

  public Stream stream(String name) {
    return jetStream.requireStream(name);
  }

  /** Returns what the health check reports about the files. */
  public StoredStreams stored() {
    return new StoredStreams(
        options.storeDirectory().resolve("jetstream"), Map.of("TEST", jetStream));
  }

  /** Ends JetStream, changes its files, and starts it again on them. */
  public void restartAfter(Damage damage) throws IOException {
    jetStream.close();
    damage.happen(options.storeDirectory().resolve("jetstream/TEST/streams"));
    jetStream = open();
  }

  /** A change to the files while no server runs. */
  @FunctionalInterface
  public interface Damage {
    void happen(Path streams) throws IOException;
  }

  /** Ends JetStream and starts it again on the same files. */
  public void restart() {
    jetStream.close();
    jetStream = open();
  }

  /** A message as a client sees it. */
  public record Received(String subject, @Nullable String reply, String header, String payload) {
    /** Returns the status line; empty when this is no status message. */
    public String status() {
      String line = header.isEmpty() ? "" : header.substring(0, header.indexOf("\r\n"));
      return line.length() > 9 ? line.substring(9) : "";
    }
  }

  /** A subscription and the messages that it has received. */
  public final class Inbox implements AutoCloseable {
    public final List<Received> received;
    private final Subscription subscription;

    private Inbox(String subject, List<Received> received) {
      this.received = received;
      subscription =
          account.subscribe(
              subject,
              null,
              (s, message, batch) ->
                  received.add(
                      new Received(
                          message.subject(),
                          message.reply(),
                          new String(message.header(), StandardCharsets.UTF_8),
                          message.text())));
    }

    /** Returns the messages received since the last call. */
    public List<Received> take() {
      List<Received> taken = List.copyOf(received);
      received.clear();
      return taken;
    }

    /** Returns the payloads, or statuses, of the messages received since the last call. */
    public List<String> texts() {
      return take().stream()
          .map(each -> each.status().isEmpty() ? each.payload() : each.status())
          .toList();
    }

    @Override
    public void close() {
      account.unsubscribe(subscription);
    }
  }

  public Inbox inbox(String subject) {
    return inbox(subject, new ArrayList<>());
  }

  /** Returns an inbox that adds to a list what it receives. */
  Inbox inbox(String subject, List<Received> received) {
    return new Inbox(subject, received);
  }

  public void publish(String subject, String payload) {
    publish(subject, null, payload);
  }

  public void publish(String subject, @Nullable String reply, String payload) {
    send(Message.of(subject, reply, payload.getBytes(StandardCharsets.UTF_8)));
  }

  public void send(Message message) {
    WorkBatch batch = new WorkBatch();
    account.publish(message, batch);
    batch.flush();
  }

  /**
   * Sends a request to {@code $JS.API.<what>} and returns the response, which must arrive at once.
   */
  public JsonObject request(String what, String json) {
    try (Inbox inbox = inbox("_INBOX.api")) {
      publish("$JS.API." + what, "_INBOX.api", json);
      assertThat(inbox.received).as("responses to %s", what).hasSize(1);
      return Json.parseObject(inbox.received.get(0).payload());
    }
  }

  /** Like {@link #request}, for a request that must succeed. */
  public JsonObject require(String what, String json) {
    JsonObject response = request(what, json);
    assertThat(error(response)).isEmpty();
    return response;
  }

  /**
   * Returns the error of a response as {@code <err_code> <description>}; empty when it has none.
   */
  public static String error(JsonObject response) {
    JsonObject error = response.object("error");
    return error == null
        ? ""
        : error.integer("err_code", 0) + " " + error.string("description", "");
  }

  public void stream(String name, String fields) {
    require(
        "STREAM.CREATE." + name,
        "{\"name\":\"" + name + "\",\"storage\":\"memory\"," + fields + "}");
  }

  /** Creates the consumer {@code name} of {@code stream} with the current form of the request. */
  public JsonObject consumer(String stream, String name, String fields) {
    return require(
        "CONSUMER.CREATE." + stream + '.' + name,
        "{\"stream_name\":\""
            + stream
            + "\",\"config\":{\"name\":\""
            + name
            + "\","
            + fields
            + "}}");
  }

  public JsonObject info(String stream, String consumer) {
    return require("CONSUMER.INFO." + stream + '.' + consumer, "");
  }

  public void advance(Duration by) {
    time.advance(by);
  }

  /** Ends JetStream; timers of others that have the same time stay. */
  public void end() {
    jetStream.close();
  }

  @Override
  public void close() {
    end();
    assertThat(time.pendingTimers()).as("timers left behind").isZero();
    assertThat(account.interest().subscriptionCount()).as("subscriptions left behind").isZero();
  }
}
