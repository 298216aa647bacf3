package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.PatientClient;
import io.nats.client.Connection;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.Subscription;
import io.nats.client.impl.Headers;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Durations in the JetStream API that are as long as a 64-bit number allows, or longer. */
class ExtremeDurationsTest {
  private static final long LONGEST = Long.MAX_VALUE;
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  @TempDir Path directory;

  private NatsServer start() {
    return NatsServer.start(NatsOptions.builder().port(0).jetStream(directory).build());
  }

  private static String api(Connection nats, String what, String json) throws Exception {
    Message answer =
        nats.request("$JS.API." + what, json.getBytes(StandardCharsets.UTF_8), PATIENCE);
    assertThat(answer).as("%s %s is answered", what, json).isNotNull();
    return new String(answer.getData(), StandardCharsets.UTF_8);
  }

  /**
   * Returns the share of a processor that the server uses while a client waits for a message that
   * must not come. Work that the server repeats all the time shows in nothing else.
   */
  private static double load(Subscription quiet) throws InterruptedException {
    long begun = System.nanoTime();
    long before = processorTime();
    assertThat(quiet.nextMessage(Duration.ofMillis(700))).isNull();
    return (double) (processorTime() - before) / (System.nanoTime() - begun);
  }

  private static long processorTime() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long sum = 0;
    for (long id : threads.getAllThreadIds()) {
      ThreadInfo info = threads.getThreadInfo(id);
      if (info != null && info.getThreadName().startsWith("nats-")) {
        sum += Math.max(0, threads.getThreadCpuTime(id));
      }
    }
    return sum;
  }

  @Test
  void areForEver() throws Exception {
    try (NatsServer server = start();
        Connection nats = PatientClient.connect(server.clientUrl())) {
      assertThat(
              api(
                  nats,
                  "STREAM.CREATE.S",
                  "{\"name\":\"S\",\"subjects\":[\"s.>\"],\"max_age\":" + LONGEST + "}"))
          .doesNotContain("error");
      assertThat(
              api(
                  nats,
                  "CONSUMER.CREATE.S.C",
                  "{\"stream_name\":\"S\",\"config\":{\"durable_name\":\"C\",\"ack_policy\":"
                      + "\"explicit\",\"ack_wait\":"
                      + LONGEST
                      + ",\"inactive_threshold\":"
                      + LONGEST
                      + "}}"))
          .doesNotContain("error");
      for (int i = 0; i < 3; i++) {
        nats.jetStream().publish("s.a", new byte[] {1});
      }
      JetStreamSubscription pull =
          nats.jetStream().subscribe(null, PullSubscribeOptions.bind("S", "C"));
      List<Message> messages = pull.fetch(3, PATIENCE);
      assertThat(messages).hasSize(3);
      messages.get(0).nakWithDelay(Duration.ofNanos(LONGEST));
      nats.flush(PATIENCE);
      // None of the messages comes again, and the server does not look for them all the time.
      assertThat(pull.fetch(1, Duration.ofMillis(300))).isEmpty();
      assertThat(load(nats.subscribe("nothing"))).isLessThan(0.5);
      String info = api(nats, "CONSUMER.INFO.S.C", "");
      assertThat(info).contains("\"num_ack_pending\":3", "\"num_redelivered\":0");
      assertThat(api(nats, "STREAM.INFO.S", "")).contains("\"messages\":3");
    }
  }

  @Test
  void aScheduleThatIsNeverDueIsNotDueAtOnce() throws Exception {
    try (NatsServer server = start();
        Connection nats = PatientClient.connect(server.clientUrl())) {
      assertThat(
              api(
                  nats,
                  "STREAM.CREATE.S",
                  "{\"name\":\"S\",\"subjects\":[\"s.>\"],\"allow_msg_schedules\":true,"
                      + "\"allow_msg_ttl\":true}"))
          .doesNotContain("error");
      for (String pattern : List.of("@every 2562047h", "@at 9999-12-31T23:59:59Z")) {
        Headers headers = new Headers();
        headers.put("Nats-Schedule", pattern);
        headers.put("Nats-Schedule-Target", "s.target");
        nats.jetStream().publish("s.plan." + pattern.charAt(1) + pattern.charAt(2), headers, null);
      }
      // A time to live of up to 2262 leaves the message; MessageTtlDifferenceTest has longer ones.
      Headers ttl = new Headers();
      ttl.put("Nats-TTL", "7000000000");
      nats.jetStream().publish("s.ttl", ttl, null);
      assertThat(load(nats.subscribe("s.target"))).isLessThan(0.5);
      assertThat(api(nats, "STREAM.INFO.S", "")).contains("\"messages\":3", "\"last_seq\":3");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "max_age",
        "duplicate_window",
        "subject_delete_marker_ttl",
        "max_msgs",
        "max_bytes"
      })
  void beyondTheRangeAreRefusedForStreams(String field) throws Exception {
    refusedOrAnsweredAsByTheRealOne("STREAM.CREATE.S", field, "{\"name\":\"S\",%s}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ack_wait", "inactive_threshold", "idle_heartbeat", "max_expires"})
  void beyondTheRangeAreRefusedForConsumers(String field) throws Exception {
    refusedOrAnsweredAsByTheRealOne(
        "CONSUMER.CREATE.T.C",
        field,
        "{\"stream_name\":\"T\",\"config\":{\"durable_name\":\"C\",\"ack_policy\":\"explicit\",%s}}");
  }

  private void refusedOrAnsweredAsByTheRealOne(String what, String field, String json)
      throws Exception {
    try (ServerPair pair = ServerPair.start(directory)) {
      for (String value :
          List.of("9223372036854775808", "18446744073709551621", "-9223372036854775809", "1e30")) {
        pair.compare(
            field + " " + value,
            server -> {
              server.quietly("STREAM.CREATE.T", "{'name':'T'}");
              server.api(what, String.format(json, "\"" + field + "\":" + value));
            });
      }
    }
  }
}
