package dev.hubkit.nats.crash;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import java.nio.file.Path;

/** The server that is killed: prints its URL and lives until somebody ends it. */
final class CrashServer {
  private CrashServer() {}

  public static void main(String[] arguments) throws Exception {
    NatsServer server =
        NatsServer.start(NatsOptions.builder().port(0).jetStream(Path.of(arguments[0])).build());
    System.out.println(server.clientUrl());
    System.out.flush();
    // Ends with the one who started it, too.
    while (System.in.read() >= 0) {}
    Runtime.getRuntime().halt(1);
  }
}
