package dev.hubkit.nats.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsSnapshot;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;

/**
 * The server that is killed at its work on streams. Says {@code opening} before it reads its store
 * and its URL when it has; takes a snapshot and goes back to it when it is told to, and says when
 * that is done.
 */
final class StreamCrashServer {
  private StreamCrashServer() {}

  public static void main(String[] arguments) throws Exception {
    say("opening");
    NatsServer server =
        NatsServer.start(NatsOptions.builder().port(0).jetStream(Path.of(arguments[0])).build());
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
    // Ends with the one who started it, too.
    Runtime.getRuntime().halt(1);
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
