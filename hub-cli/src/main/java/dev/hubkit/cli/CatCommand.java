package dev.hubkit.cli;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.RepositoryException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "cat",
    mixinStandardHelpOptions = true,
    description = "Write files of a check-in, byte for byte, to the standard output.")
final class CatCommand implements Callable<Integer> {
  @Mixin private final VersionOption version = new VersionOption();

  @Parameters(
      arity = "1..*",
      paramLabel = "PATH",
      description = "Names of files, from the top of the check-in.")
  private List<String> paths = new ArrayList<>();

  @Override
  public Integer call() throws IOException {
    HubLogging.off();
    try (FossilRepository repository = version.open()) {
      ArtifactName checkIn = version.find(repository);
      List<byte[]> contents = new ArrayList<>();
      // It writes all files or none, since the last one may be missing.
      for (String path : paths) {
        contents.add(repository.read(snapshot -> read(snapshot, checkIn, path)));
      }
      for (byte[] content : contents) {
        System.out.write(content);
      }
      System.out.flush();
    }
    return ExitCode.OK.number();
  }

  private static byte[] read(Snapshot snapshot, ArtifactName checkIn, String path) {
    byte[] content = snapshot.readFile(checkIn, path);
    if (content == null) {
      throw new RepositoryException(
          "no file \"" + path + "\" in check-in " + checkIn.abbreviated() + "; see: hub fossil ls");
    }
    return content;
  }
}
