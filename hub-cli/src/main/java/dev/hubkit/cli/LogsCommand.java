package dev.hubkit.cli;

import dev.hubkit.workspace.Workspace;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "logs",
    mixinStandardHelpOptions = true,
    description = "Print what the hub here has logged.")
final class LogsCommand implements Callable<Integer> {
  private static final long LOOK_AGAIN_MILLIS = 200;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Mixin private final RootOption root = new RootOption();

  @Option(
      names = {"-n", "--lines"},
      paramLabel = "N",
      defaultValue = "50",
      description = "How many of the last lines. Default: ${DEFAULT-VALUE}.")
  private int lines;

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with what comes, until interrupted.")
  private boolean follow;

  @Override
  public Integer call() throws IOException, InterruptedException {
    HubLogging.off();
    Path log = Workspace.of(root.root()).log();
    PrintWriter out = spec.commandLine().getOut();
    if (!Files.exists(log)) {
      spec.commandLine().getErr().println("hub: no hub has run here yet; run: hub start");
      return ExitCode.FAILURE.number();
    }
    // The position first: what is logged in between is shown twice rather than not at all.
    long position = Files.size(log);
    List<String> all = Files.readAllLines(log, StandardCharsets.UTF_8);
    all.subList(Math.max(0, all.size() - Math.max(0, lines)), all.size()).forEach(out::println);
    out.flush();
    while (follow) {
      TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MILLIS);
      position = printFrom(log, position, out);
    }
    return ExitCode.OK.number();
  }

  private static long printFrom(Path log, long position, PrintWriter out) throws IOException {
    try (RandomAccessFile in = new RandomAccessFile(log.toFile(), "r")) {
      long end = in.length();
      // Shorter than before: it was rotated in place.
      long start = end < position ? 0 : position;
      if (end == start) {
        return end;
      }
      byte[] news = new byte[(int) Math.min(end - start, 1 << 20)];
      in.seek(start);
      in.readFully(news);
      int whole = news.length;
      while (whole > 0 && news[whole - 1] != '\n') {
        whole--;
      }
      out.print(new String(news, 0, whole, StandardCharsets.UTF_8));
      out.flush();
      return start + whole;
    }
  }
}
