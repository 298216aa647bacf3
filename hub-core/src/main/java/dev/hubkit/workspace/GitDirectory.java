package dev.hubkit.workspace;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The files of a {@code .git} directory that a hub reads.
 *
 * @param own the directory of this work tree
 * @param common the directory that it shares with other work trees of the same repository; mostly
 *     the same
 */
record GitDirectory(Path own, Path common) {
  private static final Pattern OBJECT_NAME = Pattern.compile("[0-9a-f]{40}");
  private static final int MAX_SYMBOLIC_DEPTH = 5;
  private static final int INDEX_MAGIC = 0x44495243; // "DIRC"

  /**
   * The git directory of the work tree whose top is {@code top}; null when it is not the top of
   * one.
   */
  static @Nullable GitDirectory of(Path top) throws IOException {
    Path dot = top.resolve(".git");
    if (Files.isDirectory(dot)) {
      return of(dot, dot);
    }
    if (!Files.isRegularFile(dot)) {
      return null;
    }
    // A linked work tree or a submodule: one line that says where the directory is.
    String text = Files.readString(dot).strip();
    if (!text.startsWith("gitdir:")) {
      return null;
    }
    Path own = top.resolve(text.substring("gitdir:".length()).strip()).normalize();
    @Nullable String common = AtomicFile.read(own.resolve("commondir"));
    return of(own, common == null ? own : own.resolve(common).normalize());
  }

  private static @Nullable GitDirectory of(Path own, Path common) {
    boolean complete =
        Files.exists(own.resolve("HEAD")) && Files.isDirectory(common.resolve("objects"));
    return complete ? new GitDirectory(own, common) : null;
  }

  Path index() {
    return own.resolve("index");
  }

  Path excludeFile() {
    return common.resolve("info").resolve("exclude");
  }

  /** The number of entries according to the header of the index. */
  int trackedEntries() throws IOException {
    try (DataInputStream in = new DataInputStream(Files.newInputStream(index()))) {
      if (in.readInt() != INDEX_MAGIC) {
        throw new IOException(index() + " is not a git index");
      }
      in.readInt(); // version
      return in.readInt();
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  Path configFile() {
    return common.resolve("config");
  }

  /** The full name of the commit checked out; null before the first one. */
  @Nullable String head() throws IOException {
    @Nullable String value = AtomicFile.read(own.resolve("HEAD"));
    for (int depth = 0; value != null && depth < MAX_SYMBOLIC_DEPTH; depth++) {
      if (OBJECT_NAME.matcher(value).matches()) {
        return value;
      }
      if (!value.startsWith("ref:")) {
        throw new IOException("HEAD of " + own + " names no commit");
      }
      String ref = value.substring("ref:".length()).strip();
      if (ref.equals("refs/heads/.invalid")) {
        throw new IOException(
            own
                + " keeps its references in a reftable, which Hub does not read; "
                + "run: git refs migrate --ref-format=files");
      }
      value = reference(ref);
    }
    return null;
  }

  private @Nullable String reference(String ref) throws IOException {
    for (Path directory : own.equals(common) ? new Path[] {own} : new Path[] {own, common}) {
      @Nullable String loose = AtomicFile.read(directory.resolve(ref));
      if (loose != null) {
        return loose;
      }
    }
    @Nullable String packed = AtomicFile.read(common.resolve("packed-refs"));
    return packed == null
        ? null
        : packed
            .lines()
            .filter(line -> line.endsWith(" " + ref))
            .map(line -> line.substring(0, line.indexOf(' ')))
            .findFirst()
            .orElse(null);
  }

  /** The shortest form of an object's name that git itself would show. */
  String abbreviate(String name) throws IOException {
    return new ObjectNames(common.resolve("objects")).abbreviate(name);
  }
}
