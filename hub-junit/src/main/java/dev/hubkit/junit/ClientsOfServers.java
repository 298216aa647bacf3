package dev.hubkit.junit;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.net.ConnectedClients;
import dev.hubkit.nats.net.Connection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The clients of all servers of a hub.
 *
 * @param servers returns those that run
 */
record ClientsOfServers(Supplier<List<NatsServer>> servers) implements ConnectedClients {
  @Override
  public Collection<Connection> all() {
    List<Connection> all = new ArrayList<>();
    servers.get().forEach(server -> all.addAll(server.clients().all()));
    return all;
  }

  @Override
  public @Nullable Connection find(long id) {
    return all().stream().filter(client -> client.id() == id).findFirst().orElse(null);
  }

  @Override
  public boolean kick(long id) {
    return servers.get().stream().anyMatch(server -> server.clients().kick(id));
  }

  @Override
  public long total() {
    return sum(ConnectedClients::total);
  }

  @Override
  public long slowConsumers() {
    return sum(ConnectedClients::slowConsumers);
  }

  private long sum(ToLongFunction<ConnectedClients> count) {
    return servers.get().stream().mapToLong(server -> count.applyAsLong(server.clients())).sum();
  }
}
