package dev.hubkit.junit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The files that describe a failed test: its full report, and the state of its hub. */
final class FailureFiles {
  private static final List<String> BUILD_DIRECTORIES = List.of("target", "build");
  private static final String DIRECTORY = "hub-junit";
  private static final String TRACES = "hub-traces";
  // Most file systems take 255 bytes.
  private static final int LONGEST_NAME = 200;

  private final Path directory;
  private final Path traces;
  private final String name;

  private FailureFiles(Path directory, Path traces, String name) {
    this.directory = directory;
    this.traces = traces;
    this.name = name;
  }

  /** Returns the files for a hub of a test, or of a class outside of its tests. */
  static FailureFiles of(HubDefinition definition, ExtensionContext context) {
    String hub = definition.name().isEmpty() ? "" : "-" + definition.name();
    String name =
        context.getTestClass().map(Class::getName).orElse("run")
            + context.getTestMethod().map(method -> "." + method.getName()).orElse("")
            + invocation(context.getUniqueId())
            + hub;
    return new FailureFiles(
        directory(context, DIRECTORY),
        directory(context, TRACES),
        shortened(name.replaceAll("[^A-Za-z0-9._$-]", "_")));
  }

  // The number of the invocation of a parameterized or repeated test, which JUnit writes as
  // "[test-template-invocation:#3]".
  private static String invocation(String uniqueId) {
    int at = uniqueId.lastIndexOf(":#");
    return at < 0 ? "" : "-" + uniqueId.substring(at + 2).replace("]", "");
  }

  // The end tells tests apart; the hash does so for long names.
  private static String shortened(String name) {
    return name.length() <= LONGEST_NAME
        ? name
        : Integer.toHexString(name.hashCode()) + "-" + name.substring(name.length() - LONGEST_NAME);
  }

  private static Path directory(ExtensionContext context, String below) {
    Optional<String> configured = new AttributeDefaults(context).reportDirectory();
    if (configured.isPresent()) {
      return Path.of(configured.get()).toAbsolutePath();
    }
    return BUILD_DIRECTORIES.stream()
        .map(build -> Path.of(build).toAbsolutePath())
        .filter(Files::isDirectory)
        .findFirst()
        .orElseGet(() -> Path.of(System.getProperty("java.io.tmpdir", ".")).toAbsolutePath())
        .resolve(below);
  }

  /** Returns the file for the state of the hub, in a directory that exists. */
  Path state() throws IOException {
    Files.createDirectories(directory);
    return directory.resolve(name + ".hub");
  }

  /** Writes the page of a trace, and returns its file. */
  Path writeTrace(byte[] page) throws IOException {
    Files.createDirectories(traces);
    return Files.write(traces.resolve(name + ".html"), page);
  }

  /** Writes the full report, and returns its file. */
  Path write(Map<String, String> entries) throws IOException {
    Files.createDirectories(directory);
    Path file = directory.resolve(name + ".txt");
    return Files.writeString(
        file,
        entries.entrySet().stream()
            .map(entry -> "== " + entry.getKey() + "\n" + entry.getValue() + "\n")
            .collect(Collectors.joining("\n")));
  }
}
