package dev.hubkit.junit.assertj;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.Service;
import dev.hubkit.nats.net.Connection;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Assertions about the connected NATS clients, by the names in their CONNECT. */
public final class ConnectionsAssert extends HubPartAssert<ConnectionsAssert, List<String>> {
  private final HubAssert whole;

  ConnectionsAssert(HubAssert whole, HubResource hub) {
    super(
        names(hub), ConnectionsAssert.class, "the connections", JournalExcerpt.ofConnections(hub));
    this.whole = whole;
  }

  private static List<String> names(HubResource hub) {
    hub.requireOwn(Service.NATS, "the server's list of connections");
    List<String> names = new ArrayList<>();
    for (Connection client : hub.clients().all()) {
      String name = client.options().name();
      names.add(name == null ? "" : name);
    }
    Collections.sort(names);
    return names;
  }

  /** Verifies the number of connected clients. */
  public ConnectionsAssert hasCount(int count) {
    return check(actual.size() == count, "to be " + count, present());
  }

  /** Verifies that a client of this name is connected. */
  public ConnectionsAssert has(String name) {
    return check(actual.contains(name), "to have a client \"" + name + "\"", present());
  }

  /** Verifies that no client of this name is connected. */
  public ConnectionsAssert hasNo(String name) {
    return check(!actual.contains(name), "to have no client \"" + name + "\"", present());
  }

  private String present() {
    return "those connected are " + actual;
  }

  /** Returns to the assertions about the hub. */
  public HubAssert and() {
    return whole;
  }
}
