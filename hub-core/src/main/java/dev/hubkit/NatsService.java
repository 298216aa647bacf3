package dev.hubkit;

import dev.hubkit.HubException.Reason;
import dev.hubkit.io.PlantedLinkException;
import dev.hubkit.io.PrivateFiles;
import dev.hubkit.nats.NatsException;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.StoreDirectory;
import dev.hubkit.workspace.Endpoint;
import dev.hubkit.workspace.Workspace;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;

/** The NATS half of a hub. */
final class NatsService {
  private NatsService() {}

  /**
   * Starts it.
   *
   * @param ready called when the server is ready to let clients in; if it throws, the server ends
   *     before any client can connect, and this method throws the same
   */
  static NatsServer start(Workspace workspace, HubOptions options, int port, Runnable ready)
      throws IOException {
    prepare(workspace.natsStore());
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
      return NatsServer.start(natsOptions, ready::run);
    } catch (NatsException e) {
      throw ServerPort.failure("NATS", "--nats-port", options.host(), port, e);
    }
  }

  private static void prepare(Path store) {
    try {
      PrivateFiles.createDirectories(store);
      StoreDirectory.prepare(store);
    } catch (PlantedLinkException e) {
      throw new HubException(Reason.INACCESSIBLE, String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new HubException(
          Reason.INACCESSIBLE,
          "streams cannot be stored in "
              + store
              + ": "
              + (e instanceof FileAlreadyExistsException ? "it is not a directory" : e.getMessage())
              + "; check what is there, its owner and permissions, and the space left",
          e);
    }
  }

  static Endpoint endpoint(NatsServer server) {
    return new Endpoint(server.clientUrl(), null, false);
  }
}
