package dev.hubkit.cli;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine;

/**
 * The subcommands of a command. Makes only the one that is called: making one reads all its
 * annotations, which for all of them takes longer than most commands run.
 */
final class Subcommands {
  private final Map<String, Supplier<CommandLine>> all = new LinkedHashMap<>();
  private final Set<String> aboutOthers = new HashSet<>();

  /** Adds a command without subcommands. */
  Subcommands with(String name, Supplier<Object> command) {
    all.put(name, () -> new CommandLine(command.get()));
    return this;
  }

  /** Adds a command about the others, so that all are made when it is called. */
  Subcommands withAbout(String name, Supplier<Object> command) {
    aboutOthers.add(name);
    return with(name, command);
  }

  /** Adds a command with subcommands. */
  Subcommands with(
      String name, Supplier<Object> command, Subcommands below, String[] arguments, int depth) {
    all.put(name, () -> below.addTo(new CommandLine(command.get()), arguments, depth));
    return this;
  }

  /**
   * Adds to {@code line} the command that the argument at {@code depth} names; adds all when it
   * names none, or one about the others.
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
