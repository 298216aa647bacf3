package dev.hubkit.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;

/**
 * Creates files and directories that only their owner can read and write, as nats-server does for
 * its store: 0600 and 0700, from the first moment and whatever the umask is. Existing files keep
 * their permissions. On a file system without such permissions, the parent directory decides.
 * Thread-safe.
 */
public final class PrivateFiles {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");
  private static final FileAttribute<?>[] NOTHING = {};
  private static final FileAttribute<?>[] FILE = {
    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
  };
  private static final FileAttribute<?>[] LOG = {
    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"))
  };
  private static final FileAttribute<?>[] DIRECTORY = {
    PosixFilePermissions.asFileAttribute(OWNER_ONLY)
  };

  private PrivateFiles() {}

  private static boolean hasModes(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  /** Creates a directory and its missing parents. */
  public static Path createDirectories(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return directory; // maybe by a link, which the JDK's method does not take everywhere
    }
    return Files.createDirectories(directory, hasModes(directory) ? DIRECTORY : NOTHING);
  }

  /**
   * Opens a file, as {@link FileChannel#open}.
   *
   * @throws PlantedLinkException if it is a symbolic link that another user may have put there
   */
  public static FileChannel open(Path file, OpenOption... options) throws IOException {
    FileAttribute<?>[] mode = hasModes(file) ? FILE : NOTHING;
    Set<OpenOption> directly = new HashSet<>(Arrays.asList(options));
    directly.add(LinkOption.NOFOLLOW_LINKS);
    try {
      return FileChannel.open(file, directly, mode);
    } catch (IOException e) {
      if (!Files.isSymbolicLink(file)) {
        throw e;
      }
      SymbolicLinks.check(file);
      return FileChannel.open(file, Set.of(options), mode);
    }
  }

  /**
   * Opens a new temporary file that nobody else can read, for reading and writing. The file is
   * deleted when the channel is closed; where the system allows it, its name disappears as soon as
   * it is open.
   *
   * @param prefix what its name begins with
   */
  public static FileChannel openTemporary(String prefix) throws IOException {
    Path path = Files.createTempFile(prefix, null);
    boolean opened = false;
    try {
      FileChannel file =
          FileChannel.open(
              path,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE,
              LinkOption.NOFOLLOW_LINKS);
      opened = true;
      return file;
    } finally {
      if (!opened) {
        Files.deleteIfExists(path);
      }
    }
  }

  /** Creates an empty file; does nothing when the file exists. */
  public static void createIfMissing(Path file) throws IOException {
    open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
  }

  /**
   * Creates an empty file that its group can also read, as nats-server does for its log; does
   * nothing when the file exists.
   */
  public static void createReadableByGroup(Path file) throws IOException {
    try {
      Files.createFile(file, hasModes(file) ? LOG : NOTHING);
    } catch (FileAlreadyExistsException e) {
      return; // it keeps the mode that somebody has given it
    }
  }

  /** Creates a file with this content, or replaces an existing one. */
  public static void write(Path file, byte[] content) throws IOException {
    writeAll(
        file,
        content,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE);
  }

  /**
   * Creates a file with this content.
   *
   * @throws FileAlreadyExistsException if there is a file or a symbolic link
   */
  public static void writeNew(Path file, byte[] content) throws IOException {
    writeAll(file, content, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  /** Creates a file with this text in UTF-8, or replaces an existing one. */
  public static void writeString(Path file, String text) throws IOException {
    write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  private static void writeAll(Path file, byte[] content, OpenOption... options)
      throws IOException {
    try (FileChannel channel = open(file, options)) {
      ByteBuffer rest = ByteBuffer.wrap(content);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
    }
  }

  /** Returns whether users other than the owner have any access to a file or directory. */
  public static boolean isOpenToOthers(Path path) throws IOException {
    if (!hasModes(path)) {
      return false;
    }
    Set<PosixFilePermission> granted = EnumSet.noneOf(PosixFilePermission.class);
    granted.addAll(Files.getPosixFilePermissions(path));
    granted.removeAll(OWNER_ONLY);
    return !granted.isEmpty();
  }

  /**
   * Removes the access of other users to a directory, if it belongs to this user and is not reached
   * by a link.
   *
   * @return whether no other user has access now
   */
  public static boolean keepToOwner(Path directory) throws IOException {
    if (!isOpenToOthers(directory)) {
      return true;
    }
    if (Files.isSymbolicLink(directory) || !FileOwner.isThisUser(directory)) {
      return false;
    }
    try {
      Files.setPosixFilePermissions(directory, OWNER_ONLY);
    } catch (FileSystemException e) {
      return false; // such as FAT, which shows modes and does not let them be changed
    }
    return !isOpenToOthers(directory);
  }
}
