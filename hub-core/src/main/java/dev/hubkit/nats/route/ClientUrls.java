package dev.hubkit.nats.route;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Where clients connect to servers, each {@code host:port}.
 *
 * @param tcp for those that come through TCP
 * @param webSocket for those that come through WebSockets
 */
public record ClientUrls(List<String> tcp, List<String> webSocket) {
  /** Nowhere. */
  public static final ClientUrls NONE = new ClientUrls(List.of(), List.of());

  public ClientUrls {
    tcp = List.copyOf(tcp);
    webSocket = List.copyOf(webSocket);
  }

  boolean isEmpty() {
    return tcp.isEmpty() && webSocket.isEmpty();
  }

  /** Returns these URLs and others, each once. */
  ClientUrls and(ClientUrls others) {
    return new ClientUrls(union(tcp, others.tcp), union(webSocket, others.webSocket));
  }

  private static List<String> union(List<String> first, List<String> second) {
    Set<String> all = new LinkedHashSet<>(first);
    all.addAll(second);
    return List.copyOf(all);
  }
}
