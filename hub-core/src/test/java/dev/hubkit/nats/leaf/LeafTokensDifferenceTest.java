package dev.hubkit.nats.leaf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.security.LeafTokens;
import io.nats.client.Connection;
import io.nats.client.Message;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Leaf nodes that show tokens: a hub in operator mode treats them as the real nats-server does. */
@ComparedWithNatsServer
class LeafTokensDifferenceTest extends LeafServers {
  private LeafTokens tokens;

  private static String listen(int port) {
    return "leafnodes { listen: \"127.0.0.1:" + port + "\" }\n";
  }

  @Test
  void usersArePresentedLimitedExpiredAndRevokedAsByTheRealServer() throws Exception {
    tokens = new LeafTokens();
    int port = freePort();
    NatsServerProcess real = startReal("hub", tokens.config(2) + listen(port));
    List<String> expected = run(real.port(), port);
    NatsServer ours = start("ours", tokens.config(2) + listen(-1));
    assertThat(run(ours.port(), ours.leafNodePort())).containsExactlyElementsOf(expected);
  }

  private static RawLeaf open(int port, String name, LeafTokens.User user) throws Exception {
    RawLeaf leaf = new RawLeaf(port);
    return leaf.connect(name, user.proof(leaf.nonce()));
  }

  private List<String> run(int client, int port) throws Exception {
    List<String> seen = new ArrayList<>();
    try (Connection system = tokens.connectToSystem(client)) {
      String types = ",\"allowed_connection_types\":[\"%s\"]";
      for (String type : List.of("STANDARD", "LEAFNODE_WS")) {
        try (RawLeaf leaf = open(port, type, tokens.user("", types.formatted(type)))) {
          seen.addAll(leaf.rest());
        }
      }
      LeafTokens.User plain = tokens.user("", types.formatted("LEAFNODE"));
      LeafTokens.User doomed = tokens.user("", "");
      try (RawLeaf one = open(port, "one", plain);
          RawLeaf two = open(port, "two", doomed)) {
        seen.addAll(one.answers());
        seen.addAll(two.answers());
        try (RawLeaf three = open(port, "three", plain)) {
          seen.addAll(three.rest());
        }
        push(
            system,
            tokens.account(1, ",\"revocations\":{\"" + doomed.publicKey() + "\":9999999999}"));
        seen.addAll(two.rest());
        seen.addAll(one.answers());
        push(system, tokens.account(5, ""));
        seen.addAll(one.answers());
      }
      try (RawLeaf scoped = open(port, "scoped", tokens.scopedUser())) {
        seen.addAll(scoped.answers());
        seen.addAll(scoped.send("LMSG up.x 1\nx").answers());
        push(system, tokens.accountWithoutSigner(5));
        seen.addAll(scoped.rest());
      }
      if (Integer.getInteger(LONG) == null) {
        return seen;
      }
      long soon = System.currentTimeMillis() / 1000 + 2;
      try (RawLeaf late = open(port, "late", tokens.user(",\"exp\":" + soon, ""))) {
        seen.addAll(late.answers());
        seen.addAll(late.rest());
      }
    }
    return seen;
  }

  private static void push(Connection system, String token) throws Exception {
    Message answer = system.request("$SYS.REQ.CLAIMS.UPDATE", bytes(token), PATIENCE);
    assertThat(text(answer)).contains("jwt updated");
  }

  @Test
  void aCredentialsFileLetsALeafNodeInOnBothSides() throws Exception {
    tokens = new LeafTokens();
    Path file = directory.resolve("leaf.creds");
    Files.writeString(file, tokens.user("", "").credentials());
    String credentials = "credentials: \"" + file + "\"";
    int port = freePort();
    NatsServerProcess realHub = startReal("hub", tokens.config(-1) + listen(port));
    NatsServer ourLeaf = start("leaf", remote(port, credentials));
    Connection there = tokens.connect(realHub.port());
    there.createDispatcher(m -> there.publish(m.getReplyTo(), bytes("real"))).subscribe("ask");
    there.flush(PATIENCE);
    Connection onLeaf = connect(ourLeaf);
    awaitService(onLeaf, "ask");
    NatsServer ourHub = start("ours", tokens.config(-1) + listen(-1));
    NatsServerProcess realLeaf = startReal("real", remote(ourHub.leafNodePort(), credentials));
    Connection here = tokens.connect(ourHub.port());
    here.createDispatcher(m -> here.publish(m.getReplyTo(), bytes("ours"))).subscribe("ask");
    here.flush(PATIENCE);
    awaitService(connect(realLeaf), "ask");
    there.close();
    here.close();
  }
}
