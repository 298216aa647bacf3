package dev.hubkit.nats.leaf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.security.LeafCallout;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.Options;
import io.nats.client.Subscription;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a hub makes of leaf nodes and their users: the same as the real nats-server does. */
@ComparedWithNatsServer
class LeafRulesDifferenceTest extends LeafServers {
  private static final List<String> OWN =
      List.of("id", "timestamp", "start", "stop", "rtt", "server", "now", "server_id");
  private static final String CONFIG =
      """
      accounts {
        A {
          users: [{ user: a, password: p }]
          limits: { max_leafnodes: 1, max_subscriptions: 3, max_payload: 10 }
        }
        R {
          users: [
            { user: r, password: p, permissions: {
                publish: { allow: ["up.>"] }, subscribe: { allow: ["ask", "_R_.>"] },
                allow_responses: { max: 1, expires: "1m" } } }
            { user: any, password: p }
            { user: only, password: p, permissions: { allow_responses: true } }
          ]
        }
        SYS { users: [{ user: sys, password: p }] }
      }
      system_account: SYS
      leafnodes { listen: "127.0.0.1:$PORT" }
      """;

  private int compared;

  /** One of the two hubs. */
  private record Hub(int port, int leafPort, LeafServers test) {
    Connection client(String user) throws Exception {
      return test.connect(port, Options.builder().userInfo(user, "p"));
    }

    RawLeaf leaf(String name, String user) throws Exception {
      return new RawLeaf(leafPort)
          .connect(name, "\"user\":\"" + user + "\",\"pass\":\"p\",\"remote_account\":\"$G\"");
    }
  }

  /** What is done with each of the hubs. */
  private interface Scenario {
    List<String> run(Hub hub) throws Exception;
  }

  private void compare(String config, Scenario scenario) throws Exception {
    compared++;
    int port = freePort();
    NatsServerProcess real = startReal("hub" + compared, config.replace("$PORT", "" + port));
    List<String> expected = scenario.run(new Hub(real.port(), port, this));
    NatsServer ours = start("ours" + compared, config.replace("$PORT", "-1"));
    List<String> found = scenario.run(new Hub(ours.port(), ours.leafNodePort(), this));
    assertThat(found).containsExactlyElementsOf(expected);
  }

  private static String told(Message event) {
    return event.getSubject().replaceAll("\\.N[A-Z0-9]{55}\\.", ".ID.")
        + " "
        + masked(Json.parseObject(event.getData()));
  }

  private static String masked(JsonObject object) {
    Map<String, Object> fields = new TreeMap<>();
    for (String name : object.names()) {
      Object value = object.get(name);
      // Measured or not.
      if (name.equals("rtt")) {
        continue;
      }
      if (value instanceof JsonObject inner && !OWN.contains(name)) {
        fields.put(name, masked(inner));
      } else {
        fields.put(name, OWN.contains(name) ? "*" : String.valueOf(value));
      }
    }
    return fields.toString();
  }

  /**
   * What the system account hears of other accounts: that it has connected itself comes too late.
   */
  private static final class Events {
    private final ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();

    Events(Connection client) throws Exception {
      Dispatcher all = client.createDispatcher(this::hear);
      for (String subject :
          List.of(
              "$SYS.ACCOUNT.*.CONNECT",
              "$SYS.ACCOUNT.*.DISCONNECT",
              "$SYS.ACCOUNT.*.LEAFNODE.CONNECT",
              "$SYS.ACCOUNT.*.SERVER.CONNS",
              "$SYS.SERVER.ACCOUNT.*.CONNS",
              "$SYS.SERVER.*.CLIENT.AUTH.ERR")) {
        all.subscribe(subject);
      }
      client.flush(PATIENCE);
    }

    private void hear(Message event) {
      String told = told(event);
      if (!told.contains("ACCOUNT.SYS.")) {
        heard.add(told);
      }
    }

    // Each comes when it likes.
    List<String> await(String... last) {
      org.awaitility.Awaitility.await()
          .atMost(PATIENCE)
          .until(
              () ->
                  Stream.of(last)
                      .allMatch(text -> heard.stream().anyMatch(each -> each.contains(text))));
      List<String> found = new ArrayList<>(heard);
      found.sort(null);
      return found;
    }
  }

  @Test
  void limitsAndEventsOfAccountsAreThoseOfTheRealServer() throws Exception {
    compare(CONFIG, this::limitsAndEvents);
  }

