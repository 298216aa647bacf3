package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names of directories that are made for the names of accounts, streams and consumers. Ordinary
 * names stay as they are. A character that some file system or locale cannot hold, or that means
 * something in a path, is written as {@code %} and two hexadecimal digits for each of its bytes;
 * what gets too long for a file name by that, or is there already but for the case of its letters,
 * ends with {@code %%} and a hash of the name.
 */
final class FileNames {
  /** The bytes that a file name may have on the file systems there are. */
  private static final int MAX_BYTES = 255;

  /** The length of what is made of a name: a removed directory gets a little more. */
  private static final int MAX_ENCODED = MAX_BYTES - 15;

  private static final String HASH = "%%";
  private static final int KEPT = 180;
  private static final String PLAIN = "$-_+=@,;!#&'()^{}[]~` .";

  /** They are devices in every directory of Windows. */
  private static final Set<String> DEVICES =
      Set.of(
          "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7",
          "com8", "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9");

  private FileNames() {}

  /** Whether a name is one that nats-server's file store can make a directory for. */
  static boolean fits(String name) {
    return name.indexOf('\0') < 0 && name.getBytes(StandardCharsets.UTF_8).length <= MAX_BYTES;
  }

  /**
   * The directory for a name, there or not.
   *
   * @throws StoreException if the file system can't be asked
   */
  static Path in(Path parent, String name, FileSystem disk) {
    String encoded = encode(name);
    if (!encoded.equals(name) && isComponent(name)) {
      // What was made by a version that wrote all names as they are stays where it is.
      Path asItIs = resolved(parent, name);
      if (asItIs != null && disk.exists(asItIs)) {
        return asItIs;
      }
    }
    Path plain = parent.resolve(encoded);
    if (encoded.contains(HASH)) {
      return plain;
    }
    Path hashed = parent.resolve(hashed(encoded, name));
    if (disk.exists(hashed)) {
      return hashed;
    }
    try {
      boolean taken = disk.exists(plain) && !disk.list(parent).contains(encoded);
      return taken ? hashed : plain;
    } catch (IOException e) {
      throw StoreException.of("can't list " + parent, parent, e);
    }
  }

  /** The name that a directory was made for; the name of the directory where that is not said. */
  static String nameOf(String fileName) {
    if (fileName.indexOf('%') < 0 || fileName.contains(HASH)) {
      return fileName;
    }
    byte[] from = fileName.getBytes(StandardCharsets.UTF_8);
    byte[] bytes = new byte[from.length];
    int length = 0;
    for (int i = 0; i < from.length; i++) {
      boolean escaped =
          from[i] == '%'
              && i + 2 < from.length
              && HexFormat.isHexDigit(from[i + 1])
              && HexFormat.isHexDigit(from[i + 2]);
      if (escaped) {
        bytes[length++] =
            (byte) (HexFormat.fromHexDigit(from[i + 1]) << 4 | HexFormat.fromHexDigit(from[i + 2]));
        i += 2;
      } else {
        bytes[length++] = from[i];
      }
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  /** Whether a file name is one with a hash, of this name. */
  static boolean isHashOf(String name, String fileName) {
    return fileName.contains(HASH) && fileName.equals(hashed(encode(name), name));
  }

  private static String encode(String name) {
    StringBuilder encoded = new StringBuilder();
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    boolean device = DEVICES.contains(name.toLowerCase(Locale.ROOT));
    for (int i = 0; i < bytes.length; i++) {
      boolean atEnd = i == 0 || i == bytes.length - 1;
      if (isPlain(bytes[i], atEnd) && !(device && i == 0)) {
        encoded.append((char) bytes[i]);
      } else {
        encoded.append('%').append(HexFormat.of().withUpperCase().toHexDigits(bytes[i]));
      }
    }
    boolean fits = encoded.length() <= MAX_ENCODED;
    return fits ? encoded.toString() : hashed(encoded.toString(), name);
  }

  private static boolean isPlain(byte b, boolean atEnd) {
    return (b >= '0' && b <= '9')
        || (b >= 'A' && b <= 'Z')
        || (b >= 'a' && b <= 'z')
        || (PLAIN.indexOf(b) >= 0 && !(atEnd && (b == ' ' || b == '.')));
  }

  private static String hashed(String encoded, String name) {
    if (encoded.contains(HASH)) {
      return encoded;
    }
    int end = Math.min(KEPT, encoded.length());
    int escape = encoded.lastIndexOf('%', end);
    if (escape >= 0 && escape + 3 > end) {
      end = escape;
    }
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
      return encoded.substring(0, end) + HASH + HexFormat.of().formatHex(hash, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static boolean isComponent(String name) {
    return !name.isEmpty()
        && !name.equals(".")
        && !name.equals("..")
        && name.indexOf('/') < 0
        && name.indexOf('\\') < 0;
  }

  private static @Nullable Path resolved(Path parent, String name) {
    try {
      return parent.resolve(name);
    } catch (InvalidPathException e) {
      return null; // then it can't have been made
    }
  }
}
