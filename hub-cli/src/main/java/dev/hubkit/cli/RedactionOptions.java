package dev.hubkit.cli;

import dev.hubkit.fixture.Redaction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a recording replaces by placeholders. */
final class RedactionOptions {
  private static final int MOST_BYTES = 1 << 20;

  @Option(
      names = "--redact-header",
      paramLabel = "NAME",
      description = "Replace the values of this header by placeholders.")
  private List<String> headers = List.of();

  @Option(
      names = "--redact-json",
      paramLabel = "PATH",
      description =
          "Replace fields of JSON payloads, such as $.card.number, $.items[*].price, $..password.")
  private List<String> fields = List.of();

  @Option(
      names = "--redact-subject",
      paramLabel = "SUBJECT",
      description = "Replace the payloads of messages on this subject, which may have wildcards.")
  private List<String> subjects = List.of();

  @Option(
      names = "--redact-token",
      paramLabel = "SUBJECT",
      description = "Replace the tokens of subjects where this has wildcards: users.*.login.")
  private List<String> tokens = List.of();

  @Option(
      names = "--redactions",
      paramLabel = "FILE",
      description =
          "A file of rules, one a line: header NAME, json PATH, subject SUBJECT, token SUBJECT.")
  private @Nullable Path file;

  /** Returns the rules of all options. */
  Redaction redaction() throws IOException {
    List<String> rules = new ArrayList<>();
    if (file != null) {
      if (Files.size(file) > MOST_BYTES) {
        throw new Failure.WrongOptionException(file + " is too long for a file of rules");
      }
      Files.readAllLines(file).stream()
          .map(String::strip)
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .forEach(rules::add);
    }
    headers.forEach(name -> rules.add("header " + name));
    fields.forEach(path -> rules.add("json " + path));
    subjects.forEach(subject -> rules.add("subject " + subject));
    tokens.forEach(subject -> rules.add("token " + subject));
    Redaction redaction = Redaction.none();
    for (String rule : rules) {
      try {
        redaction = redaction.with(rule);
      } catch (IllegalArgumentException e) {
        throw new Failure.WrongOptionException(String.valueOf(e.getMessage()));
      }
    }
    return redaction;
  }
}
