package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.ComparedWithNatsServer;
import io.nats.client.impl.Headers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares how Hub and the real nats-server read numbers and durations in headers of messages and
 * in configurations.
 */
@ComparedWithNatsServer
class StrictNumbersDifferenceTest {
  private static final List<String> NUMBERS =
      List.of(
          "1",
          "+1",
          "-1",
          "01",
          "1.0",
          "1e3",
          "0x1",
          "1_0",
          "1s",
          "\u0661",
          "\uff11",
          "9223372036854775807",
          "9223372036854775808",
          "18446744073709551615",
          "18446744073709551617",
          "340282366920938463463374607431768211457",
          "x",
          "never",
          "NEVER");
  private static final List<String> DURATIONS =
      List.of(
          "1.5s",
          ".5s",
          "1.s",
          ".s",
          "1h1",
          "1d",
          "1.9999999999s",
          "0.9999999999s",
          "9223372036854775807ns",
          "9223372036854775808ns",
          "2562047h47m16.854775807s",
          "2562047h47m16.854775808s",
          "+1m",
          "-1m",
          "1\u00b5s",
          "\u0661s",
          "1s1s",
          "1 s",
          "0");

  @TempDir Path directory;

  private static void publish(Transcript server, String subject, String header, String value)
      throws Exception {
    // jnats lets no header be anything but ASCII.
    server.raw(subject, header, value);
  }

  private static void ask(Transcript server) throws Exception {
    server.quietly(
        "STREAM.CREATE.S", "{\"name\":\"S\",\"subjects\":[\"s.*\"],\"allow_msg_ttl\":true}");
    server.quietly(
        "STREAM.CREATE.C", "{\"name\":\"C\",\"subjects\":[\"c.*\"],\"allow_msg_counter\":true}");
    // Without messages, of which some expire while the test runs.
    server.quietly("STREAM.CREATE.Q", "{\"name\":\"Q\",\"subjects\":[\"q\"]}");
    for (String number : NUMBERS) {
      publish(server, "c.a", "Nats-Incr", number);
      publish(server, "s.a", "Nats-TTL", number);
      publish(server, "s.b", "Nats-Expected-Last-Sequence", number);
      publish(server, "s.c", "Nats-Expected-Last-Subject-Sequence", number);
    }
    for (String duration : DURATIONS) {
      publish(server, "s.d", "Nats-TTL", duration);
    }
    for (String number : NUMBERS) {
      for (String suffix : List.of("", "%")) {
        server.api(
            "CONSUMER.CREATE.Q.q",
            "{\"stream_name\":\"Q\",\"config\":{\"name\":\"q\",\"mem_storage\":true,"
                + "\"max_deliver\":-7,\"ack_policy\":\"explicit\",\"sample_freq\":\""
                + number
                + suffix
                + "\"}}");
      }
      Headers headers = new Headers();
      if (number.chars().allMatch(c -> c < 0x80)) {
        headers.add("Nats-Required-Api-Level", number);
        server.ask("$JS.API.STREAM.NAMES", headers, "");
      }
    }
    server.api("STREAM.INFO.C", "");
  }

  @Test
  void readsNumbersAsNatsServerDoes() throws Exception {
    try (ServerPair servers = ServerPair.start(directory)) {
      servers.compare(StrictNumbersDifferenceTest::ask);
    }
  }
}
