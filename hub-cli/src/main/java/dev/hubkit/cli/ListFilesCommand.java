package dev.hubkit.cli;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.artifact.ManifestFile;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.json.JsonWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "ls",
    mixinStandardHelpOptions = true,
    description = "List the files of a check-in.")
final class ListFilesCommand implements Callable<Integer> {
  @Mixin private final VersionOption version = new VersionOption();

  @Mixin private final Output output = new Output();

  @Parameters(
      paramLabel = "PATH",
      description = "Only these files, and those in these directories.")
  private List<String> paths = new ArrayList<>();

  @Override
  public Integer call() throws IOException {
    HubLogging.off();
    try (FossilRepository repository = version.open()) {
      ArtifactName checkIn = version.find(repository);
      List<ManifestFile> files =
          repository.read(snapshot -> snapshot.checkInFiles(checkIn).all()).stream()
              .filter(file -> isWanted(file.name()))
              .toList();
      if (output.isJson()) {
        json(checkIn, files);
      } else {
        files.forEach(file -> output.plain(file.name()));
      }
    }
    return ExitCode.OK.number();
  }

  private boolean isWanted(String name) {
    return paths.isEmpty()
        || paths.stream()
            .map(path -> path.replaceFirst("/+$", ""))
            .anyMatch(path -> name.equals(path) || name.startsWith(path + "/"));
  }

  private void json(ArtifactName checkIn, List<ManifestFile> files) {
    JsonWriter json =
        JsonWriter.pretty().beginObject().field("checkin", checkIn.hex()).beginArray("files");
    for (ManifestFile file : files) {
      ArtifactName content = file.content();
      json.beginObject()
          .field("name", file.name())
          .fieldIfSet("hash", content == null ? null : content.hex())
          .field("kind", file.permission().name().toLowerCase(Locale.ROOT))
          .endObject();
    }
    output.json(json.endArray().endObject());
  }
}
