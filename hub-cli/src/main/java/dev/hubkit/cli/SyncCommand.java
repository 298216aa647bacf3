package dev.hubkit.cli;

import dev.hubkit.HubException;
import dev.hubkit.HubException.Reason;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.sync.FossilClient;
import dev.hubkit.fossil.sync.SyncOptions;
import dev.hubkit.fossil.sync.SyncResult;
import dev.hubkit.json.JsonWriter;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "sync",
    mixinStandardHelpOptions = true,
    description = {
      "Exchange artifacts with a Fossil server: pull gets what it has, push gives what it lacks, sync"
          + " does both.",
    })
final class SyncCommand implements Callable<Integer> {
  /** The directions in which artifacts go. */
  enum Direction {
    PULL,
    PUSH,
    BOTH
  }

  private final Direction direction;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Mixin private final RepositoryOption repositoryOption = new RepositoryOption();

  @Mixin private final Output output = new Output();

  @Parameters(
      arity = "0..1",
      paramLabel = "URL",
      description =
          "http or https; with user:password@ in front of the host to log in. Default: where the"
              + " repository was cloned from or synced with last.")
  private @Nullable URI url;

  @Option(names = "--private", description = "Private branches, too.")
  private boolean withPrivate;

  @Option(
      names = {"-u", "--unversioned"},
      description = "Unversioned files, too.")
  private boolean unversioned;

  SyncCommand(Direction direction) {
    this.direction = direction;
  }

  @Override
  public Integer call() throws IOException {
    HubLogging.off();
    try (FossilRepository repository = repositoryOption.open()) {
      URI server = url == null ? last(repository) : url;
      try (FossilClient client = FossilClient.of(server);
          ProgressBar bar = output.progress("Syncing")) {
        client.onProgress(
            now -> bar.show(now.artifactsReceived() + now.artifactsSent(), 0, "artifacts"));
        SyncResult result = client.exchange(repository, options());
        bar.close();
        if (url != null) {
          repository.update(t -> t.set("last-sync-url", CloneCommand.withoutPassword(server)));
        }
        report(result, server);
        return result.pushRefused() ? ExitCode.FAILURE.number() : ExitCode.OK.number();
      }
    }
  }

  private SyncOptions options() {
    SyncOptions options =
        switch (direction) {
          case PULL -> SyncOptions.pull();
          case PUSH -> SyncOptions.push();
          case BOTH -> SyncOptions.sync();
        };
    options = withPrivate ? options.withPrivate() : options;
    return unversioned ? options.withUnversioned() : options;
  }

  private static URI last(FossilRepository repository) {
    String known =
        repository.read(s -> Optional.ofNullable(s.setting("last-sync-url"))).orElse(null);
    if (known == null) {
      throw new HubException(
          Reason.UNSUPPORTED, repository.file() + " was never synced; say with which URL");
    }
    return URI.create(known);
  }

  private void report(SyncResult result, URI server) {
    long sent = result.progress().artifactsSent();
    long received = result.progress().artifactsReceived();
    if (output.isJson()) {
      output.json(
          JsonWriter.pretty()
              .beginObject()
              .field("url", CloneCommand.withoutPassword(server))
              .field("sent", sent)
              .field("received", received)
              .field("round_trips", result.progress().roundTrips())
              .field("push_refused", result.pushRefused())
              .field("messages", result.messages())
              .endObject());
    }
    output.plain("hub: " + received + " artifacts received, " + sent + " sent");
    for (String message : result.messages()) {
      spec.commandLine().getErr().println("hub: the server says: " + message);
    }
    if (result.pushRefused()) {
      spec.commandLine()
          .getErr()
          .println(
              "hub: the server takes nothing from this user; log in with user:password@ in the URL");
    }
  }
}
