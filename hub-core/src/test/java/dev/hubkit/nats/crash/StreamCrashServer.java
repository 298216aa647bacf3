package dev.hubkit.nats.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsSnapshot;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;

/**
 * The server that a test kills during its work on streams. It prints {@code opening} before it
 * reads its store, and its URL afterwards. On command it takes a snapshot or goes back to it, and
 * prints when it has done so.
 */
final class StreamCrashServer {
  private StreamCrashServer() {}

  public static void main(String[] arguments) throws Exception {
    say("opening");
    NatsServer server = NatsServer.start(CrashServer.options(Path.of(arguments[0])));
    say(server.clientUrl());
    NatsSnapshot snapshot = null;
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      if (line.equals("snapshot")) {
        snapshot = server.snapshot();
      } else if (line.equals("rewind") && snapshot != null) {
        server.rewind(snapshot);
      }
      say("done");
    }
    // The server also ends when the process that started it ends.
    Runtime.getRuntime().halt(1);
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
