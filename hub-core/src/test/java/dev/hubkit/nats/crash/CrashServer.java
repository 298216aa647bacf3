package dev.hubkit.nats.crash;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import java.nio.file.Path;

/** The server that a test kills: it prints its URL and runs until somebody ends it. */
final class CrashServer {
  private CrashServer() {}

  public static void main(String[] arguments) throws Exception {
    NatsServer server =
        NatsServer.start(NatsOptions.builder().port(0).jetStream(Path.of(arguments[0])).build());
    System.out.println(server.clientUrl());
    System.out.flush();
    // The server also ends when the process that started it ends.
    while (System.in.read() >= 0) {}
    Runtime.getRuntime().halt(1);
  }
}
