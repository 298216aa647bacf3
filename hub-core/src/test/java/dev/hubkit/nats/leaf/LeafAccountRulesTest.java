package dev.hubkit.nats.leaf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.account.AccountPlaceholders;
import dev.hubkit.nats.wire.NameHash;
import io.nats.client.Connection;
import io.nats.client.Options;
import io.nats.client.Subscription;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rules of a leaf node that name the accounts on both sides by functions. */
class LeafAccountRulesTest extends LeafServers {
  private static final String HUB =
      "accounts { H { users: [{ user: u, password: p }] } }\nleafnodes { listen: \"127.0.0.1:%d\" }\n";
  private static final String LEAF =
      """
      accounts { L { users: [{ user: u, password: p }] } }
      leafnodes { remotes: [{ url: "nats-leaf://u:p@127.0.0.1:%d", account: L,
        deny_imports: ["to.{{account-hash-leaf-remote()}}"], deny_exports: ["to.{{account-hash()}}"] }] }
      """;

  private List<String> crossed(int hub, int leaf) throws Exception {
    Connection onHub = connect(hub, Options.builder().userInfo("u", "p"));
    Connection onLeaf = connect(leaf, Options.builder().userInfo("u", "p"));
    List<String> crossed = new ArrayList<>();
    for (Connection to : List.of(onHub, onLeaf)) {
      Connection from = to == onHub ? onLeaf : onHub;
      Subscription all = to.subscribe("to.>");
      String service = to == onHub ? "ask.hub" : "ask.leaf";
      to.createDispatcher(m -> to.publish(m.getReplyTo(), m.getData())).subscribe(service);
      to.flush(PATIENCE);
      awaitService(from, service);
      for (String account : List.of("H", "L", "end")) {
        from.publish("to." + NameHash.of(account), bytes(account));
      }
      for (String seen = ""; !seen.equals("end"); ) {
        seen = String.valueOf(text(all.nextMessage(PATIENCE)));
        crossed.add(service + " " + seen);
      }
      all.unsubscribe();
      to.flush(PATIENCE);
    }
    onHub.close();
    onLeaf.close();
    return crossed;
  }

  @Test
  @ComparedWithNatsServer
  void theyStandForTheAccountsOnBothSides() throws Exception {
    int port = freePort();
    NatsServerProcess realHub = startReal("realHub", HUB.formatted(port));
    NatsServer ourHub = start("ourHub", HUB.formatted(-1));
    NatsServerProcess realLeaf = startReal("realLeaf", LEAF.formatted(ourHub.leafNodePort()));
    NatsServer ourLeaf = start("ourLeaf", LEAF.formatted(port));
    assertThat(crossed(ourHub.port(), realLeaf.port()))
        .isEqualTo(crossed(realHub.port(), ourLeaf.port()))
        .containsExactly("ask.hub H", "ask.hub end", "ask.leaf L", "ask.leaf end");
  }

  @Test
  void thoseThatAreWrongStayAndAreTold() {
    List<String> wrong = new ArrayList<>();
    List<String> rules =
        List.of(
            "a.{{account-hash()}} q",
            "{{account-hash-leaf-remote()}}",
            "{{account-hash-import()}}",
            "{{account-hash(1)}}");
    assertThat(AccountPlaceholders.expandRules(rules, "A", "", true, wrong::add))
        .containsExactly(
            "a." + NameHash.of("A") + " q",
            "{{account-hash-leaf-remote()}}",
            "{{account-hash-import()}}",
            "{{account-hash(1)}}");
    assertThat(wrong)
        .containsExactly(
            "permission subject \"{{account-hash-import()}}\": invalid mapping destination: function is"
                + " not available in this context in {{account-hash-import()}}",
            "permission subject \"{{account-hash(1)}}\": invalid mapping destination: too many arguments"
                + " passed to the function in {{account-hash(1)}}");
    wrong.clear();
    AccountPlaceholders.expandRules(rules.subList(1, 2), "A", "", false, wrong::add);
    assertThat(wrong).hasSize(1);
  }
}
