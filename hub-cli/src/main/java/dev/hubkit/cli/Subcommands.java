package dev.hubkit.cli;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine;

/**
 * The commands below a command, of which only the one that is called is made: making one reads all
 * its annotations, which for all of them takes longer than most have to do.
 */
final class Subcommands {
  private final Map<String, Supplier<CommandLine>> all = new LinkedHashMap<>();
  private final Set<String> aboutOthers = new HashSet<>();

  /** Adds one that has none below it. */
  Subcommands with(String name, Supplier<Object> command) {
    all.put(name, () -> new CommandLine(command.get()));
    return this;
  }

  /** Adds one that is about the others, so that all are made when it is called. */
  Subcommands withAbout(String name, Supplier<Object> command) {
    aboutOthers.add(name);
    return with(name, command);
  }

  /** Adds one that has some below it. */
  Subcommands with(
      String name, Supplier<Object> command, Subcommands below, String[] arguments, int depth) {
    all.put(name, () -> below.addTo(new CommandLine(command.get()), arguments, depth));
    return this;
  }

  /**
   * Adds to {@code line} the one that is named by the argument at {@code depth}, or all when it
   * names none, or one that is about the others.
   */
  CommandLine addTo(CommandLine line, String[] arguments, int depth) {
    String called = depth < arguments.length ? arguments[depth] : "";
    Supplier<CommandLine> one = all.get(called);
    if (one == null || aboutOthers.contains(called)) {
      all.forEach((name, command) -> line.addSubcommand(name, command.get()));
    } else {
      line.addSubcommand(called, one.get());
    }
    return line;
  }
}
