package dev.hubkit.nats.net;

/**
 * The size of nats-server's reads from a client: it begins at 512 bytes, doubles with each read
 * that fills it, and halves after some reads that do not fill half of it ({@code readLoop} in
 * {@code server/client.go}). Bytes that it has not read when it closes a connection cause a reset,
 * which a client can notice.
 */
final class AdaptiveReadSize {
  private static final int FIRST = 512;
  private static final int MIN = 64;
  private static final int MAX = 64 * 1024;
  private static final int SHORTS_TO_SHRINK = 2;

  private int size = FIRST;
  private int shorts;

  /** Records that a read returned {@code count} bytes. */
  void read(int count) {
    readBeyond(count, count);
  }

  /**
   * So many bytes came, and there was no reading on once the first {@code upTo} of them had been
   * read.
   *
   * @return whether that leaves some unread
   */
  boolean readBeyond(int upTo, int count) {
    int taken = 0;
    while (taken < upTo) {
      int bytes = Math.min(size, count - taken);
      taken += bytes;
      adjust(bytes);
    }
    return taken < count;
  }

  private void adjust(int bytes) {
    if (bytes == size) {
      shorts = 0;
      size = Math.min(2 * size, MAX);
      return;
    }
    if (bytes < size / 2) {
      shorts++;
    }
    if (size > MIN && shorts > SHORTS_TO_SHRINK) {
      size /= 2;
    }
  }
}
