package dev.hubkit.nats.crash;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.config.ConfigFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The server that a test kills: it prints its URL and runs until somebody ends it. */
final class CrashServer {
  private CrashServer() {}

  /**
   * Options for a server that encrypts what it stores, if {@code hub.crash.encrypted} is set;
   * {@code hub.crash.turn} says how often the key and the cipher were changed.
   */
  static NatsOptions options(Path store) throws IOException {
    if (!Boolean.getBoolean("hub.crash.encrypted")) {
      return NatsOptions.builder().port(0).jetStream(store).build();
    }
    Path file = store.resolveSibling(store.getFileName() + ".conf");
    Files.writeString(
        file,
        "listen: \"127.0.0.1:-1\"\njetstream { store_dir: \""
            + store
            + "\", "
            + keys(Integer.getInteger("hub.crash.turn", 0))
            + " }\n");
    return NatsOptions.of(ConfigFile.read(file.toString(), name -> null));
  }

  private static String keys(int turn) {
    String now = "key: \"of turn " + turn + "\", cipher: " + (turn % 2 == 0 ? "aes" : "chacha");
    return turn == 0 ? now : now + ", prev_key: \"of turn " + (turn - 1) + "\"";
  }

  public static void main(String[] arguments) throws Exception {
    NatsServer server = NatsServer.start(options(Path.of(arguments[0])));
    System.out.println(server.clientUrl());
    System.out.flush();
    // The server also ends when the process that started it ends.
    while (System.in.read() >= 0) {}
    Runtime.getRuntime().halt(1);
  }
}
