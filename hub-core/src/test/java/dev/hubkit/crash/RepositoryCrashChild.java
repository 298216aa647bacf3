package dev.hubkit.crash;

import dev.hubkit.Backend;
import dev.hubkit.Hub;
import dev.hubkit.HubOptions;
import dev.hubkit.Seed;
import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.content.ArtifactName;
import java.nio.file.Path;
import java.util.Random;

/**
 * Runs the hub that the test kills. Its arguments are the root, the directory that seeds the
 * repository, and a number for its random choices. It prints what it is about to do and what it has
 * done: {@code starting}, {@code serving URL}, {@code committed NAME}.
 */
final class RepositoryCrashChild {
  private RepositoryCrashChild() {}

  public static void main(String[] arguments) throws Exception {
    Thread parent = new Thread(RepositoryCrashChild::endWithParent);
    parent.setDaemon(true);
    parent.start();
    say("starting");
    Hub hub =
        Hub.start(
            Path.of(arguments[0]),
            HubOptions.builder()
                .fossilPort(0)
                .nats(Backend.off())
                .seed(Seed.directory(Path.of(arguments[1])))
                .build());
    say("serving " + hub.fossilUrl());
    Random random = new Random(Long.parseLong(arguments[2]));
    ArtifactName tip = hub.repository().<ArtifactName, RuntimeException>read(s -> s.resolve("tip"));
    while (true) {
      Commit commit = new Commit("orchestrator", "made by the hub").onTopOf(tip).allowFork();
      for (int i = random.nextInt(20); i >= 0; i--) {
        commit.put(
            "hub/" + random.nextInt(100), FileContent.of("line\n".repeat(100) + random.nextInt()));
      }
      tip = hub.repository().commit(commit);
      say("committed " + tip);
    }
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  private static void endWithParent() {
    try {
      while (System.in.read() >= 0) {}
    } catch (java.io.IOException e) {
      // An input that fails has ended, too.
    }
    Runtime.getRuntime().halt(1);
  }
}
