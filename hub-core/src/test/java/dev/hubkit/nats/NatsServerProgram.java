package dev.hubkit.nats;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubkit.nats.release.Compatibility;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A real nats-server that is installed on this machine.
 *
 * @param version as in {@code 2.14.5}
 */
public record NatsServerProgram(Path path, String version) {
  private static final Pattern VERSION = Pattern.compile("v(\\d+\\.\\d+\\.\\d+\\S*)");
  private static final List<NatsServerProgram> INSTALLED = find();

  /**
   * Returns the programs in the directories of the {@code PATH}, in its order, then those in the
   * directories that the system property {@code hub.peers} lists in the same form.
   */
  public static List<NatsServerProgram> installed() {
    return INSTALLED;
  }

  /** Returns the program of the version that Hub follows, from anywhere on the {@code PATH}. */
  public static Optional<NatsServerProgram> compared() {
    return INSTALLED.stream().filter(NatsServerProgram::isCompared).findFirst();
  }

  /** Returns the program that Hub behaves like with this option; skips the test without it. */
  public static NatsServerProgram of(Compatibility release) {
    Optional<NatsServerProgram> found =
        INSTALLED.stream().filter(each -> each.version.equals(release.version())).findFirst();
    assumeTrue(
        found.isPresent(),
        () -> "no nats-server " + release.version() + " on PATH, nor in a directory of hub.peers");
    return found.orElseThrow();
  }

  /**
   * Returns the program of the version that Hub follows, else any other; skips the test when none
   * is installed.
   */
  public static NatsServerProgram any() {
    assumeTrue(!INSTALLED.isEmpty(), "no nats-server on PATH");
    return compared().orElse(INSTALLED.get(0));
  }

  /** Returns whether Hub follows the behaviour of this version in everything. */
  public boolean isCompared() {
    return version.equals(NatsServer.VERSION);
  }

  private static List<NatsServerProgram> find() {
    return Stream.of(System.getenv("PATH"), System.getProperty("hub.peers"))
        .filter(Objects::nonNull)
        .flatMap(directories -> Stream.of(directories.split(File.pathSeparator, -1)))
        .map(directory -> Path.of(directory, "nats-server"))
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .flatMap(file -> ask(file).stream())
        .toList();
  }

  private static Optional<NatsServerProgram> ask(Path file) {
    try {
      Process process =
          new ProcessBuilder(file.toString(), "--version").redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      Matcher matcher = VERSION.matcher(said);
      return matcher.find()
          ? Optional.of(new NatsServerProgram(file, matcher.group(1)))
          : Optional.empty();
    } catch (IOException e) {
      // The file is not a program for this machine.
      return Optional.empty();
    }
  }
}
