package dev.hubkit.bench;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * The benchmark run; its argument is the hub jar. It takes each measurement with Hub and with the
 * real nats-server in turn, {@code bench.rounds} times after a warm-up that does not count, in
 * fresh server processes; the table shows medians. {@link FossilBench} does the same for Fossil.
 *
 * <p>System properties: {@code bench.rounds} (5), {@code bench.rows} (a regular expression), {@code
 * bench.scale} (1.0: multiplies the number of operations), {@code bench.java} (more options for the
 * JVM of Hub's server).
 */
public final class Bench {
  private static final PrintStream out = System.out;
  private static final String HUB = "hub";
  private static final String REAL = "nats-server";

  private final Map<String, List<String>> commands = new LinkedHashMap<>();
  private final Map<String, Map<String, List<Figure>>> figures = new LinkedHashMap<>();
  private final Map<String, String> skipped = new LinkedHashMap<>();
  private final int rounds = Integer.getInteger("bench.rounds", 5);

  private Bench(Path jar) throws IOException, InterruptedException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    // The hub script starts it with the same options.
    List<String> hub = new ArrayList<>(List.of(java, "-Xshare:auto", "-Xlog:disable"));
    hub.addAll(List.of("-Xlog:all=error:stderr", "-XX:TieredStopAtLevel=1"));
    hub.addAll(List.of("-XX:+UseSerialGC", "-XX:-UsePerfData", "-Dsun.jnu.encoding=UTF-8"));
    String more = System.getProperty("bench.java", "").strip();
    if (!more.isEmpty()) {
      hub.addAll(List.of(more.split(" +", -1)));
    }
    hub.add("-XX:SharedArchiveFile=" + archive(java, jar));
    hub.addAll(List.of("-jar", jar.toString(), "nats-server"));
    commands.put(HUB, hub);
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

  /**
   * Returns the class archive that the script passes after a server has run once, and creates it
   * where it is missing.
   */
  private static Path archive(String java, Path jar) throws IOException, InterruptedException {
    new ProcessBuilder(java, "-cp", jar.toString(), "dev.hubkit.cli.StartupCacheMain")
        .inheritIO()
        .start()
        .waitFor();
    String name = jar.getFileName().toString().replaceFirst("\\.jar$", "");
    Path archive = jar.resolveSibling(name + "-" + System.getProperty("java.version") + ".jsa");
    if (!Files.exists(archive)) {
      throw new IOException(archive + " is missing");
    }
    return archive;
  }

  /** Runs the benchmark; {@code args[0]} is the hub jar. */
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
      int last = measurement.rounds(rounds);
      for (int round = measurement.warmsUp() ? -1 : 0; round < last; round++) {
        for (Map.Entry<String, NatsProcess> server : servers.entrySet()) {
          Map<String, Figure> figure = measurement.run(server.getValue());
          if (round >= 0) {
            figure.forEach((row, value) -> record(row, server.getKey(), value));
          }
        }
        out.print(".");
        out.flush();
      }
      out.println();
    } catch (Measurement.Unavailable | IOException e) {
      out.println(" skipped");
      skipped.put(name, String.valueOf(e.getMessage()));
    } finally {
      for (NatsProcess server : servers.values()) {
        server.close();
      }
    }
  }

  private void record(String row, String server, Figure value) {
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
    out.println(
        "| row | hub | nats-server | hub / nats-server | | processor us, hub | nats-server | ratio |");
    out.println("| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: |");
    figures.forEach(
        (row, servers) -> {
          List<Figure> hub = servers.getOrDefault(HUB, List.of());
          List<Figure> real = servers.getOrDefault(REAL, List.of());
          double ratio = median(hub, Figure::value) / median(real, Figure::value);
          double processor = median(hub, Figure::processorMicros);
          double realProcessor = median(real, Figure::processorMicros);
          out.printf(
              Locale.ROOT,
              "| %s | %s | %s | %s | %s | %s | %s | %s |%n",
              row,
              text(median(hub, Figure::value)),
              text(median(real, Figure::value)),
              text(ratio),
              verdict(ratio, !hub.isEmpty() && hub.get(0).more()),
              text(processor),
              text(realProcessor),
              text(processor / realProcessor));
        });
    skipped.forEach((row, reason) -> out.println("Skipped: " + row + ": " + reason));
  }

  private static String text(double value) {
    if (Double.isNaN(value)) {
      return "";
    }
    return String.format(Locale.ROOT, value < 100 ? "%,.2f" : "%,.0f", value);
  }

  private static String verdict(double ratio, boolean more) {
    if (Double.isNaN(ratio)) {
      return "";
    }
    return (more ? ratio >= 1 : ratio <= 1) ? "level or better" : "behind";
  }

  private static double median(List<Figure> figures, ToDoubleFunction<Figure> of) {
    double[] values = figures.stream().mapToDouble(of).sorted().toArray();
    return values.length == 0 ? Double.NaN : values[values.length / 2];
  }
}
