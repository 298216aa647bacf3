package dev.hubkit.fossil.artifact;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The F cards of the manifest read last. The next manifest is mostly a neighbour of it and has
 * nearly all cards in common: those are recognized by their bytes, not parsed again, and come out
 * as the same objects. To be used by one thread at a time.
 */
public final class FileCards {
  private byte[] bytes = {};
  private int[] starts = new int[16]; // of each card; one more for the end of the last
  private ManifestFile[] files = new ManifestFile[16];
  private int count;
  private int cursor;
  private int lastRecognized;

  private byte[] nextBytes = {};
  private int[] nextStarts = new int[16];
  private ManifestFile[] nextFiles = new ManifestFile[16];
  private int nextCount;

  /** Knows no cards yet. */
  public FileCards() {}

  /** A manifest begins. */
  void begin(byte[] content) {
    nextBytes = content;
    nextCount = 0;
    cursor = 0;
    lastRecognized = -2;
  }

  /** The file of the card that begins at {@code at}, if it is one of the manifest before. */
  @Nullable ManifestFile recognize(int at, int end) {
    if (cursor >= count) {
      return null;
    }
    int length = starts[cursor + 1] - starts[cursor];
    if (end - at < length
        || !Arrays.equals(
            nextBytes, at, at + length, bytes, starts[cursor], starts[cursor] + length)) {
      return null;
    }
    return files[cursor];
  }

  /** The length of the card that {@link #recognize} has just found. */
  int recognizedLength() {
    return starts[cursor + 1] - starts[cursor];
  }

  /**
   * Whether the card that {@link #recognize} has just found came right behind the one that was
   * added last in the manifest before, too: then their order is known to be right.
   */
  boolean followsLast() {
    return cursor == lastRecognized + 1;
  }

  /** The card from {@code start} to {@code end} is that of {@code file}. */
  @SuppressWarnings("ReferenceEquality") // the very object that recognize() gave out
  void add(int start, int end, ManifestFile file) {
    if (nextCount + 1 >= nextStarts.length) {
      nextStarts = Arrays.copyOf(nextStarts, nextStarts.length * 2);
      nextFiles = Arrays.copyOf(nextFiles, nextFiles.length * 2);
    }
    nextStarts[nextCount] = start;
    nextStarts[nextCount + 1] = end;
    nextFiles[nextCount++] = file;
    if (cursor < count && files[cursor] == file) {
      lastRecognized = cursor++;
    } else {
      lastRecognized = -2;
      while (cursor < count
          && (files[cursor].name().equals(file.name())
              || Names.compare(files[cursor].name(), file.name()) < 0)) {
        cursor++;
      }
    }
  }

  /** The manifest is at its end and was in order: it is the one to compare with from now on. */
  void commit() {
    int[] oldStarts = starts;
    ManifestFile[] oldFiles = files;
    bytes = nextBytes;
    starts = nextStarts;
    files = nextFiles;
    count = nextCount;
    nextStarts = oldStarts;
    nextFiles = oldFiles;
  }
}
