package dev.hubkit.workspace;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The names of the objects in a git object directory; finds how many digits of a name distinguish
 * it from all others. The length git starts from grows with the number of packed objects
 * (object-name.c: half of the number's bits, rounded up, and 7 at least).
 *
 * @param objects the {@code objects} directory; the directories that it borrows from are read too
 */
record ObjectNames(Path objects) {
  private static final int NAME_BYTES = 20;
  private static final int SHORTEST = 7;
  private static final int FANOUT = 256 * 4;
  private static final int V2_MAGIC = 0xff744f63;
  private static final int MAX_ALTERNATES = 5;

  String abbreviate(String name) throws IOException {
    byte[] wanted = HexFormat.of().parseHex(name);
    long packed = 0;
    int shared = 0;
    for (Path directory : withAlternates()) {
      shared = Math.max(shared, longestSharedLoose(directory, name));
      for (Path index : packIndexes(directory)) {
        try (FileChannel channel = FileChannel.open(index)) {
          PackIndex pack = PackIndex.of(channel);
          packed += pack.count;
          shared = Math.max(shared, pack.longestShared(channel, wanted));
        }
      }
    }
    int bits = Long.SIZE - Long.numberOfLeadingZeros(packed);
    int length = Math.max(Math.max(SHORTEST, (bits + 1) / 2), shared + 1);
    return name.substring(0, Math.min(length, name.length()));
  }

  private List<Path> withAlternates() throws IOException {
    List<Path> all = new ArrayList<>(List.of(objects));
    for (int i = 0; i < all.size() && all.size() < MAX_ALTERNATES; i++) {
      Path directory = all.get(i);
      @Nullable String text = AtomicFile.read(directory.resolve("info").resolve("alternates"));
      if (text != null) {
        text.lines()
            .filter(line -> !line.isBlank() && !line.startsWith("#"))
            .map(line -> directory.resolve(line).normalize())
            .filter(Files::isDirectory)
            .forEach(all::add);
      }
    }
    return all;
  }

  private static int longestSharedLoose(Path directory, String name) throws IOException {
    Path fan = directory.resolve(name.substring(0, 2));
    int longest = 0;
    if (Files.isDirectory(fan)) {
      try (DirectoryStream<Path> loose = Files.newDirectoryStream(fan)) {
        for (Path object : loose) {
          String other = name.substring(0, 2) + object.getFileName();
          if (!other.equals(name)) {
            longest = Math.max(longest, shared(name, other));
          }
        }
      }
    }
    return longest;
  }

  private static int shared(String one, String other) {
    int length = Math.min(one.length(), other.length());
    for (int i = 0; i < length; i++) {
      if (one.charAt(i) != other.charAt(i)) {
        return i;
      }
    }
    return length;
  }

  private static List<Path> packIndexes(Path directory) throws IOException {
    Path pack = directory.resolve("pack");
    List<Path> indexes = new ArrayList<>();
    if (Files.isDirectory(pack)) {
      try (DirectoryStream<Path> found = Files.newDirectoryStream(pack, "*.idx")) {
        found.forEach(indexes::add);
      }
    }
    return indexes;
  }

  /** Where the sorted names lie in a pack's index (gitformat-pack(5)). */
  private record PackIndex(long start, int stride, int skip, int count) {
    static PackIndex of(FileChannel channel) throws IOException {
      boolean second = read(channel, 0, 4).getInt() == V2_MAGIC;
      long fanout = second ? 8 : 0;
      int count = read(channel, fanout + FANOUT - 4, 4).getInt();
      // The first version puts four bytes of offset before each name.
      return second
          ? new PackIndex(fanout + FANOUT, NAME_BYTES, 0, count)
          : new PackIndex(fanout + FANOUT, NAME_BYTES + 4, 4, count);
    }

    /** The hex digits that {@code wanted} has in common with the nearest name that differs. */
    int longestShared(FileChannel channel, byte[] wanted) throws IOException {
      int low = 0;
      int high = count;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (Arrays.compareUnsigned(name(channel, middle), wanted) < 0) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      String hex = HexFormat.of().formatHex(wanted);
      int longest = 0;
      for (int i = Math.max(0, low - 1); i <= Math.min(count - 1, low + 1); i++) {
        String other = HexFormat.of().formatHex(name(channel, i));
        if (!other.equals(hex)) {
          longest = Math.max(longest, shared(hex, other));
        }
      }
      return longest;
    }

    private byte[] name(FileChannel channel, int position) throws IOException {
      return read(channel, start + (long) position * stride + skip, NAME_BYTES).array();
    }

    private static ByteBuffer read(FileChannel channel, long position, int length)
        throws IOException {
      ByteBuffer buffer = ByteBuffer.allocate(length);
      while (buffer.hasRemaining()) {
        if (channel.read(buffer, position + buffer.position()) < 0) {
          throw new IOException("A pack index ends too early");
        }
      }
      return buffer.flip();
    }
  }
}
