package dev.hubkit.cli;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.web.FossilServer;
import dev.hubkit.fossil.web.FossilServerOptions;
import dev.hubkit.json.JsonWriter;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "ui",
    mixinStandardHelpOptions = true,
    description = {
      "Serve a repository on this machine until you press Ctrl-C, and show it in a browser.",
      "For the repository of a hub that runs, hub open is enough."
    })
final class UiCommand implements Callable<Integer> {
  @Mixin private final RepositoryOption repositoryOption = new RepositoryOption();

  @Mixin private final Output output = new Output();

  @Option(
      names = {"-P", "--port"},
      paramLabel = "N",
      defaultValue = "0",
      description = "The port to serve it on; 0 takes a free one. Default: ${DEFAULT-VALUE}.")
  private int port;

  @Option(names = "--no-browser", description = "Only serve it.")
  private boolean noBrowser;

  @Override
  public Integer call() throws IOException, InterruptedException {
    HubLogging.off();
    CountDownLatch end = new CountDownLatch(1);
    FossilServerOptions options = FossilServerOptions.defaults().withPort(port);
    try (FossilRepository repository = repositoryOption.open();
        FossilServer server = FossilServer.start(repository, options)) {
      for (String signal : new String[] {"INT", "TERM"}) {
        ShutdownHook.onSignal(signal, end::countDown);
      }
      output.plain(server.url());
      if (output.isJson()) {
        output.json(JsonWriter.compact().beginObject().field("url", server.url()).endObject());
      }
      if (!noBrowser) {
        Browser.open(server.url());
      }
      end.await();
    }
    return ExitCode.OK.number();
  }
}
