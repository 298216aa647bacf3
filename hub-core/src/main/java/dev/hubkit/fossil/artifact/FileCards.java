package dev.hubkit.fossil.artifact;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The F cards of the manifest read last. The next manifest mostly has nearly the same cards: they
 * are recognized by their bytes, not parsed again, and become the same objects. For one thread at a
 * time.
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

  /** Begins a manifest. */
  void begin(byte[] content) {
    nextBytes = content;
    nextCount = 0;
    cursor = 0;
    lastRecognized = -2;
  }

  /**
   * Returns the file of the card that begins at {@code at}, if the manifest before has that card.
   */
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

  /** The length of the card that {@link #recognize} found last. */
  int recognizedLength() {
    return starts[cursor + 1] - starts[cursor];
  }

  /**
   * Returns whether the card that {@link #recognize} found last also followed the last added card
   * in the manifest before, so that their order is known to be right.
   */
  boolean followsLast() {
    return cursor == lastRecognized + 1;
  }

  /** Adds the card of {@code file}, from {@code start} to {@code end}. */
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

  /** Ends a manifest that was in order, with which the next one is compared. */
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
