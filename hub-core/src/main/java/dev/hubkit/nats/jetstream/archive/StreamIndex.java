package dev.hubkit.nats.jetstream.archive;

/**
 * What nats-server keeps in {@code index.db} about a stream, as far as its message blocks don't say
 * it: where the stream begins and ends, and which messages have left it from within.
 */
final class StreamIndex {
  private static final int MAGIC = 11;
  private static final int SET_MAGIC = 22;
  private static final int CHECKSUM = 8;

  private StreamIndex() {}

  /**
   * Reads an index.
   *
   * @throws ArchiveException if it is none
   */
  static void read(byte[] bytes, String stream, String name, ArchiveReader.Target target) {
    if (bytes.length < 2 + CHECKSUM || bytes[0] != MAGIC || bytes[1] < 1 || bytes[1] > 4) {
      throw new ArchiveException(name + " is no index of a stream");
    }
    int end = bytes.length - CHECKSUM;
    HighwayHash hash = new HighwayHash(stream);
    hash.add(bytes, 0, end);
    if (hash.finish() != (long) BlockWriter.LONGS.get(bytes, end)) {
      throw new ArchiveException(name + " has a wrong checksum");
    }
    int version = bytes[1];
    read(bytes, version, new Varints(bytes, 2, name), name, target);
  }

  private static void read(
      byte[] bytes, int version, Varints in, String name, ArchiveReader.Target target) {
    in.read(); // messages
    in.read(); // bytes
    long first = in.read();
    in.readSigned(); // time of the first
    long last = in.read();
    long lastTime = in.readSigned();
    skipSubjects(in, version);
    int blocks = in.readCount();
    long before = 0;
    for (int i = 0; i < blocks; i++) {
      in.read(); // number
      in.read(); // bytes
      long blockFirst = in.read();
      in.readSigned();
      if (blockFirst > before + 1) {
        target.gone(before + 1, blockFirst - 1);
      }
      before = in.read();
      in.readSigned();
      long deleted = in.read();
      for (int field = 2; field <= Math.min(version, 3); field++) {
        in.read(); // times to live, schedules
      }
      if (deleted > 0) {
        sequences(bytes, in, name, target);
      }
    }
    target.bounds(first, last, lastTime);
  }

  private static void skipSubjects(Varints in, int version) {
    int subjects = in.readCount();
    for (int i = 0; i < subjects; i++) {
      in.claim(in.readCount());
      long total = in.read();
      in.read(); // first block
      if (total > 1 || version >= 4) {
        in.read(); // last block
      }
    }
  }

  // A set of sequences: nodes of 2,048 (once 4,096) bits each.
  private static void sequences(
      byte[] bytes, Varints in, String name, ArchiveReader.Target target) {
    int at = in.claim(10);
    if (bytes[at] != SET_MAGIC || bytes[at + 1] < 1 || bytes[at + 1] > 2) {
      throw new ArchiveException(name + " has no set of sequences where one must be");
    }
    int words = bytes[at + 1] == 1 ? 64 : 32;
    int nodes = (int) BlockWriter.INTS.get(bytes, at + 2);
    for (int node = 0; node < nodes; node++) {
      int base = in.claim(8 * (1 + words) + 2);
      long sequence = (long) BlockWriter.LONGS.get(bytes, base);
      for (int word = 0; word < words; word++) {
        long bits = (long) BlockWriter.LONGS.get(bytes, base + 8 * (1 + word));
        for (; bits != 0; bits &= bits - 1) {
          long gone = sequence + 64L * word + Long.numberOfTrailingZeros(bits);
          target.gone(gone, gone);
        }
      }
    }
  }
}
