package dev.hubkit.nats.jetstream.store;

import java.util.Arrays;

/**
 * Where the frames of an encrypted file are. Their contents follow one another without gaps: where
 * frames are damaged, an entry of its own stands for what can't be read. Not thread-safe.
 */
final class FrameTable {
  private static final int MIN = 8;

  // By frame: where its content starts, and where it is in the file; that is complemented when
  // nothing there can be read.
  private int[] starts = new int[MIN];
  private int[] places = new int[MIN];
  private int count;
  private int end; // of the content
  private int fileEnd = FileKey.HEADER; // where the next frame is going to be

  int count() {
    return count;
  }

  /** The length of all content. */
  int end() {
    return end;
  }

  /** Where the next frame is going to be in the file. */
  int fileEnd() {
    return fileEnd;
  }

  /** The frame that has a byte of the content. */
  int find(int position) {
    int found = Arrays.binarySearch(starts, 0, count, position);
    return found >= 0 ? found : -found - 2;
  }

  /** Where the content of a frame starts. */
  int start(int frame) {
    return starts[frame];
  }

  /** The length of the content of a frame. */
  int length(int frame) {
    return (frame + 1 < count ? starts[frame + 1] : end) - starts[frame];
  }

  /** Where a frame is in the file. */
  int place(int frame) {
    return places[frame] < 0 ? ~places[frame] : places[frame];
  }

  boolean isReadable(int frame) {
    return places[frame] >= 0;
  }

  /** Adds a frame behind all others. */
  void add(int length, int place) {
    put(place);
    end += length;
    fileEnd = place + length + FrameCipher.OVERHEAD;
  }

  /**
   * Adds content that can't be read behind all other.
   *
   * @param bytes how many bytes of the file stand for it
   */
  void addUnreadable(int length, int place, int bytes) {
    put(~place);
    end += length;
    fileEnd = place + bytes;
  }

  private void put(int place) {
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, count * 2);
      places = Arrays.copyOf(places, count * 2);
    }
    starts[count] = end;
    places[count++] = place;
  }

  /** Forgets a frame and all behind it. */
  void cut(int frame) {
    if (frame < count) {
      end = starts[frame];
      fileEnd = place(frame);
      count = frame;
      if (count < starts.length / 4 && starts.length > MIN) {
        starts = Arrays.copyOf(starts, Math.max(MIN, count));
        places = Arrays.copyOf(places, Math.max(MIN, count));
      }
    }
  }

  /** The same frames as they are now. */
  FrameTable copy() {
    FrameTable copy = new FrameTable();
    copy.starts = Arrays.copyOf(starts, Math.max(MIN, count));
    copy.places = Arrays.copyOf(places, Math.max(MIN, count));
    copy.count = count;
    copy.end = end;
    copy.fileEnd = fileEnd;
    return copy;
  }

  /**
   * Adds the frames of another table, from this one on, that begin behind the content and the file
   * of this one; in between is what can't be read.
   */
  void addRest(FrameTable other, int from) {
    int at = from;
    while (at < other.count
        && (other.starts[at] < end || other.place(at) < fileEnd || !other.isReadable(at))) {
      at++;
    }
    if (at == other.count) {
      return;
    }
    if (other.starts[at] > end) {
      addUnreadable(other.starts[at] - end, fileEnd, other.place(at) - fileEnd);
    }
    for (; at < other.count; at++) {
      put(other.places[at]);
      end += other.length(at);
    }
    fileEnd = other.fileEnd;
  }
}
