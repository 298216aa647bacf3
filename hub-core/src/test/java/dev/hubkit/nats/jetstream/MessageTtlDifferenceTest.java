package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.ComparedWithNatsServer;
import io.nats.client.impl.Headers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares which times to live are taken, and which messages they leave, up to what overflows. */
@ComparedWithNatsServer
class MessageTtlDifferenceTest {
  private static final List<String> TIMES =
      List.of(
          "00",
          "060",
          "+60",
          "-1",
          "-0",
          "0",
          "60s",
          "1m1s",
          "1m 1s",
          "90.5s",
          "999ms",
          "1e3",
          "1e3s",
          "5.m",
          "1.5",
          "1h-1m",
          "1d",
          "1w",
          "60 ",
          "never",
          "NEVER",
          "nevers",
          "forever",
          "1_000",
          "3600",
          "7000000000",
          "2000000h",
          "2562047h47m17s",
          "9223372036854775808ns",
          "18446744100",
          "18446747000",
          "9223372036854775808",
          "18446744073709551616",
          "18446744073709551686");

  /** Beyond the year 2262 or beyond 2^63 nanoseconds: what overflows is in the past. */
  private static final List<String> OVERFLOWING =
      List.of(
          "7500000000",
          "2500000h",
          "2562047h",
          "9223372036s",
          "9223372036854775807ns",
          "9223372036",
          "9223372037",
          "9999999999",
          "18446744073",
          "36893488147",
          "253402300799",
          "9223372036854775807",
          "99999999999999999999999");

  private static final Map<String, String> PLAIN =
      Map.of(
          "file", "'storage':'file'",
          "memory", "'storage':'memory'",
          "aged", "'storage':'file','max_age':3600000000000",
          "ageless", "'storage':'file','max_age':9223372036854775807");

  /** The sequence of a marker depends on when a message expires: here only the last one does. */
  private static final Map<String, String> WITH_MARKERS =
      Map.of(
          "marked", "'storage':'memory','subject_delete_marker_ttl':60000000000",
          "single",
              "'storage':'file','max_msgs_per_subject':1,'subject_delete_marker_ttl':60000000000");

  private static ServerPair servers;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    servers = ServerPair.start(directory);
  }

  @AfterAll
  static void stop() throws Exception {
    if (servers != null) {
      servers.close();
    }
  }

  @Test
  void keepsWhatTheRealServerKeeps() throws Exception {
    List<String> all = Stream.concat(TIMES.stream(), OVERFLOWING.stream()).toList();
    servers.compare(
        server -> {
          for (Map.Entry<String, String> stream : PLAIN.entrySet()) {
            fill(server, stream.getKey(), stream.getValue(), all);
          }
          for (Map.Entry<String, String> stream : WITH_MARKERS.entrySet()) {
            fill(server, stream.getKey(), stream.getValue(), TIMES);
          }
          for (String stream : PLAIN.keySet()) {
            report(server, stream);
          }
          for (String stream : WITH_MARKERS.keySet()) {
            report(server, stream);
          }
        });
    servers.restart();
    servers.compare(
        server -> {
          for (String stream : List.of("file", "aged", "single", "ageless")) {
            report(server, stream);
          }
        });
  }

  @Test
  void aMarkerExpiresLikeAnyMessage() throws Exception {
    servers.compare(
        server -> {
          fill(
              server,
              "forever",
              "'storage':'memory','subject_delete_marker_ttl':9223372036854775807",
              List.of());
          server.await("STREAM.INFO.forever", "\"messages\":0,");
          server.api("STREAM.INFO.forever", "");
        });
  }

  private static void fill(Transcript server, String stream, String fields, List<String> times)
      throws Exception {
    server.quietly(
        "STREAM.CREATE." + stream,
        "{'name':'%s','subjects':['%s.*'],'allow_msg_ttl':true,'allow_direct':true,%s}"
            .formatted(stream, stream, fields));
    for (int i = 0; i < times.size(); i++) {
      server.ask(stream + "." + i, new Headers().put("Nats-TTL", times.get(i)), "x");
    }
    server.ask(stream + ".last", new Headers().put("Nats-TTL", "9223372036"), "expires at once");
  }

  private static void report(Transcript server, String stream) throws Exception {
    server.awaitMissing("DIRECT.GET." + stream + "." + stream + ".last", "expires at once");
    server.api("STREAM.INFO." + stream, "{'subjects_filter':'>'}");
    server.getBatch("$JS.API.DIRECT.GET." + stream, "{'multi_last':['" + stream + ".>']}");
  }
}
