package dev.hubkit.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Times the work of Hub and of C fossil on repositories, in turn, after a round that does not
 * count; the table shows medians. Hub runs in this JVM, which is warm by then; C fossil runs as
 * processes.
 */
final class FossilBench {
  private static final PrintStream out = System.out;

  private FossilBench() {}

  /** Runs the rows whose names match {@code rows}. */
  static void run(String rows, int rounds, double scale) throws Exception {
    if (!FossilProgram.isInstalled()) {
      out.println("No fossil on PATH: there is nothing to compare with.");
      return;
    }
    Path directory = Files.createTempDirectory("hub-bench-fossil");
    try {
      List<String> table = new ArrayList<>();
      for (FossilRows.Row row : new FossilRows(directory, scale).all()) {
        if (row.name().matches(rows)) {
          table.add(measure(row, rounds));
        }
      }
      if (!table.isEmpty()) {
        out.println();
        out.println("| row | hub | C fossil | hub / C fossil |");
        out.println("| --- | ---: | ---: | ---: |");
        table.forEach(out::println);
      }
    } finally {
      delete(directory);
    }
  }

  private static String measure(FossilRows.Row row, int rounds) throws Exception {
    List<Double> hub = new ArrayList<>();
    List<Double> original = new ArrayList<>();
    out.print(row.name());
    for (int round = -1; round < rounds; round++) {
      double ours = row.hub().seconds();
      double theirs = row.original().seconds();
      if (round >= 0) {
        hub.add(ours);
        original.add(theirs);
      }
      out.print(".");
      out.flush();
    }
    out.println();
    double ours = median(hub);
    double theirs = median(original);
    return String.format(
        Locale.ROOT, "| %s | %,.3f | %,.3f | %.2f |", row.name(), ours, theirs, ours / theirs);
  }

  private static double median(List<Double> values) {
    Collections.sort(values);
    return values.get(values.size() / 2);
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
