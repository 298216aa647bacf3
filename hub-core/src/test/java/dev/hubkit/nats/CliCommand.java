package dev.hubkit.nats;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A line of {@code cli/commands.txt}, which says what the lines mean.
 *
 * @param text the whole line
 * @param end with which text the line begins that ends the command; null when it ends by itself
 * @param meanwhile what runs again and again until the command has ended
 */
record CliCommand(
    String text,
    boolean numbers,
    boolean order,
    String user,
    String command,
    @Nullable String end,
    @Nullable CliCommand meanwhile) {
  private static final Pattern LINE =
      Pattern.compile("(~?)(\\??)(\\w+): (.*?)(?: until (\\w+))?(?: <- (.*))?");
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

  /** Reads a file without its comments. */
  static List<CliCommand> read(Path file) throws IOException {
    List<CliCommand> commands = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      if (!line.isBlank() && !line.startsWith("#")) {
        commands.add(of(line));
      }
    }
    return commands;
  }

  private static CliCommand of(String line) {
    Matcher parts = LINE.matcher(line);
    if (!parts.matches()) {
      throw new IllegalArgumentException(line);
    }
    String meanwhile = parts.group(6);
    return new CliCommand(
        line,
        parts.group(1).isEmpty(),
        parts.group(2).isEmpty(),
        Objects.requireNonNull(parts.group(3)),
        Objects.requireNonNull(parts.group(4)),
        parts.group(5),
        meanwhile == null ? null : of(meanwhile));
  }

  /** Returns the words of the command line, with what stands for things of a server replaced. */
  List<String> words(String id, int port, Path directory) {
    List<String> words =
        new ArrayList<>(List.of("nats", "--server", url(port), "--user", user, "--password", user));
    if (!command.startsWith("context")) {
      words.add("--no-context");
    }
    Matcher matcher = WORD.matcher(command);
    while (matcher.find()) {
      String word = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
      words.add(
          Objects.requireNonNull(word)
              .replace("$ID", id)
              .replace("$URL", url(port))
              .replace("$DIR", directory.toString())
              .replace("$FILE", directory.resolve("file.txt").toString()));
    }
    return words;
  }

  private static String url(int port) {
    return "nats://127.0.0.1:" + port;
  }

  /** Returns what is compared of the output: what is not up to the run, the machine or chance. */
  List<String> essence(String output, String id, int port, Path directory) {
    String text =
        output
            .replace(directory.toString(), "DIR")
            .replaceAll("/(real|hub)-store/", "/store/")
            .replace(id, "ID")
            .replace(Integer.toString(port), "PORT");
    for (Essence each : Essence.values()) {
      text = each.replace(text);
    }
    if (!numbers) {
      text = text.replaceAll("-?[0-9][0-9.,:]*( ?([KMG]i)?B| ?[mµn]?s|m|h)?|DURATION", "#");
      text = text.replaceAll("[# ]*#[# ]*", "#");
    }
    String separator = order ? "\n" : "[\n{}\\[\\],]+";
    List<String> lines = new ArrayList<>();
    for (String line : text.split(separator, -1)) {
      String stripped = line.replaceAll("[ \t]+", " ").strip();
      // How soon a mirror hears of its origin.
      if (!stripped.startsWith("Last Seen:") && (end == null || stripped.contains(end))) {
        lines.add(stripped);
      }
    }
    if (!order) {
      lines.sort(null);
    }
    return end == null ? lines : lines.subList(0, Math.min(1, lines.size()));
  }

  /** What stands for the things that are different each time. */
  private enum Essence {
    KEY("\\b[ANOUX][A-Z2-7]{55}\\b"),
    INBOX("_INBOX\\.[0-9A-Za-z.]+"),
    DIGEST("sha256:[0-9a-f]+"),
    NUID("\\b[0-9A-Za-z]{22}\\b"),
    RUNTIME("(go|java)[0-9][0-9.]*"),
    HOST("(127\\.0\\.0\\.1|0\\.0\\.0\\.0)(:\\d+)?"),
    TIME(
        "\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)?"
            + "|\\b\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?\\b"),
    DURATION("\\b(\\d+(\\.\\d+)?(µs|ms|ns|d|h|m|s))+\\b"),
    UNIQUE("\"(id|nonce)\": ?\"[^\"]*\""),
    CLIENT("\"?\\b(cid|Client ID|ID|id|client_id|port|rtt)\"?: ?\\d+"),
    SEQUENCE("(?<=\"flags\": ?\\d{1,3},\\s{0,20})\"seq\": ?\\d+"),
    // How well it compresses, and how long the times in it are.
    SIZE("\\d+ B (un)?compressed"),
    RULE("[─█▏━╭╮╰╯┬┴├┤┼│=]+");

    private final Pattern pattern;

    Essence(String pattern) {
      this.pattern = Pattern.compile(pattern);
    }

    String replace(String text) {
      return pattern.matcher(text).replaceAll(name().toLowerCase(Locale.ROOT));
    }
  }
}
