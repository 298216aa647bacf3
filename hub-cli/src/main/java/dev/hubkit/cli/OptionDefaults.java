package dev.hubkit.cli;

import dev.hubkit.HubException;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.workspace.Workspace;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The values of options that the command line leaves out, from the first of: the environment,
 * {@code HUB_FOSSIL_PORT} for {@code --fossil-port}, then {@code .orchestrator/config.properties},
 * {@code fossil-port}, then the program.
 */
final class OptionDefaults {
  /** The name of the file in the hub's directory. */
  static final String FILE = "config.properties";

  private final Predicate<String> given;
  private final Map<String, String> environment;
  private final Path file;
  private final Properties properties = new Properties();

  private OptionDefaults(Predicate<String> given, Map<String, String> environment, Path file) {
    this.given = given;
    this.environment = environment;
    this.file = file;
  }

  /** Reads the defaults for a parsed command line. */
  static OptionDefaults of(Path root, CommandSpec spec) {
    return of(root, spec.commandLine().getParseResult()::hasMatchedOption, System.getenv());
  }

  /**
   * Reads the file of a root.
   *
   * @param given whether the command line has an option, such as {@code --host}
   */
  static OptionDefaults of(Path root, Predicate<String> given, Map<String, String> environment) {
    Path file = root.resolve(Workspace.DIRECTORY).resolve(FILE);
    OptionDefaults defaults = new OptionDefaults(given, environment, file);
    try {
      defaults.properties.load(new StringReader(text(file)));
    } catch (NoSuchFileException e) {
      return defaults;
    } catch (CharacterCodingException e) {
      throw wrong(file.toString(), "is no text in UTF-8; write it anew, or delete it");
    } catch (AccessDeniedException e) {
      throw closed(root, e);
    } catch (IOException e) {
      throw new HubException(
          HubException.Reason.INACCESSIBLE,
          file
              + " cannot be read: "
              + e.getMessage()
              + "; check what is there, its owner and permissions",
          e);
    } catch (IllegalArgumentException e) {
      throw wrong(file.toString(), "is no properties file: " + e.getMessage());
    }
    return defaults;
  }

  /** Reads a file of text; refuses what a failing disk leaves, such as blocks of zeros. */
  private static String text(Path file) throws IOException {
    String text = Files.readString(file, StandardCharsets.UTF_8);
    if (text.chars().anyMatch(c -> c < ' ' && "\t\n\f\r".indexOf(c) < 0)) {
      throw new CharacterCodingException();
    }
    return text;
  }

  /** Returns the names in the file that no option has. */
  Set<String> unknownInFile() {
    Set<String> unknown = new TreeSet<>(properties.stringPropertyNames());
    unknown.removeAll(StartOptions.NAMES);
    return unknown;
  }

  Path file() {
    return file;
  }

  String text(String option, String otherwise) {
    Found found = find(option);
    return found == null ? otherwise : found.value();
  }

  @Nullable String optional(String option, @Nullable String otherwise) {
    Found found = find(option);
    return found == null ? otherwise : found.value();
  }

  /** Returns whether the command line, the environment or the file has an option. */
  boolean has(String option) {
    return given.test("--" + option) || find(option) != null;
  }

  /** Returns the releases of nats-server that an option names; the newest if none is named. */
  Compatibility release(String option, @Nullable String otherwise) {
    Found found = find(option);
    String name = found == null ? otherwise : found.value().strip();
    try {
      return name == null ? Compatibility.current() : Compatibility.named(name);
    } catch (IllegalArgumentException e) {
      throw found == null
          ? new Failure.WrongOptionException("--" + e.getMessage())
          : wrong(found.where(), String.valueOf(e.getMessage()));
    }
  }

  /** Returns a number within bounds, both included. */
  int number(String option, int otherwise, int least, int most) {
    Found found = find(option);
    int number;
    try {
      number = found == null ? otherwise : Integer.parseInt(found.value().strip());
    } catch (NumberFormatException e) {
      throw wrong(found.where(), "is no number: " + found.value());
    }
    if (number < least || number > most) {
      String what =
          most == Integer.MAX_VALUE
              ? "has to be at least " + least + ", not " + number
              : "has to be from " + least + " to " + most + ", not " + number;
      throw found == null
          ? new Failure.WrongOptionException("--" + option + " " + what)
          : wrong(found.where(), what);
    }
    return number;
  }

  int port(String option, int otherwise) {
    return number(option, otherwise, 0, 65535);
  }

  /** Returns a number of seconds, at least one. */
  Duration seconds(String option, int otherwise) {
    return Duration.ofSeconds(number(option, otherwise, 1, Integer.MAX_VALUE));
  }

  <E extends Enum<E>> E choice(String option, Class<E> type, E otherwise) {
    Found found = find(option);
    if (found == null) {
      return otherwise;
    }
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> constant.name().equalsIgnoreCase(found.value().strip()))
        .findFirst()
        .orElseThrow(
            () ->
                wrong(
                    found.where(),
                    "is none of "
                        + Arrays.stream(type.getEnumConstants())
                            .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                            .collect(Collectors.joining(", "))
                        + ": "
                        + found.value()));
  }

  private @Nullable Found find(String option) {
    if (given.test("--" + option)) {
      return null;
    }
    String variable = "HUB_" + option.toUpperCase(Locale.ROOT).replace('-', '_');
    String fromEnvironment = environment.get(variable);
    if (fromEnvironment != null && !fromEnvironment.isBlank()) {
      return new Found("$" + variable, fromEnvironment);
    }
    String fromFile = properties.getProperty(option);
    return fromFile == null ? null : new Found(option + " in " + file, fromFile);
  }

  // Only its owner can enter a hub's directory.
  private static HubException closed(Path root, AccessDeniedException cause) {
    Path directory = root.resolve(Workspace.DIRECTORY);
    try {
      return new HubException(
          HubException.Reason.FOREIGN_OWNER,
          "the hub of "
              + root
              + " belongs to user "
              + Files.getOwner(directory).getName()
              + "; ask them, or look at the permissions of "
              + directory,
          cause);
    } catch (IOException | UnsupportedOperationException e) {
      cause.addSuppressed(e);
      return new HubException(
          HubException.Reason.INACCESSIBLE,
          "no permission for " + directory + "; check its owner and mode",
          cause);
    }
  }

  private static HubException wrong(String where, String what) {
    return new HubException(HubException.Reason.UNSUPPORTED, where + " " + what);
  }

  private record Found(String where, String value) {}
}
