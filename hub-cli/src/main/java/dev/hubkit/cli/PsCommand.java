package dev.hubkit.cli;

import dev.hubkit.HubException;
import dev.hubkit.HubStatus;
import dev.hubkit.KnownHubs;
import dev.hubkit.KnownHubs.Condition;
import dev.hubkit.KnownHubs.KnownHub;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.workspace.Endpoint;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "ps",
    mixinStandardHelpOptions = true,
    description = {
      "List all hubs of this user on this machine, wherever they were started with this command.",
      "An \"orphan\" is one whose process runs though its directory is gone, was moved, or belongs to"
          + " another hub by now; a \"dead\" one has ended without clearing up. Hubs inside other"
          + " programs, such as tests, are not listed."
    })
final class PsCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Mixin private final Output output = new Output();

  @Mixin private final DrainOption drain = new DrainOption();

  @Option(names = "--reap", description = "End the orphans and clear up after the dead.")
  private boolean reap;

  @Override
  public Integer call() {
    HubLogging.off();
    List<KnownHub> hubs = KnownHubs.list();
    int status = ExitCode.OK.number();
    if (reap) {
      for (KnownHub hub : hubs) {
        if (hub.condition() != Condition.ALIVE && !reaped(hub)) {
          status = ExitCode.FAILURE.number();
        }
      }
    }
    print(hubs);
    return status;
  }

  private boolean reaped(KnownHub hub) {
    try {
      KnownHubs.reap(hub, drain.timeout(OptionDefaults.of(Path.of(""), spec)));
      return true;
    } catch (HubException e) {
      spec.commandLine().getErr().println("hub: " + e.getMessage());
      return false;
    }
  }

  private void print(List<KnownHub> hubs) {
    Instant now = StatusReport.now();
    if (output.isJson()) {
      JsonWriter json = JsonWriter.pretty().beginObject().beginArray("hubs");
      for (KnownHub hub : hubs) {
        json.beginObject().field("condition", name(hub)).field("reaped", isReaped(hub));
        StatusReport.json(json, hub.status(), now).endObject();
      }
      output.json(json.endArray().endObject());
      return;
    }
    if (hubs.isEmpty()) {
      output.plain("hub: no hub of yours runs on this machine");
    }
    for (KnownHub hub : hubs) {
      HubStatus status = hub.status();
      String what =
          hub.condition() == Condition.ALIVE
              ? StatusReport.coloured(status)
              : "@|bold,red " + name(hub) + (isReaped(hub) ? ", reaped" : "") + "|@";
      output.line(
          status.pid()
              + "  "
              + what
              + "  "
              + status.root()
              + url(status.fossil())
              + url(status.nats())
              + StatusReport.uptime(status.since(), now));
    }
  }

  private static String url(@Nullable Endpoint endpoint) {
    return endpoint == null ? "" : "  " + endpoint.shown();
  }

  private boolean isReaped(KnownHub hub) {
    return reap && hub.condition() != Condition.ALIVE;
  }

  private static String name(KnownHub hub) {
    return hub.condition().name().toLowerCase(Locale.ROOT);
  }
}
