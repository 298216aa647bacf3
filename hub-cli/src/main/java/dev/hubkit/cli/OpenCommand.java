package dev.hubkit.cli;

import dev.hubkit.Hub;
import dev.hubkit.HubException;
import dev.hubkit.HubException.Reason;
import dev.hubkit.HubStatus;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.workspace.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "open",
    mixinStandardHelpOptions = true,
    description = {
      "Show the pages of the hub that runs here in a browser: $BROWSER, else the desktop's.",
      "hub open /timeline shows that page.",
      "hub open FILE serves the state that was saved to a file, such as hub-junit keeps of a failed"
          + " test, on free ports until Ctrl-C."
    })
final class OpenCommand implements Callable<Integer> {
  @Mixin private final RootOption root = new RootOption();

  @Mixin private final Output output = new Output();

  @Parameters(
      arity = "0..1",
      paramLabel = "PAGE|FILE",
      defaultValue = "",
      description =
          "A page of the Fossil server, such as /timeline or /dir, or a file with saved state.")
  private String page = "";

  @Option(names = "--print", description = "Only print the address.")
  private boolean printOnly;

  @Override
  public Integer call() throws InterruptedException {
    HubLogging.off();
    if (!page.isEmpty() && Files.isRegularFile(Path.of(page))) {
      new SavedState(Path.of(page)).serve(output);
      return ExitCode.OK.number();
    }
    HubStatus status = Hub.status(root.root());
    Endpoint fossil = status.fossil();
    if (!status.running() || fossil == null) {
      throw new HubException(
          Reason.UNSUPPORTED,
          status.running()
              ? "the hub in " + status.root() + " does without Fossil, so it has no pages"
              : "no hub runs in " + status.root() + "; run: hub start --detach");
    }
    String base = fossil.url().replaceFirst("/+$", "");
    String url = base + (page.startsWith("/") ? page : "/" + page);
    output.plain(url);
    if (output.isJson()) {
      output.json(JsonWriter.pretty().beginObject().field("url", url).endObject());
    }
    if (!printOnly) {
      try {
        Browser.open(url);
      } catch (IOException e) {
        throw new HubException(
            Reason.SERVER_FAILED,
            "no browser can be started (" + e.getMessage() + "); open it yourself, or set BROWSER",
            e);
      }
    }
    return ExitCode.OK.number();
  }
}
