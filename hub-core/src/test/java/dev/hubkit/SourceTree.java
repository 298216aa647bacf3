package dev.hubkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The sources of all modules, which tests ask whether the names in a document exist. */
final class SourceTree {
  private static final Path ROOT =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent();
  private static final List<String> MODULES =
      List.of("hub-core", "hub-junit", "hub-cli", "examples");

  private final Map<String, List<Path>> filesByClass = new HashMap<>();
  private final Map<String, Set<String>> packages = new HashMap<>();
  private final List<String> texts = new ArrayList<>();

  SourceTree() throws IOException {
    for (String module : MODULES) {
      for (String kind : List.of("main", "test")) {
        read(module, kind);
      }
    }
  }

  private void read(String module, String kind) throws IOException {
    Path sources = ROOT.resolve(module).resolve("src").resolve(kind).resolve("java");
    if (!Files.isDirectory(sources)) {
      return;
    }
    try (Stream<Path> all = Files.walk(sources)) {
      all.filter(file -> file.toString().endsWith(".java"))
          .forEach(
              file -> {
                String name = nameOf(file);
                filesByClass.computeIfAbsent(name, key -> new ArrayList<>()).add(file);
                if (kind.equals("main") && !name.equals("module-info")) {
                  packages
                      .computeIfAbsent(module, key -> new TreeSet<>())
                      .add(
                          sources
                              .relativize(file.getParent())
                              .toString()
                              .replaceAll("[/\\\\]", "."));
                }
              });
    }
  }

  private static String nameOf(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.substring(0, name.length() - ".java".length());
  }

  /** Returns the files of each name of a class that several classes have. */
  Map<String, List<Path>> sharedNames() {
    Map<String, List<Path>> shared = new TreeMap<>();
    filesByClass.forEach(
        (name, files) -> {
          boolean isClass = !name.equals("package-info") && !name.equals("module-info");
          if (isClass && files.size() > 1) {
            shared.put(name, files);
          }
        });
    return shared;
  }

  /** Returns a file of the repository. */
  static Path file(String path) {
    return ROOT.resolve(path);
  }

  static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the full name of each package that holds more than tests. */
  Set<String> packages() {
    Set<String> all = new TreeSet<>();
    packages.values().forEach(all::addAll);
    return all;
  }

  /** Returns the full name of each package of a module that holds more than tests. */
  Set<String> packages(String module) {
    return packages.getOrDefault(module, Set.of());
  }

  boolean hasClass(String simpleName) {
    return filesByClass.containsKey(simpleName);
  }

  /** Returns whether a class, or a class nested in it, declares a method of that name. */
  boolean declares(String simpleName, String member) {
    // The formatter indents the members of a class by two spaces, and calls by more.
    Pattern method =
        Pattern.compile("(?m)^  (?:[\\w@<>\\[\\]?,.& ]+ )?" + Pattern.quote(member) + "\\(");
    Pattern nested =
        Pattern.compile(
            "(?m)^  (?:[\\w@ ]+ )?(?:class|record|interface|enum) "
                + Pattern.quote(member)
                + "\\b");
    return filesByClass.getOrDefault(simpleName, List.of()).stream()
        .map(SourceTree::text)
        .anyMatch(text -> method.matcher(text).find() || nested.matcher(text).find());
  }

  /** Returns whether some source or build file contains that word. */
  boolean mentions(String word) {
    Pattern whole = Pattern.compile("(?<![\\w.])" + Pattern.quote(word) + "(?![\\w.])");
    return texts().stream().anyMatch(text -> text.contains(word) && whole.matcher(text).find());
  }

  // Read when first needed: not every test of a document needs all of it.
  private synchronized List<String> texts() {
    if (texts.isEmpty()) {
      MODULES.stream()
          .map(module -> file(module + "/pom.xml"))
          .filter(Files::exists)
          .forEach(file -> texts.add(text(file)));
      filesByClass.values().forEach(files -> files.forEach(file -> texts.add(text(file))));
    }
    return texts;
  }
}
