package dev.hubkit.nats.leaf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.nats.client.Connection;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * A cluster of two servers whose both servers are leaf nodes of another such cluster: what crosses
 * on one way does not come back on the other.
 */
class LeafClustersTest extends LeafServers {
  private static final List<String> NAMES = List.of("h1", "h2", "l1", "l2");

  private final Map<String, Integer> ports = new LinkedHashMap<>();
  private final Map<String, Connection> clients = new LinkedHashMap<>();

  @Test
  void nothingComesTwice() throws Exception {
    check(Set.of());
  }

  @Test
  void nothingComesTwiceFromARealClusterOfHubs() throws Exception {
    check(Set.of("h1", "h2"));
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void nothingComesTwiceFromARealClusterOfLeafNodes() throws Exception {
    check(Set.of("l1", "l2"));
  }

  @Test
  void nothingComesTwiceWhereBothClustersAreMixed() throws Exception {
    check(Set.of("h1", "l2"));
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void nothingComesTwiceWhereBothClustersAreMixedTheOtherWay() throws Exception {
    check(Set.of("h1", "l1"));
  }

  private void start(Set<String> real) throws Exception {
    for (String name : List.of("h1", "h2", "l1", "l2", "leaf of h1", "leaf of h2")) {
      ports.put(name, freePort());
    }
    for (String name : NAMES) {
      boolean hub = name.startsWith("h");
      String config =
          "cluster { name: "
              + (hub ? "HUBS" : "LEAFS")
              + ", listen: \"127.0.0.1:"
              + ports.get(name)
              + "\", routes: [\"nats-route://127.0.0.1:"
              + ports.get(name.replaceAll(".$", "1"))
              + "\"] }\n"
              + (hub
                  ? "leafnodes { no_advertise: true, listen: \"127.0.0.1:"
                      + ports.get("leaf of " + name)
                      + "\" }\n"
                  : remote(ports.get("leaf of " + name.replace('l', 'h')), ""));
      clients.put(
          name,
          real.contains(name) ? connect(startReal(name, config)) : connect(start(name, config)));
    }
  }

  private void check(Set<String> real) throws Exception {
    start(real);
    Map<String, Queue<String>> plain = new LinkedHashMap<>();
    AtomicInteger queued = new AtomicInteger();
    for (String name : NAMES) {
      Connection client = clients.get(name);
      Queue<String> here = new ConcurrentLinkedQueue<>();
      plain.put(name, here);
      client.createDispatcher(m -> here.add(text(m))).subscribe("news.*");
      client.createDispatcher(m -> queued.incrementAndGet()).subscribe("work", "q");
      client
          .createDispatcher(m -> client.publish(m.getReplyTo(), m.getData()))
          .subscribe("ask." + name);
      client.flush(PATIENCE);
    }
    meet();
    for (String name : NAMES) {
      clients.get(name).publish("news." + name, bytes(name));
      clients.get(name).publish("work", bytes(name));
    }
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(
            () -> {
              assertThat(plain.values()).allMatch(each -> each.size() >= 4);
              assertThat(queued).hasValueGreaterThanOrEqualTo(4);
            });
    // What comes back on the long way has come by then.
    meet();
    assertThat(plain.values())
        .allSatisfy(each -> assertThat(each).containsExactlyInAnyOrderElementsOf(NAMES));
    assertThat(queued).hasValue(4);
  }

  // Each reaches each.
  private void meet() {
    for (String asking : NAMES) {
      for (String asked : NAMES) {
        awaitService(clients.get(asking), "ask." + asked);
      }
    }
  }
}
