package dev.hubkit.junit.assertj;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.Service;
import dev.hubkit.nats.net.Connection;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.assertj.core.api.AbstractAssert;

/** Assertions about the NATS clients that are connected, by the names they gave themselves. */
public final class ConnectionsAssert extends AbstractAssert<ConnectionsAssert, List<String>> {
  private final HubAssert whole;
  private final Evidence evidence;

  ConnectionsAssert(HubAssert whole, HubResource hub) {
    super(names(hub), ConnectionsAssert.class);
    this.whole = whole;
    this.evidence = Evidence.ofConnections(hub);
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

  private AssertionError wrong(String text) {
    return failure("%s", text + ", but those connected are " + actual + "." + evidence);
  }

  /** So many clients are connected. */
  public ConnectionsAssert hasCount(int count) {
    if (actual.size() != count) {
      throw wrong("Expected " + count + " clients");
    }
    return this;
  }

  /** A client of this name is connected. */
  public ConnectionsAssert has(String name) {
    if (!actual.contains(name)) {
      throw wrong("Expected a client \"" + name + "\"");
    }
    return this;
  }

  /** No client of this name is connected. */
  public ConnectionsAssert hasNo(String name) {
    if (actual.contains(name)) {
      throw wrong("Expected no client \"" + name + "\"");
    }
    return this;
  }

  /** Goes back to the hub. */
  public HubAssert and() {
    return whole;
  }
}
