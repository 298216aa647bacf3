package dev.hubkit;

import dev.hubkit.io.PrivateFiles;
import dev.hubkit.nats.NatsException;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.workspace.Endpoint;
import dev.hubkit.workspace.Workspace;
import java.io.IOException;

/** The NATS half of a hub. */
final class NatsService {
  private NatsService() {}

  /**
   * Starts it.
   *
   * @param ready called when it could let clients in; what it throws ends it before anybody could
   *     connect, and is thrown here
   */
  static NatsServer start(Workspace workspace, HubOptions options, int port, Runnable ready)
      throws IOException {
    PrivateFiles.createDirectories(workspace.natsStore());
    NatsOptions natsOptions =
        options
            .natsTuning()
            .apply(NatsOptions.builder())
            .host(options.host())
            .port(port)
            .jetStream(workspace.natsStore())
            .timeSource(options.timeSource())
            .build();
    try {
      return NatsServer.start(natsOptions, ready);
    } catch (NatsException e) {
      throw ServerPort.failure("NATS", "--nats-port", options.host(), port, e);
    }
  }

  static Endpoint endpoint(NatsServer server) {
    return new Endpoint(server.clientUrl(), null, false);
  }
}
