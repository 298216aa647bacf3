package dev.hubkit.junit;

import dev.hubkit.Seed;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.workspace.GitWorkTree;
import dev.hubkit.workspace.SeedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/** Finds the files of {@link WithSeed}. */
final class Seeds {
  private Seeds() {}

  /** Returns the seed of a new repository. */
  static Seed first(WithSeed seed) {
    requireOneSource(seed);
    if (!seed.dir().isEmpty()) {
      return Seed.directory(directory(seed.dir()));
    }
    if (!seed.gitWorkTree().isEmpty()) {
      return Seed.gitWorkTree(directory(seed.gitWorkTree()));
    }
    Map<String, byte[]> files = new LinkedHashMap<>();
    textFiles(seed).forEach((name, text) -> files.put(name, text.getBytes(StandardCharsets.UTF_8)));
    return Seed.files(files);
  }

  /** Returns the files, by their names in the repository. */
  static Map<String, FileContent> files(WithSeed seed) throws IOException {
    requireOneSource(seed);
    Map<String, FileContent> files = new LinkedHashMap<>();
    if (!seed.dir().isEmpty()) {
      Path top = directory(seed.dir());
      try (Stream<Path> walk = Files.walk(top)) {
        for (Path file : (Iterable<Path>) walk.filter(Files::isRegularFile)::iterator) {
          String name = top.relativize(file).toString();
          files.put(name.replace(file.getFileSystem().getSeparator(), "/"), FileContent.of(file));
        }
      }
    } else if (!seed.gitWorkTree().isEmpty()) {
      GitWorkTree tree = GitWorkTree.containing(directory(seed.gitWorkTree()));
      tree.trackedFiles().stream()
          .map(SeedFile::of)
          .forEach(file -> files.put(file.name(), file.content()));
    } else {
      textFiles(seed).forEach((name, text) -> files.put(name, FileContent.of(text)));
    }
    return files;
  }

  private static void requireOneSource(WithSeed seed) {
    int sources =
        (seed.dir().isEmpty() ? 0 : 1)
            + (seed.gitWorkTree().isEmpty() ? 0 : 1)
            + (seed.files().length == 0 ? 0 : 1);
    if (sources != 1) {
      throw new ExtensionConfigurationException(
          "@WithSeed needs exactly one of dir, gitWorkTree and files; it has " + sources);
    }
  }

  private static Path directory(String path) {
    Path directory = Path.of(path).toAbsolutePath();
    if (!Files.isDirectory(directory)) {
      throw new ExtensionConfigurationException(
          "@WithSeed names " + directory + ", which is not a directory");
    }
    return directory;
  }

  private static Map<String, String> textFiles(WithSeed seed) {
    Map<String, String> files = new LinkedHashMap<>();
    for (String file : seed.files()) {
      int equals = file.indexOf('=');
      if (equals < 1) {
        throw new ExtensionConfigurationException(
            "@WithSeed(files = \"" + file + "\") lacks a name: write it as \"path/name=text\"");
      }
      files.put(file.substring(0, equals), file.substring(equals + 1));
    }
    return files;
  }
}