  private List<String> limitsAndEvents(Hub hub) throws Exception {
    List<String> seen = new ArrayList<>();
    Events events = new Events(hub.client("sys"));
    try (RawLeaf one = hub.leaf("one", "a");
        RawLeaf wrong = hub.leaf("wrong", "nobody")) {
      seen.addAll(one.answers());
      seen.addAll(wrong.rest());
      try (RawLeaf two = hub.leaf("two", "a")) {
        seen.addAll(two.rest());
      }
      seen.addAll(one.send("LS+ a\nLS+ b\nLS+ c\nLS+ d").answers());
      seen.addAll(one.send("LMSG x 10\n0123456789").answers());
      seen.addAll(one.send("LMSG x 11\n01234567890").rest());
    }
    seen.addAll(
        events.await(
            "Maximum Message Payload",
            "Maximum Account Connections",
            "AUTH.ERR",
            "$SYS.ACCOUNT.A.SERVER.CONNS {acc=A, conns=0, id=*, leafnodes=0",
            "$SYS.SERVER.ACCOUNT.A.CONNS {acc=A, conns=0, id=*, leafnodes=0"));
    try (RawLeaf again = hub.leaf("again", "a")) {
      seen.addAll(again.answers());
    }
    return seen;
  }

  @Test
  void answersAreAllowedAsByTheRealServer() throws Exception {
    compare(CONFIG, this::responses);
  }

  private List<String> responses(Hub hub) throws Exception {
    List<String> seen = new ArrayList<>();
    Connection client = hub.client("any");
    Subscription answers = client.subscribe("inbox.>");
    client.flush(PATIENCE);
    for (String user : List.of("r", "only")) {
      try (RawLeaf leaf = hub.leaf("leaf", user)) {
        leaf.send("LS+ ask");
        seen.addAll(leaf.answers());
        client.publish("ask", "inbox.1", bytes("?"));
        client.flush(PATIENCE);
        seen.addAll(leaf.until("?"::equals));
        // Not at all where what is sent to the leaf node is not restricted.
        if (user.equals("r")) {
          seen.addAll(leaf.send("LMSG inbox.1 1\n!").answers());
          seen.add("" + text(answers.nextMessage(PATIENCE)));
        }
        // Only once.
        seen.addAll(leaf.send("LMSG inbox.1 1\n!").rest());
      }
    }
    return seen;
  }

  @Test
  void leafNodesAreIsolatedAsByTheRealServer() throws Exception {
    compare("leafnodes { listen: \"127.0.0.1:$PORT\" }\n", hub -> interest(hub, true));
    compare(
        "leafnodes { listen: \"127.0.0.1:$PORT\", isolate_leafnode_interest: true }\n",
        hub -> interest(hub, false));
  }

  // What two leaf nodes hear of each other and of a client.
  private List<String> interest(Hub hub, boolean asks) throws Exception {
    List<String> seen = new ArrayList<>();
    Connection client = connect(hub.port(), Options.builder());
    try (RawLeaf one = new RawLeaf(hub.leafPort());
        RawLeaf two = new RawLeaf(hub.leafPort())) {
      one.connect("one", "\"cluster\":\"C1\"" + (asks ? ",\"isolate\":true" : ""));
      two.connect("two", "\"cluster\":\"C2\"");
      one.answers();
      two.answers();
      one.send("LS+ of.one").answers();
      two.send("LS+ of.two").answers();
      client.subscribe("of.client");
      client.flush(PATIENCE);
      seen.addAll(one.answers());
      seen.add("and");
      seen.addAll(two.answers());
    }
    return seen;
  }

  @Test
  void anAuthCalloutDecidesOnLeafNodesAsWithTheRealServer() throws Exception {
    LeafCallout callout = new LeafCallout();
    compare(
        callout.config() + "leafnodes { listen: \"127.0.0.1:$PORT\" }\n",
        hub -> {
          callout.serve(hub.client("auth"));
          List<String> seen = new ArrayList<>();
          try (RawLeaf some = hub.leaf("some", "some");
              RawLeaf nobody = hub.leaf("nobody", "nobody")) {
            seen.addAll(some.answers());
            seen.addAll(nobody.rest());
          }
          return seen;
        });
  }

  @Test
  void lameDuckModeClosesLeafNodesAndLetsNoneIn() throws Exception {
    NatsServer hub = start("duck", "leafnodes { listen: \"127.0.0.1:-1\" }\n");
    NatsServer upper = start("upper", "leafnodes { listen: \"127.0.0.1:-1\" }\n");
    NatsServer both = start("both", remote(upper, ""));
    awaitLeafs(upper, 1);
    int port = hub.leafNodePort();
    try (RawLeaf leaf = new RawLeaf(port).connect("leaf", "")) {
      leaf.answers();
      hub.lameDuck(Duration.ofMillis(50), Duration.ofMillis(50));
      // Nobody is told by INFO: leaf nodes of nats-server do not know of it.
      assertThat(leaf.rest()).containsExactly("(closed)");
    }
    assertThatThrownBy(() -> new RawLeaf(port).close()).isInstanceOf(IOException.class);
    both.lameDuck(Duration.ofMillis(50), Duration.ofMillis(50));
    awaitLeafs(upper, 0);
  }
}
