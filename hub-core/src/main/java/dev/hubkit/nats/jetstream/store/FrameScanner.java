package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.util.zip.CRC32C;

/**
 * Finds the frames of an encrypted file. It reads only what is in front of their contents; where
 * that is damaged it looks for the next frame whose content is what was written.
 */
final class FrameScanner {
  private static final int CHUNK = 64 * 1024;
  private static final int WORTH_READING_OVER = 2 * 1024;

  private final StoreFile file;
  private final FileKey key;
  private final long size;
  private final FrameTable frames = new FrameTable();
  private final CRC32C checksum = new CRC32C();
  private byte[] chunk = new byte[CHUNK];
  private int chunkStart;
  private int chunkLength;
  private int at = FileKey.HEADER;
  private int lastLength = FrameCipher.MAX_CONTENT;

  private FrameScanner(StoreFile file, FileKey key, long size) {
    this.file = file;
    this.key = key;
    this.size = size;
  }

  /** The frames of a file of this size. */
  static FrameTable scan(StoreFile file, FileKey key, long size) throws IOException {
    if (size > Integer.MAX_VALUE) {
      throw new IOException("too long for an encrypted file: " + size + " bytes");
    }
    return new FrameScanner(file, key, size).run();
  }

  private FrameTable run() throws IOException {
    while (at < size) {
      int length = frameLength(at);
      if (length < 0 || !isNext(length)) {
        if (length > 0 && FrameCipher.start(chunk, at - chunkStart) == frames.end()) {
          break; // its writing was cut short
        }
        if (!skip()) {
          break;
        }
        continue;
      }
      frames.add(length, at);
      at += length + FrameCipher.OVERHEAD;
      lastLength = length;
    }
    return frames;
  }

  /** Whether a frame at this place, of this length, is whole and follows the one before. */
  private boolean isNext(int length) throws IOException {
    return at + (long) length + FrameCipher.OVERHEAD <= size
        && FrameCipher.start(chunk, at - chunkStart) == frames.end();
  }

  /** Passes over bytes up to the next frame; false when there is none. */
  private boolean skip() throws IOException {
    lastLength = 0; // reads much at a time
    for (int next = at; next + FrameCipher.OVERHEAD <= size; next++) {
      int length = frameLength(next);
      if (length > 0) {
        int start = FrameCipher.start(chunk, next - chunkStart);
        if (start >= frames.end() && isWhole(next, length)) {
          if (start > frames.end()) {
            frames.addUnreadable(start - frames.end(), at, next - at);
          }
          at = next;
          return true;
        }
      }
    }
    int rest = (int) size - at;
    if (rest >= FrameCipher.OVERHEAD) {
      frames.addUnreadable(rest, at, rest);
    } // else the writing of a frame was cut short
    return false;
  }

  private boolean isWhole(int place, int length) throws IOException {
    if (place + (long) length + FrameCipher.OVERHEAD > size) {
      return false;
    }
    FrameCipher cipher = FrameCipher.take(key.cipher());
    try {
      int all = length + FrameCipher.OVERHEAD;
      return file.read(cipher.room(all), 0, all, place) == all
          && cipher.decrypt(key, length, cipher.content());
    } finally {
      cipher.giveBack();
    }
  }

  private int frameLength(int place) throws IOException {
    if (place + FrameCipher.PREFIX > size) {
      return -1;
    }
    if (place < chunkStart || place + FrameCipher.PREFIX > chunkStart + chunkLength) {
      // Long contents are not worth reading for what is in front of the next.
      int wanted = lastLength > WORTH_READING_OVER ? FrameCipher.PREFIX : CHUNK;
      chunkStart = place;
      chunkLength = file.read(chunk, 0, (int) Math.min(wanted, size - place), place);
      if (chunkLength < FrameCipher.PREFIX) {
        return -1;
      }
    }
    return FrameCipher.length(chunk, place - chunkStart, key.tag(), checksum);
  }
}
