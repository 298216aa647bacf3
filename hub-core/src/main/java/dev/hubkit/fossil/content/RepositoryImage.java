package dev.hubkit.fossil.content;

import dev.hubkit.io.PrivateFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A repository file at one moment, with the same bytes as a backup, which C fossil opens.
 * Immutable.
 */
public final class RepositoryImage {
  private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
  private static final int MIN_LENGTH = 512;
  // The versions of the format for writing and reading (https://sqlite.org/fileformat.html): 1 for
  // a rollback journal, 2 for a write-ahead log.
  private static final int WRITE_VERSION = 18;
  private static final int READ_VERSION = 19;

  private final byte[] bytes;
  // The database whose state this is, as long as nothing is written to it.
  private volatile @Nullable Moment moment;

  /**
   * A state of a database.
   *
   * @param database the database
   * @param ownCommits how many transactions it had committed itself
   * @param otherCommits SQLite's count of what others have committed
   */
  record Moment(Database database, long ownCommits, long otherCommits) {}

  RepositoryImage(byte[] bytes, @Nullable Moment moment) {
    this.bytes = bytes;
    this.moment = moment;
  }

  /**
   * Returns the image that {@link #toBytes} or {@link #writeTo} wrote, or that of another
   * repository file that nobody has open.
   *
   * @throws RepositoryException if the bytes are not such a file
   */
  public static RepositoryImage of(byte[] bytes) {
    if (bytes.length < MIN_LENGTH
        || !Arrays.equals(MAGIC, 0, MAGIC.length, bytes, 0, MAGIC.length)) {
      throw new RepositoryException("This is no repository file: it is not of SQLite");
    }
    byte[] copy = bytes.clone();
    copy[WRITE_VERSION] = 2;
    copy[READ_VERSION] = 2;
    return new RepositoryImage(copy, null);
  }

  /** The bytes of the file. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /** The size of the file in bytes. */
  public int size() {
    return bytes.length;
  }

  /**
   * Makes a repository file of it.
   *
   * @throws IOException if the file exists or cannot be written
   */
  public void writeTo(Path file) throws IOException {
    PrivateFiles.writeNew(file, bytes);
  }

  /** Makes a file that can be read beside no other: it needs no write-ahead log. */
  void writeReadOnly(Path file) throws IOException {
    byte[] copy = bytes.clone();
    copy[WRITE_VERSION] = 1;
    copy[READ_VERSION] = 1;
    PrivateFiles.write(file, copy);
  }

  /** Is the database still what it was? */
  boolean isStill(Moment now) {
    return now.equals(moment);
  }

  /** The database is this again. */
  void is(Moment now) {
    moment = now;
  }
}
