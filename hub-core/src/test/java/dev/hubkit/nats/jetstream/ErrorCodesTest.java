package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The errors of the JetStream API: their texts, and requests that cause them. */
class ErrorCodesTest {
  private static final Path SCRIPTS = Path.of("src/test/resources/scripts");
  private static final Pattern REPEATED = Pattern.compile("(.)\\{(\\d+)}");
  private static final Pattern CODE = Pattern.compile("err_code=(\\d+)");
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{[^}]*}");
  private static final String CONFIGURATION =
      """
      jetstream {
        store_dir: STORE
        limits {
          max_ack_pending: 5000
          max_request_batch: 100
          batch { max_inflight_per_stream: 1 }
        }
      }
      accounts {
        A { users: [ { user: a, password: a } ], jetstream: enabled }
        L {
          users: [ { user: l, password: l } ]
          jetstream {
            max_mem: 1M, max_file: 1M, max_streams: 2, max_consumers: 1, max_ack_pending: 100
            store_max_stream_bytes: 800K
          }
        }
        M { users: [ { user: m, password: m } ], jetstream { max_bytes_required: true } }
        N { users: [ { user: n, password: n } ] }
      }
      """;

  private static List<String> lines(String script) throws IOException {
    return Files.readAllLines(SCRIPTS.resolve(script), StandardCharsets.UTF_8).stream()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .toList();
  }

  @Test
  void areThoseThatNatsServerPublishes() throws IOException {
    Map<Integer, String> published = new TreeMap<>();
    for (String line : lines("errors.tsv")) {
      String[] fields = line.split("\t", 3);
      published.put(Integer.parseInt(fields[1]), fields[0] + " " + fields[2]);
    }
    Map<Integer, String> known = new TreeMap<>();
    for (ApiError error : ApiError.values()) {
      String text = published.getOrDefault(error.errorCode(), "");
      Object[] placeholders = PLACEHOLDER.matcher(text).results().map(MatchResult::group).toArray();
      known.put(
          error.errorCode(), error.code() + " " + error.exception(placeholders).description());
    }
    assertThat(known).isEqualTo(published);
  }

  @Test
  @ComparedWithNatsServer
  void comeAboutAsWithTheRealServer(@TempDir Path directory) throws Exception {
    List<String> problems = new ArrayList<>();
    TreeSet<Integer> reached = new TreeSet<>();
    Map<String, Peer> real = new HashMap<>();
    Map<String, Peer> hub = new HashMap<>();
    try (ServerPair servers = ServerPair.start(directory, CONFIGURATION)) {
      for (String user : List.of("a", "l", "m", "n")) {
        real.put(user, new Peer(servers.realPort(), user));
        hub.put(user, new Peer(servers.hubPort(), user));
      }
      for (String line : lines("errors.txt")) {
        String[] words = line.split(" +", 3);
        Request request = Request.parse(words[2]);
        CompletableFuture<String> there =
            CompletableFuture.supplyAsync(() -> request.ask(real.get(words[1])));
        String here = request.ask(hub.get(words[1]));
        Matcher code = CODE.matcher(here);
        String got = code.find() ? code.group(1) : "-";
        if (!here.equals(there.join()) || !got.equals(words[0])) {
          problems.add(line + "\n    nats-server: " + there.join() + "    hub: " + here);
        } else if (!got.equals("-")) {
          reached.add(Integer.parseInt(got));
        }
      }
      for (Peer peer : real.values()) {
        peer.close();
      }
      for (Peer peer : hub.values()) {
        peer.close();
      }
    }
    assertThat(problems).isEmpty();
    assertThat(reached).hasSizeGreaterThan(140);
  }

  private record Request(String subject, Map<String, String> headers, String body) {
    static Request parse(String text) {
      Matcher repeated = REPEATED.matcher(text);
      String full =
          repeated.replaceAll(match -> match.group(1).repeat(Integer.parseInt(match.group(2))));
      String[] words = full.split(" ", 4);
      switch (words[0]) {
        case "S" -> {
          return stream("CREATE", words[1], full.substring(3 + words[1].length()).strip());
        }
        case "U" -> {
          return stream("UPDATE", words[1], full.substring(3 + words[1].length()).strip());
        }
        case "C" -> {
          String body =
              "{\"stream_name\":\""
                  + words[1]
                  + "\",\"config\":{\"name\":\""
                  + words[2]
                  + "\","
                  + words[3]
                  + "}}";
          return new Request(
              "$JS.API.CONSUMER.CREATE." + words[1] + "." + words[2], Map.of(), body);
        }
        default -> {
          return plain(full);
        }
      }
    }

    private static Request stream(String what, String name, String fields) {
      return new Request(
          "$JS.API.STREAM." + what + "." + name,
          Map.of(),
          "{\"name\":\"" + name + "\"" + (fields.isEmpty() ? "" : "," + fields) + "}");
    }

    private static Request plain(String line) {
      String[] parts = line.split("\\|", -1);
      Map<String, String> headers = new LinkedHashMap<>();
      if (parts.length > 2) {
        for (String header : parts[1].strip().split("; ", -1)) {
          int colon = header.indexOf(':');
          headers.put(header.substring(0, colon).strip(), header.substring(colon + 1).strip());
        }
      }
      String body = parts.length > 1 ? parts[parts.length - 1].strip() : "";
      return new Request(parts[0].strip().replace("%", "$JS.API"), headers, body);
    }

    String ask(Peer peer) {
      try {
        return peer.ask(subject, headers, body);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }
}
