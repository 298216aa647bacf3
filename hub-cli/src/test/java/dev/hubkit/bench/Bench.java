package dev.hubkit.bench;

import java.io.File;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The benchmark run; its argument is the hub jar. Each measurement is made against Hub and against
 * the real nats-server in turn, {@code bench.rounds} times after a warm-up that is not counted, in
 * fresh server processes; the table shows medians. {@link FossilBench} does the same for Fossil.
 *
 * <p>System properties: {@code bench.rounds} (5), {@code bench.rows} (a regular expression), {@code
 * bench.scale} (1.0: multiplies the number of operations).
 */
public final class Bench {
  private static final PrintStream out = System.out;
  private static final String HUB = "hub";
  private static final String REAL = "nats-server";

  private final Map<String, List<String>> commands = new LinkedHashMap<>();
  private final Map<String, Map<String, List<Double>>> figures = new LinkedHashMap<>();
  private final int rounds = Integer.getInteger("bench.rounds", 5);

  private Bench(Path jar) {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    commands.put(HUB, List.of(java, "-jar", jar.toString(), "nats-server"));
    Optional<Path> real =
        Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
            .map(directory -> Path.of(directory, "nats-server"))
            .filter(Files::isExecutable)
            .findFirst();
    if (real.isPresent()) {
      commands.put(REAL, List.of(real.get().toString()));
    } else {
      out.println("No nats-server on PATH: there is nothing to compare with.");
    }
  }

  /** Runs; {@code args[0]} is the hub jar. */
  public static void main(String[] args) throws Exception {
    Bench bench = new Bench(Path.of(args[0]).toAbsolutePath());
    String rows = System.getProperty("bench.rows", ".*");
    double scale = Double.parseDouble(System.getProperty("bench.scale", "1"));
    for (Map.Entry<String, Measurement> row : Rows.all(scale).entrySet()) {
      if (row.getKey().matches(rows)) {
        bench.measure(row.getKey(), row.getValue());
      }
    }
    bench.print();
    FossilBench.run(rows, bench.rounds, scale);
  }

  private void measure(String name, Measurement measurement) throws Exception {
    Map<String, NatsProcess> servers = new LinkedHashMap<>();
    try {
      for (Map.Entry<String, List<String>> command : commands.entrySet()) {
        servers.put(command.getKey(), NatsProcess.start(command.getValue()));
      }
      out.print(name);
      for (int round = -1; round < rounds; round++) {
        for (Map.Entry<String, NatsProcess> server : servers.entrySet()) {
          Map<String, Double> figure = measurement.run(server.getValue());
          if (round >= 0) {
            figure.forEach((row, value) -> record(row, server.getKey(), value));
          }
        }
        out.print(".");
        out.flush();
      }
      out.println();
    } finally {
      for (NatsProcess server : servers.values()) {
        server.close();
      }
    }
  }

  private void record(String row, String server, double value) {
    figures
        .computeIfAbsent(row, r -> new LinkedHashMap<>())
        .computeIfAbsent(server, s -> new ArrayList<>())
        .add(value);
  }

  private void print() {
    if (figures.isEmpty()) {
      return;
    }
    out.println();
    out.println("| row | hub | nats-server | hub / nats-server |");
    out.println("| --- | ---: | ---: | ---: |");
    figures.keySet().stream()
        .sorted()
        .forEach(
            row -> {
              double hub = median(row, HUB);
              double real = median(row, REAL);
              out.printf(
                  Locale.ROOT, "| %s | %,.1f | %,.1f | %.2f |%n", row, hub, real, hub / real);
            });
  }

  private double median(String row, String server) {
    List<Double> values =
        figures.getOrDefault(row, Map.of()).getOrDefault(server, List.of()).stream()
            .sorted()
            .toList();
    return values.isEmpty() ? Double.NaN : values.get(values.size() / 2);
  }
}
