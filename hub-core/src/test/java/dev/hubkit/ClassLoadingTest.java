package dev.hubkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks that a hub loads no classes that it does not need. */
class ClassLoadingTest {
  @TempDir Path root;

  /** Starts and stops a hub in its own JVM. */
  static final class Starter {
    private Starter() {}

    public static void main(String[] arguments) {
      HubOptions.Builder options = HubOptions.forTests().toBuilder();
      if (arguments[1].equals("nats")) {
        options.fossil(Backend.off());
      } else {
        options.nats(Backend.off());
      }
      Hub.start(Path.of(arguments[0]), options.build()).close();
      System.out.println("stopped well");
    }
  }

  private List<String> classesLoaded(String part) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xlog:class+load:stdout",
                "-cp",
                System.getProperty("java.class.path"),
                Starter.class.getName(),
                root.toString(),
                part)
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains("stopped well").contains("dev.hubkit.Hub source:");
    return output
        .lines()
        .filter(line -> line.contains(" source: "))
        .map(line -> line.replaceFirst(" source: .*", "").replaceFirst("^.*\\] *", ""))
        .toList();
  }

  @Test
  void withoutFossilThereIsNoSqliteAndNoJGit() throws Exception {
    assertThat(classesLoaded("nats"))
        .contains("dev.hubkit.nats.NatsServer")
        .noneMatch(name -> name.startsWith("org.sqlite"))
        .noneMatch(name -> name.startsWith("org.eclipse.jgit"))
        .noneMatch(name -> name.startsWith("java.sql"))
        .noneMatch(name -> name.startsWith("dev.hubkit.fossil"));
  }

  @Test
  void withoutNatsThereIsNoNatsServer() throws Exception {
    assertThat(classesLoaded("fossil"))
        .contains("dev.hubkit.fossil.FossilRepository")
        .noneMatch(name -> name.equals("dev.hubkit.nats.NatsServer"))
        .noneMatch(name -> name.startsWith("dev.hubkit.nats.jetstream"))
        // A repository without a seed does not need git.
        .noneMatch(name -> name.startsWith("org.eclipse.jgit"));
  }
}
