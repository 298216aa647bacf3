package dev.hubkit.cli;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.sync.FossilClient;
import dev.hubkit.json.JsonWriter;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "clone",
    mixinStandardHelpOptions = true,
    description = {
      "Copy a repository from a Fossil server into a file.",
      "A clone that was broken off is gone on with when the same command is given again."
    })
final class CloneCommand implements Callable<Integer> {
  @Mixin private final Output output = new Output();

  @Parameters(
      index = "0",
      paramLabel = "URL",
      description = "http or https; with user:password@ in front of the host to log in.")
  private URI url = URI.create("");

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "FILE",
      description = "Where to put it. Default: the last part of the URL, and .fossil.")
  private @Nullable Path file;

  @Option(names = "--private", description = "Private branches, too.")
  private boolean withPrivate;

  @Option(
      names = {"-A", "--admin-user"},
      paramLabel = "LOGIN",
      description = "The administrator of the clone. Default: the user of this machine.")
  private String administrator = System.getProperty("user.name", "admin");

  @Override
  public Integer call() throws IOException {
    HubLogging.off();
    Path target = file == null ? named(url) : file;
    Path parent = target.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    try (FossilClient client = FossilClient.of(url);
        ProgressBar bar = output.progress("Cloning")) {
      client.onProgress(now -> bar.show(now.artifactsReceived(), 0, "artifacts"));
      try (FossilRepository clone = client.cloneTo(target, administrator, withPrivate)) {
        // C fossil also looks there for the server to sync with. The password is not kept.
        clone.update(transaction -> transaction.set("last-sync-url", withoutPassword(url)));
        long artifacts = clone.read(s -> s.session().number("SELECT count(*) FROM blob", 0));
        String project = clone.read(snapshot -> snapshot.projectCode());
        bar.close();
        output.plain("hub: cloned " + artifacts + " artifacts into " + target);
        if (output.isJson()) {
          output.json(
              JsonWriter.pretty()
                  .beginObject()
                  .field("file", target.toAbsolutePath().toString())
                  .field("project_code", project)
                  .field("artifacts", artifacts)
                  .endObject());
        }
      }
    }
    return ExitCode.OK.number();
  }

  static String withoutPassword(URI url) {
    String user = url.getRawUserInfo();
    if (user == null || user.indexOf(':') < 0) {
      return url.toString();
    }
    return url.toString().replaceFirst(":[^:@/]*@", "@");
  }

  private static Path named(URI url) {
    String path = url.getPath() == null ? "" : url.getPath().replaceFirst("/+$", "");
    String last = path.substring(path.lastIndexOf('/') + 1);
    String name = last.isEmpty() ? String.valueOf(url.getHost()) : last;
    return Path.of(name.endsWith(".fossil") ? name : name + ".fossil");
  }
}
