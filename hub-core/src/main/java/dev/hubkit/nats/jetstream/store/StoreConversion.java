package dev.hubkit.nats.jetstream.store;

import dev.hubkit.log.Log;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Encrypts the files of a stream that are not encrypted, or with an earlier key or another cipher.
 * Each gets a copy that takes its place in one step, the metadata of the stream first. So when this
 * is cut short, each file is as it was or as it is to be, and the next start goes on.
 */
public final class StoreConversion {
  private static final Log log = Log.of(StoreConversion.class);
  private static final String SUFFIX = ".converting";
  private static final int CHUNK = 256 * 1024;

  /** What is to be done with the files of a stream. */
  public enum Conversion {
    /** Nothing. */
    NONE,
    /** They are not encrypted. */
    ENCRYPT,
    /** They are encrypted with an earlier key or another cipher. */
    CONVERT
  }

  private final FileSystem disk;
  private final StoreKeys keys;
  private final Path directory;
  private final List<Path> outdated = new ArrayList<>();
  private Conversion kind = Conversion.NONE;

  /**
   * Looks at the files of a stream.
   *
   * @param disk where the files are
   * @param keys those of the stream
   * @throws WrongKeyException if there is a file that none of the keys fits
   */
  StoreConversion(FileSystem disk, StoreKeys keys, Path directory) throws IOException {
    this.disk = disk;
    this.keys = keys;
    this.directory = directory;
    look(directory);
  }

  private void look(Path parent) throws IOException {
    List<String> names = new ArrayList<>(disk.list(parent));
    names.sort(Comparator.comparing(name -> !name.equals(StreamDirectory.META)));
    for (String name : names) {
      Path path = parent.resolve(name);
      if (disk.isDirectory(path)) {
        if (!RemovedDirectory.isName(name)) {
          look(path);
        }
      } else if (name.endsWith(SUFFIX)) {
        disk.delete(path); // one that was cut short
      } else {
        classify(path);
      }
    }
  }

  private void classify(Path path) throws IOException {
    byte[] begin;
    try (StoreFile file = disk.open(path)) {
      begin = EncryptedFile.begin(file, file.size());
    }
    if (DamagedFiles.isName(String.valueOf(path.getFileName())) && FileKey.isEncrypted(begin)) {
      return; // nobody opens it, whatever its key is
    }
    FileKey key = FileKey.open(keys, begin);
    Conversion found =
        begin.length == 0 || (key == null && FileKey.isEncrypted(begin))
            ? Conversion.NONE // or damaged, which others report
            : key == null
                ? Conversion.ENCRYPT
                : key.isCurrent() ? Conversion.NONE : Conversion.CONVERT;
    if (found != Conversion.NONE) {
      outdated.add(path);
      kind = kind == Conversion.NONE ? found : kind;
    }
  }

  /** What is to be done; by the metadata of the stream, if with that, too. */
  Conversion kind() {
    return kind;
  }

  /** Does it. */
  void run() throws IOException {
    for (Path path : outdated) {
      convert(path);
    }
  }

  private void convert(Path path) throws IOException {
    Path copy = path.resolveSibling(path.getFileName() + SUFFIX);
    disk.delete(copy);
    try {
      try (StoreFile raw = disk.open(path);
          StoreFile to = EncryptedFile.open(disk.open(copy), copy, keys)) {
        copy(path, raw, to);
        to.sync();
      }
      disk.replace(copy, path);
    } catch (IOException e) {
      try {
        disk.delete(copy);
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
    disk.sync(path.resolveSibling(""));
    log.debug("{}: encrypted with {}", path, keys.cipher());
  }

  private void copy(Path path, StoreFile raw, StoreFile to) throws IOException {
    FileKey key = FileKey.open(keys, EncryptedFile.begin(raw, raw.size()));
    if (key == null) {
      copy(raw, to);
      return;
    }
    EncryptedFile decrypted = EncryptedFile.open(raw, path, keys);
    copy(decrypted, to);
    if (decrypted.isFoundDamaged()) {
      Path kept = DamagedFiles.keepCopy(disk, path);
      log.warn(
          "{}: parts of it are damaged and can't be encrypted anew; {} is as it was", path, kept);
    }
  }

  private static void copy(StoreFile from, StoreFile to) throws IOException {
    long size = from.size();
    byte[] bytes = new byte[(int) Math.min(size, CHUNK)];
    // A segment begins with its header, and ends with what the next write goes over.
    int length = Segment.HEADER;
    for (long done = 0; done < size; done += length, length = CHUNK) {
      length = (int) Math.min(length, size - done);
      if (size - done - length < LogRecord.END_LENGTH && length > LogRecord.END_LENGTH) {
        length = (int) Math.min(size - done, length - LogRecord.END_LENGTH);
      }
      if (from.read(bytes, 0, length, done) < length) {
        throw new IOException("the file is shorter than it was");
      }
      boolean isLast = done + length == size;
      to.write(bytes, 0, length, done, isLast ? LogRecord.END_LENGTH : 0);
    }
  }

  @Override
  public String toString() {
    return kind + " " + outdated.size() + " files in " + directory;
  }
}
