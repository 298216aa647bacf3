package dev.hubkit.junit.stub;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Stubs that are declared in JSON files. When a file changes, appears or disappears, its stubs do,
 * too; this is checked with each request. Thread-safe.
 */
public final class StubFiles implements AutoCloseable {
  private static final String CLASSPATH = "classpath:";
  private static final int MOST_BYTES = 1 << 20;
  private static final int MOST_FILES = 1000;
  private static final int DEEPEST = 8;
  private static final long COARSE = 1_000_000_000;

  private final Stubs owner;
  private final String location;
  private final @Nullable Path root;
  private final Map<String, Loaded> files = new LinkedHashMap<>();
  private String problem = "";
  private boolean closed;

  /** When a file was written, and its size. */
  private record Stamp(FileTime modified, long size) {}

  /** A file as it was last read. */
  private static final class Loaded {
    private Stamp stamp;
    private long readAt;
    private int hash;
    private String problem = "";
    private List<Stub> stubs = List.of();
    private List<StubService> services = List.of();

    Loaded(Stamp stamp) {
      this.stamp = stamp;
    }

    // Clocks of file systems are coarse: soon after, another change may leave the same stamp.
    private boolean mayHaveChanged(Path file) throws IOException {
      return System.nanoTime() - readAt < COARSE
          && stamp.size() <= MOST_BYTES
          && hash != Arrays.hashCode(Files.readAllBytes(file));
    }

    void end() {
      services.forEach(StubService::stop);
      stubs.forEach(Stub::remove);
    }
  }

  private StubFiles(Stubs owner, String location, @Nullable Path root) {
    this.owner = owner;
    this.location = location;
    this.root = root;
  }

  /**
   * Loads the stubs of a file, or of all {@code *.json} in a directory.
   *
   * @throws IllegalArgumentException if there is no such file or resource, or something is wrong in
   *     one of the files; no stub remains then
   */
  static StubFiles load(Stubs owner, String location) {
    boolean onlyResource = location.startsWith(CLASSPATH);
    String name = onlyResource ? location.substring(CLASSPATH.length()) : location;
    Path file = Path.of(name).toAbsolutePath();
    if (!onlyResource && Files.exists(file)) {
      return begin(new StubFiles(owner, location, file));
    }
    String resource = name.replaceFirst("^/", "").replaceFirst("/$", "");
    URL url = resource(resource);
    if (url == null) {
      throw new IllegalArgumentException(
          "No stubs at \""
              + location
              + "\": "
              + (onlyResource ? "" : "there is no file or directory " + file + ", and ")
              + "there is no resource "
              + resource);
    }
    return begin(url, owner, location);
  }

  private static @Nullable URL resource(String name) {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    URL url = loader == null ? null : loader.getResource(name);
    return url == null ? StubFiles.class.getClassLoader().getResource(name) : url;
  }

  private static StubFiles begin(URL url, Stubs owner, String location) {
    try {
      URI uri = url.toURI();
      if (uri.getScheme().equals("file")) {
        return begin(new StubFiles(owner, location, Path.of(uri)));
      }
      // What is in a jar does not change.
      StubFiles files = new StubFiles(owner, location, null);
      try (FileSystem jar = open(uri)) {
        files.require(jar.provider().getPath(uri));
      }
      return files;
    } catch (URISyntaxException | IOException | FileSystemNotFoundException e) {
      throw new IllegalArgumentException("Stubs at \"" + location + "\" cannot be read: " + e, e);
    }
  }

  private static FileSystem open(URI uri) throws IOException {
    return FileSystems.newFileSystem(uri, Map.of());
  }

  private static StubFiles begin(StubFiles files) {
    Path root = files.root;
    if (root != null) {
      files.require(root);
    }
    return files;
  }

  /** Loads everything for the first time. */
  private synchronized void require(Path from) {
    read(from);
    String wrong = problems().stream().findFirst().orElse("");
    if (!wrong.isEmpty()) {
      close();
      throw new IllegalArgumentException(wrong);
    }
  }

