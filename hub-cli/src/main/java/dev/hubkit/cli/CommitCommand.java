package dev.hubkit.cli;

import dev.hubkit.fossil.Checkout;
import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.artifact.Permission;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.json.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "commit",
    mixinStandardHelpOptions = true,
    description = {
      "Make a check-in.",
      "In a Fossil checkout: of all that changed there, and what \"fossil add\", \"rm\" and \"mv\" have"
          + " noted. Elsewhere: of the files named, which go on top of a branch under their names"
          + " relative to the root; those that are not there are removed. It does not sync; follow"
          + " with: hub fossil sync"
    })
final class CommitCommand implements Callable<Integer> {
  @Mixin private final RepositoryOption repositoryOption = new RepositoryOption();

  @Mixin private final UserOption user = new UserOption();

  @Mixin private final Output output = new Output();

  @Option(
      names = {"-m", "--comment"},
      paramLabel = "TEXT",
      required = true,
      description = "What it is about.")
  private String comment = "";

  @Option(
      names = "--branch",
      paramLabel = "NAME",
      description = "In a checkout: the branch that begins here. Elsewhere: the branch to go on.")
  private @Nullable String branch;

  @Parameters(paramLabel = "FILE", description = "What to check in, outside of a checkout.")
  private List<Path> files = new ArrayList<>();

  @Override
  public Integer call() throws IOException {
    HubLogging.off();
    try (FossilRepository repository = repositoryOption.open()) {
      String who = user.find(repository, System.getenv());
      Optional<Path> checkout = repositoryOption.checkout();
      ArtifactName made;
      if (checkout.isPresent()) {
        if (!files.isEmpty()) {
          throw new IllegalArgumentException(
              "in a checkout all that changed is checked in; leave the names of files out");
        }
        made = Checkout.open(repository, checkout.get()).commit(who, comment, branch);
      } else {
        made = repository.commit(of(files, repository, who));
      }
      output.plain("New_Version: " + made.hex());
      if (output.isJson()) {
        output.json(JsonWriter.pretty().beginObject().field("checkin", made.hex()).endObject());
      }
    }
    return ExitCode.OK.number();
  }

  private Commit of(List<Path> named, FossilRepository repository, String who) throws IOException {
    if (named.isEmpty()) {
      throw new IllegalArgumentException(
          "this is no Fossil checkout; name the files to check in, or open one with: hub fossil"
              + " open");
    }
    ArtifactName parent =
        repository.read(s -> branch == null ? VersionOption.newest(s) : s.resolve("tag:" + branch));
    Path root = repositoryOption.root().toRealPath();
    Commit commit = new Commit(who, comment).onTopOf(parent);
    for (Path file : named) {
      Path path = RepositoryOption.here().toRealPath().resolve(file).normalize();
      if (!path.startsWith(root)) {
        throw new RepositoryException(file + " is not below " + root);
      }
      String name =
          root.relativize(path).toString().replace(path.getFileSystem().getSeparator(), "/");
      if (Files.isRegularFile(path)) {
        commit.put(
            name,
            Files.isExecutable(path) ? Permission.EXECUTABLE : Permission.REGULAR,
            FileContent.of(path));
      } else if (Files.exists(path)) {
        throw new RepositoryException(file + " is no regular file");
      } else if (!repository.<Boolean, RuntimeException>read(
          s -> s.checkInFiles(parent).find(name) != null)) {
        throw new RepositoryException(file + " is neither here nor in the repository");
      } else {
        commit.delete(name);
      }
    }
    return commit;
  }
}
