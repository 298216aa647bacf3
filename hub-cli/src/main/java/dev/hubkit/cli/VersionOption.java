package dev.hubkit.cli;

import dev.hubkit.fossil.Checkout;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.RepositoryException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that choose a check-in of a Fossil repository. */
final class VersionOption {
  @Mixin private final RepositoryOption repositoryOption = new RepositoryOption();

  @Option(
      names = {"-r", "--revision"},
      paramLabel = "VERSION",
      description =
          "The check-in: a hash or its beginning, a branch, a tag, \"tip\", a date."
              + " Default: that of the checkout, or else the newest of the main branch.")
  private @Nullable String version;

  /** Opens the repository. */
  FossilRepository open() throws IOException {
    return repositoryOption.open();
  }

  /** Finds the check-in in the repository. */
  ArtifactName find(FossilRepository repository) throws IOException {
    Optional<Path> checkout = repositoryOption.checkout();
    if (version == null && checkout.isPresent()) {
      return Checkout.open(repository, checkout.get()).checkIn();
    }
    return repository.read(snapshot -> resolve(snapshot, version));
  }

  /** Resolves a name; without a name, returns the newest check-in. */
  static ArtifactName resolve(Snapshot snapshot, @Nullable String version) {
    return version == null ? newest(snapshot) : snapshot.resolve(version);
  }

  /**
   * Returns the tip of the main branch; when no branch has that name, the newest check-in of all.
   */
  static ArtifactName newest(Snapshot snapshot) {
    String main = snapshot.setting("main-branch");
    try {
      return snapshot.resolve(main == null ? "trunk" : main);
    } catch (RepositoryException e) {
      return snapshot.resolve("tip");
    }
  }
}
