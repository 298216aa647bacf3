package dev.hubkit.cli;

import dev.hubkit.HubException;
import dev.hubkit.HubException.Reason;
import dev.hubkit.fossil.Checkout;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.workspace.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The option that chooses a Fossil repository. */
final class RepositoryOption {
  @Option(
      names = {"-R", "--repository"},
      paramLabel = "FILE",
      description =
          "The repository. Default: that of the Fossil checkout you are in, or else the hub's.")
  private @Nullable Path file;

  @Mixin private final RootOption root = new RootOption();

  /** Returns the checkout of the working directory, unless the user named another repository. */
  Optional<Path> checkout() {
    if (file != null || root.isGiven()) {
      return Optional.empty();
    }
    for (Path directory = here(); directory != null; directory = directory.getParent()) {
      if (Checkout.isOne(directory)) {
        return Optional.of(directory);
      }
    }
    return Optional.empty();
  }

  static Path here() {
    return Path.of("").toAbsolutePath();
  }

  /** Returns the directory of the hub whose repository is the default. */
  Path root() {
    return root.root();
  }

  Path file() throws IOException {
    if (file != null) {
      return file;
    }
    Optional<Path> checkout = checkout();
    return checkout.isPresent()
        ? Checkout.repositoryOf(checkout.get())
        : Workspace.of(root.root()).repository();
  }

  /** Opens the repository, which another process, such as the hub, may also have open. */
  FossilRepository open() throws IOException {
    Path found = file();
    if (!Files.exists(found)) {
      throw new HubException(
          Reason.INACCESSIBLE,
          "there is no repository "
              + found
              + "; run: hub start --detach, or name one with -R, or: hub fossil clone URL FILE");
    }
    return FossilRepository.open(found);
  }
}
