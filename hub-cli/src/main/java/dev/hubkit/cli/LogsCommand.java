package dev.hubkit.cli;

import dev.hubkit.HubException;
import dev.hubkit.json.JsonWriter;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
  private static final Pattern LINE =
      Pattern.compile("(\\S+Z) (ERROR|WARN|INFO|DEBUG) +(\\S+): (.*)");

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

  @Option(
      names = "--json",
      description = "Print each line as a JSON object, whatever form the log has.")
  private boolean json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    HubLogging.off();
    Path log = Workspace.of(root.root()).log();
    PrintWriter out = spec.commandLine().getOut();
    if (!Files.exists(log)) {
      throw new HubException(
          HubException.Reason.INACCESSIBLE,
          "no hub has run in " + root.root() + " yet; run: hub start");
    }
    // The position comes first, so that lines logged in between are shown twice rather than never.
    long position = Files.size(log);
    List<String> all = Files.readAllLines(log, StandardCharsets.UTF_8);
    all.subList(Math.max(0, all.size() - Math.max(0, lines)), all.size())
        .forEach(line -> out.println(shown(line)));
    out.flush();
    while (follow) {
      TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MILLIS);
      position = printFrom(log, position, out);
    }
    return ExitCode.OK.number();
  }

  private String shown(String line) {
    if (!json || line.startsWith("{")) {
      return line;
    }
    Matcher parts = LINE.matcher(line);
    JsonWriter object = JsonWriter.compact().beginObject();
    if (parts.matches()) {
      object.field("time", parts.group(1)).field("level", parts.group(2));
      object.field("logger", parts.group(3)).field("message", parts.group(4));
    } else {
      // The JVM or a library wrote this line.
      object.field("message", line);
    }
    return new String(object.endObject().toBytes(), StandardCharsets.UTF_8);
  }

  private long printFrom(Path log, long position, PrintWriter out) throws IOException {
    try (RandomAccessFile in = new RandomAccessFile(log.toFile(), "r")) {
      long end = in.length();
      // The log is shorter than before, so it was rotated in place.
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
      new String(news, 0, whole, StandardCharsets.UTF_8)
          .lines()
          .forEach(line -> out.println(shown(line)));
      out.flush();
      return start + whole;
    }
  }
}
