package dev.hubkit.hostile;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;

/** Reports on a run, and searches the hub's log for trouble. */
final class HostileReport {
  private static final Pattern TROUBLE =
      Pattern.compile("^(SEVERE|ERROR|Exception in|\\tat ).*|.*(OutOfMemory|StackOverflow)Error.*");
  private static final long MOST_LOG_PER_ROUND = 20_000;
  private static final Path KEPT = Path.of("target", "hostile");

  private final long seed;
  private final OrdinaryClients ordinary;
  private final List<String> lines = new ArrayList<>();
  private final Map<String, LongAdder> rounds = new TreeMap<>();
  private Map<String, LongAdder> hostile = Map.of();

  HostileReport(long seed, OrdinaryClients ordinary) {
    this.seed = seed;
    this.ordinary = ordinary;
  }

  void add(String line) {
    lines.add(line);
  }

  /** Sets how often each attack of the run took place. */
  void hostile(Map<String, LongAdder> attacks) {
    hostile = attacks;
  }

  /** Adds attacks that are not part of the run. */
  void ofNoInterest(Map<String, LongAdder> attacks) {
    rounds.putAll(attacks);
  }

  /** Returns the path for a file of this name that stays after the run. */
  static Path kept(String name) throws IOException {
    return Files.createDirectories(KEPT).resolve(name);
  }

  /** Adds the trouble in the log to the faults, then prints the report. */
  void print(Queue<String> faults, AttackedHub hub) throws IOException {
    readLog(faults, hub);
    Files.copy(hub.log(), kept("hub.log"), StandardCopyOption.REPLACE_EXISTING);
    StringBuilder text = new StringBuilder("Hostile clients, seed " + seed + "\n");
    lines.forEach(line -> text.append("  ").append(line).append('\n'));
    long all = hostile.values().stream().mapToLong(LongAdder::sum).sum();
    text.append("  ").append(all).append(" attacks: ").append(hostile).append('\n');
    ordinary
        .latencies()
        .forEach(
            (name, latencies) ->
                text.append("  ").append(name).append(": ").append(latencies).append('\n'));
    ordinary
        .allowed()
        .forEach(
            (what, count) ->
                text.append("  ")
                    .append(count)
                    .append(" times, allowed: ")
                    .append(what)
                    .append('\n'));
    faults.forEach(fault -> text.append("  FAULT ").append(fault).append('\n'));
    System.getLogger(HostileReport.class.getName()).log(System.Logger.Level.INFO, text.toString());
  }

  private void readLog(Queue<String> faults, AttackedHub hub) throws IOException {
    Path log = hub.log();
    long size = Files.size(log);
    lines.add("its log has " + size + " bytes");
    long attacks = hostile.values().stream().mapToLong(LongAdder::sum).sum();
    if (size > 1_000_000 + attacks * MOST_LOG_PER_ROUND) {
      faults.add("the log has " + size + " bytes after " + attacks + " attacks");
    }
    for (String line : hub.printed()) {
      String why = Expectations.whyPrinted(line);
      if (why == null) {
        faults.add("printed: " + line);
      } else {
        lines.add("printed, allowed: " + line + ": " + why);
      }
    }
    Map<String, Integer> seen = new TreeMap<>();
    String text = new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
    List<String> all = text.lines().toList();
    for (int i = 0; i < all.size(); i++) {
      String line = all.get(i);
      if (TROUBLE.matcher(line).matches() && Expectations.whyLogged(line) == null) {
        boolean isTrace = line.startsWith("\tat ");
        if (!isTrace || (i > 0 && !all.get(i - 1).startsWith("\tat "))) {
          String context =
              String.join("\n    ", all.subList(Math.max(0, i - 2), Math.min(all.size(), i + 6)));
          seen.merge(line.replaceAll("\\d+", "#"), 1, Integer::sum);
          if (seen.get(line.replaceAll("\\d+", "#")) == 1) {
            faults.add("logged: " + context);
          }
        }
      }
    }
    seen.forEach((line, count) -> lines.add(count + " times in the log: " + line));
  }
}
