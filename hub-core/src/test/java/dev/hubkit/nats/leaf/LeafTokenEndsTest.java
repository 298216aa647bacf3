package dev.hubkit.nats.leaf;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.security.LeafTokens;
import io.nats.client.Connection;
import io.nats.client.Message;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Tokens that end while a leaf node is connected with them: they expire, are revoked, or their
 * account changes. The real server and ours end the connections alike, as the hub and as the leaf.
 */
@ComparedWithNatsServer
class LeafTokenEndsTest extends LeafServers {
  // An account of the leaf nodes for each kind of token.
  private static final List<String> KINDS = List.of("EXPIRES", "REVOKED", "STAYS");

  private final HttpClient http = HttpClient.newHttpClient();
  private final LeafTokens tokens;

  LeafTokenEndsTest() throws Exception {
    tokens = new LeafTokens();
  }

  private String hub(int port) throws Exception {
    return "http: \"127.0.0.1:-1\"\n"
        + tokens.config(-1)
        + "leafnodes { listen: \"127.0.0.1:%d\" }%n".formatted(port);
  }

  private String leaf(Map<String, Path> credentials, int... hubs) {
    StringBuilder text = new StringBuilder("http: \"127.0.0.1:-1\"\naccounts {\n");
    StringBuilder remotes = new StringBuilder();
    for (String kind : KINDS) {
      for (int i = 0; i < hubs.length; i++) {
        text.append("%s%d { users: [] }%n".formatted(kind, i));
        remotes.append(
            "{ account: %s%d, url: \"nats-leaf://127.0.0.1:%d\", credentials: \"%s\" }%n"
                .formatted(kind, i, hubs[i], credentials.get(kind)));
      }
    }
    return text + "}\nleafnodes { reconnect: \"100ms\", remotes: [\n" + remotes + "] }\n";
  }

  private Path credentials(LeafTokens.User user, String name) throws Exception {
    Path written = Files.writeString(directory.resolve(name + ".new"), user.credentials());
    return Files.move(written, directory.resolve(name + ".creds"), REPLACE_EXISTING);
  }

  private static long now() {
    return System.currentTimeMillis() / 1000;
  }

  private LeafTokens.User until(long end) throws Exception {
    return tokens.user(",\"exp\":" + end, "");
  }

  // Lets leaf nodes in that are refused so far, for a short time; for a longer one where they are
  // slow. Returns its end.
  private long letIn(List<Integer> monitors) throws Exception {
    for (int life = 2; life <= 32; life *= 4) {
      long end = now() + life;
      credentials(until(end), "expires");
      while (now() < end) {
        int in = 0;
        for (int monitor : monitors) {
          in += connected(monitor).containsAll(Set.of("EXPIRES0", "EXPIRES1")) ? 1 : 0;
        }
        if (in == monitors.size()) {
          return end;
        }
      }
    }
    throw new AssertionError("the leaf nodes were not let in");
  }

  // Which connections a leaf node has: the kind of token, and the number of the hub.
  private Set<String> connected(int monitor) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + monitor + "/leafz")).build();
    String page = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    Set<String> accounts = new TreeSet<>();
    for (JsonObject each : Json.parseObject(page).objects("leafs")) {
      accounts.add(each.string("account", ""));
    }
    return accounts;
  }

  private void awaitKinds(List<Integer> monitors, String... kinds) {
    Set<String> wanted = new TreeSet<>();
    for (String kind : kinds) {
      wanted.add(kind + 0);
      wanted.add(kind + 1);
    }
    for (int monitor : monitors) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(connected(monitor)).isEqualTo(wanted));
    }
  }

  private void push(int port, String token) throws Exception {
    try (Connection system = tokens.connectToSystem(port)) {
      Message answer = system.request("$SYS.REQ.CLAIMS.UPDATE", bytes(token), PATIENCE);
      assertThat(text(answer)).contains("jwt updated");
    }
  }

  @Test
  void whatTheyHaveConnectedEndsAlikeOnBothSides() throws Exception {
    LeafTokens.User revoked = tokens.user("", "");
    Map<String, Path> credentials =
        Map.of(
            "EXPIRES", credentials(until(now() - 1), "expires"),
            "REVOKED", credentials(revoked, "revoked"),
            "STAYS", credentials(tokens.user("", ""), "stays"));
    int realPort = freePort();
    NatsServerProcess realHub = startReal("realHub", hub(realPort));
    NatsServer ourHub = start("ourHub", hub(-1));
    List<Integer> hubs = List.of(realHub.port(), ourHub.port());
    List<List<String>> heard = new ArrayList<>();
    String config = leaf(credentials, realPort, ourHub.leafNodePort());
    NatsServerProcess realLeaf = startReal("realLeaf", config);
    NatsServer ourLeaf = start("ourLeaf", config);
    List<Integer> leafs = List.of(realLeaf.monitorPort(), ourLeaf.monitorPort());
    awaitKinds(leafs, "REVOKED", "STAYS");
    long soon = letIn(leafs);
    try (RawLeaf first = new RawLeaf(realPort);
        RawLeaf second = new RawLeaf(ourHub.leafNodePort())) {
      for (RawLeaf each : List.of(first, second)) {
        each.connect("raw", until(Math.max(soon, now() + 1)).proof(each.nonce()));
      }
      String revocation = ",\"revocations\":{\"" + revoked.publicKey() + "\":9999999999}";
      for (int hub : hubs) {
        push(hub, tokens.account(-1, revocation));
      }
      // At the time that the token says.
      awaitKinds(leafs, "STAYS");
      assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(soon * 1000);
      for (RawLeaf each : List.of(first, second)) {
        // The other leaf nodes' interest comes and goes meanwhile.
        heard.add(each.rest().stream().filter(line -> !line.startsWith("LS")).toList());
      }
      if (System.getProperty(LONG) != null) {
        for (int hub : hubs) {
          push(hub, tokens.account(-1, ",\"revocations\":{\"*\":9999999999}"));
        }
        awaitKinds(leafs);
        for (int hub : hubs) {
          push(hub, tokens.account(-1, revocation));
        }
        awaitKinds(leafs, "STAYS");
      }
    }
    assertThat(heard.get(1)).isEqualTo(heard.get(0)).contains("-ERR 'User Authentication Expired'");
  }
}
