package dev.hubkit.cli;

import dev.hubkit.json.JsonWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Prints what a command says: as text for people, in colour on a terminal (unless {@code NO_COLOR}
 * is set), as JSON for programs, or not at all.
 */
final class Output {
  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Option(names = "--json", description = "Print one JSON object instead of text.")
  private boolean json;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print nothing but errors.")
  private boolean quiet;

  boolean isJson() {
    return json;
  }

  /** Prints a line for people; {@code @|bold x|@} is picocli's markup for colours. */
  void line(String markup) {
    if (!quiet && !json) {
      out().println(Ansi.AUTO.string(markup));
      out().flush();
    }
  }

  /** Prints a line as it is, without markup. */
  void plain(String text) {
    if (!quiet && !json) {
      out().println(text);
      out().flush();
    }
  }

  /** Prints a JSON object for programs. */
  void json(JsonWriter object) {
    if (!quiet) {
      out().println(new String(object.toBytes(), StandardCharsets.UTF_8));
      out().flush();
    }
  }

  /** Returns a progress bar for long work, on standard error if that is a terminal. */
  ProgressBar progress(String what) {
    return new ProgressBar(what, !quiet && !json && Ansi.AUTO.enabled());
  }

  PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
