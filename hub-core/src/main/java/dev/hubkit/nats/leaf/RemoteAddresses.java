package dev.hubkit.nats.leaf;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a hub can be connected to: the URLs of the configuration and those that the hub tells, one
 * after the other (leafNodeCfg of nats-server). Thread-safe.
 */
final class RemoteAddresses {
  private final List<URI> configured;
  private final @Nullable String login;
  // Guarded by this object's monitor.
  private final List<URI> all;
  private @Nullable URI present;

  /**
   * Begins with those of the configuration.
   *
   * @param randomize whether their order is random
   */
  RemoteAddresses(List<URI> configured, boolean randomize) {
    this.configured = configured;
    this.all = new ArrayList<>(configured);
    if (randomize) {
      Collections.shuffle(all);
    }
    this.login =
        configured.stream()
            .map(URI::getUserInfo)
            .filter(each -> each != null)
            .findFirst()
            .orElse(null);
  }

  /** Returns the one to try next. */
  synchronized URI next() {
    if (all.size() > 1 && all.get(0).equals(present)) {
      Collections.rotate(all, -1);
    }
    present = all.get(0);
    return all.get(0);
  }

  /**
   * Replaces those that the hub has told before.
   *
   * @param told each {@code host:port}
   * @param webSockets the same through WebSocket, which count where the configuration has it
   */
  synchronized void learn(List<String> told, List<String> webSockets) {
    List<URI> learned = new ArrayList<>();
    URI first = configured.get(0);
    boolean webSocket = HubConnection.isWebSocket(first);
    String scheme = webSocket ? first.getScheme() : "nats-leaf";
    for (String each : webSocket ? webSockets : told) {
      URI url = url(scheme, each);
      if (url != null && configured.stream().noneMatch(known -> isSame(known, url))) {
        learned.add(url);
      }
    }
    all.clear();
    all.addAll(learned);
    all.addAll(configured);
  }

  private static boolean isSame(URI one, URI other) {
    return one.getPort() == other.getPort() && one.getHost().equals(other.getHost());
  }

  private static @Nullable URI url(String scheme, String address) {
    try {
      URI url = new URI(scheme + "://" + address);
      return url.getHost() == null || url.getPort() < 0 ? null : url;
    } catch (URISyntaxException e) {
      return null;
    }
  }

  /** Returns the user of a URL, or else the first one of the configuration; null for none. */
  @Nullable String login(URI url) {
    String own = url.getUserInfo();
    return own == null ? login : own;
  }

  /** Returns the name that the certificate at a URL must have. */
  String tlsName(URI url) {
    if (!isAddress(url.getHost())) {
      return url.getHost();
    }
    return configured.stream()
        .map(URI::getHost)
        .filter(host -> !isAddress(host))
        .findFirst()
        .orElse(url.getHost());
  }

  private static boolean isAddress(String host) {
    return host.startsWith("[") || host.matches("[0-9.]+");
  }
}