  /** Returns what is wrong with files that have changed, one text for each. */
  synchronized List<String> problems() {
    List<String> all = new ArrayList<>();
    if (!problem.isEmpty()) {
      all.add(problem);
    }
    files.values().stream()
        .map(file -> file.problem)
        .filter(text -> !text.isEmpty())
        .forEach(all::add);
    return all;
  }

  /**
   * Takes up what has changed in the files. A file with an error keeps the stubs that it had; the
   * failure of a test shows the error.
   */
  public synchronized void reload() {
    if (root != null && !closed) {
      read(root);
    }
  }

  private void read(Path from) {
    Map<String, Path> present = new LinkedHashMap<>();
    problem = "";
    try {
      if (Files.isDirectory(from)) {
        list(from).forEach(file -> present.put(location + "/" + from.relativize(file), file));
      } else if (Files.exists(from)) {
        present.put(location, from);
      }
    } catch (IOException | UncheckedIOException e) {
      problem = "Stubs at \"" + location + "\" cannot be listed: " + e.getMessage();
      return;
    }
    files
        .entrySet()
        .removeIf(
            file -> {
              boolean gone = !present.containsKey(file.getKey());
              if (gone) {
                file.getValue().end();
              }
              return gone;
            });
    present.forEach(this::update);
  }

  private List<Path> list(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory, DEEPEST)) {
      List<Path> found =
          all.filter(file -> file.toString().endsWith(".json"))
              .filter(Files::isRegularFile)
              .sorted()
              .limit(MOST_FILES + 1L)
              .toList();
      if (found.size() > MOST_FILES) {
        throw new IOException("there are more than " + MOST_FILES + " files");
      }
      return found;
    }
  }

  private void update(String name, Path file) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      Stamp stamp = new Stamp(attributes.lastModifiedTime(), attributes.size());
      Loaded known = files.get(name);
      if (known != null && known.stamp.equals(stamp) && !known.mayHaveChanged(file)) {
        return;
      }
      Loaded loaded = known == null ? new Loaded(stamp) : known;
      loaded.stamp = stamp;
      files.put(name, loaded);
      loaded.problem = "";
      replace(loaded, name, file, stamp.size());
    } catch (IOException e) {
      // It has just gone; the next look says so.
      problem = name + " cannot be read: " + e.getMessage();
    }
  }

  private void replace(Loaded loaded, String name, Path file, long size) throws IOException {
    if (size > MOST_BYTES) {
      loaded.problem = name + " has " + size + " bytes; a file of stubs may have " + MOST_BYTES;
      return;
    }
    try {
      byte[] text = Files.readAllBytes(file);
      loaded.readAt = System.nanoTime();
      loaded.hash = Arrays.hashCode(text);
      StubFileReader.Content content = StubFileReader.read(owner, name, text);
      List<Stub> before = loaded.stubs;
      List<StubService> servicesBefore = loaded.services;
      // The new ones first, so that no request finds none.
      loaded.stubs = content.begin();
      loaded.services = content.services();
      servicesBefore.forEach(StubService::stop);
      before.forEach(Stub::remove);
    } catch (IllegalArgumentException | IllegalStateException e) {
      loaded.problem = String.valueOf(e.getMessage());
    }
  }

  /** Returns the stubs that the files declare now. */
  public synchronized List<Stub> stubs() {
    return files.values().stream().flatMap(file -> file.stubs.stream()).toList();
  }

  /** Returns whether a stub or service is declared in one of the files. */
  synchronized boolean declares(Object each) {
    return files.values().stream()
        .anyMatch(file -> file.stubs.contains(each) || file.services.contains(each));
  }

  /** Removes the stubs. Safe to call again. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      files.values().forEach(Loaded::end);
      files.clear();
    }
    owner.remove(this);
  }

  @Override
  public String toString() {
    return "stubs of " + location;
  }
}
