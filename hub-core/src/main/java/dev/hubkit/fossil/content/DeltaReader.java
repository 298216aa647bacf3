package dev.hubkit.fossil.content;

/** Reads the commands of a delta, which comes from outside. */
final class DeltaReader {
  private final byte[] delta;
  private int position;

  DeltaReader(byte[] delta) {
    this.delta = delta;
  }

  int targetSize() {
    position = 0;
    long size = number("target size");
    expect('\n', "target size");
    if (size > CompressedBlob.LARGEST) {
      throw malformed("target size " + size + " is beyond " + CompressedBlob.LARGEST);
    }
    return (int) size;
  }

  /** Adds up the commands without carrying them out. */
  void check(int targetSize, int sourceSize) {
    int start = position;
    long total = 0;
    while (true) {
      long count = number("command");
      int command = next("command");
      if (command == ';') {
        break;
      }
      if (command == '@') {
        long from = number("offset");
        expect(',', "offset");
        if (from + count > sourceSize) {
          throw malformed(
              "copy of " + count + " bytes from " + from + " is beyond a source of " + sourceSize);
        }
      } else if (command == ':') {
        if (count > delta.length - position) {
          throw malformed("insert of " + count + " bytes is beyond the end of the delta");
        }
        position += (int) count;
      } else {
        position--;
        throw malformed("unknown command " + show(command));
      }
      total += count;
      if (total > targetSize) {
        throw malformed("commands make more than the stated " + targetSize + " bytes");
      }
    }
    if (total != targetSize) {
      throw malformed("commands make " + total + " of the stated " + targetSize + " bytes");
    }
    position = start;
  }

  /** Carries out commands that {@link #check} has accepted. */
  void apply(byte[] source, byte[] target) {
    int end = 0;
    while (true) {
      long count = number("command");
      int command = next("command");
      if (command == ';') {
        if ((int) count != Delta.checksum(target)) {
          throw malformed("checksum does not match: not a delta of this source");
        }
        return;
      }
      int length = (int) count;
      if (command == '@') {
        int from = (int) number("offset");
        position++;
        System.arraycopy(source, from, target, end, length);
      } else {
        System.arraycopy(delta, position, target, end, length);
        position += length;
      }
      end += length;
    }
  }

  private long number(String what) {
    long number = 0;
    int start = position;
    while (position < delta.length) {
      int digit = digit(delta[position]);
      if (digit < 0) {
        break;
      }
      number = number << 6 | digit;
      if (number > 0xffff_ffffL) {
        throw malformed(what + " is a number beyond 32 bits");
      }
      position++;
    }
    if (position == start) {
      throw malformed(what + ": a number was expected");
    }
    return number;
  }

  private static int digit(byte c) {
    if (c >= '0' && c <= '9') {
      return c - '0';
    } else if (c >= 'A' && c <= 'Z') {
      return c - 'A' + 10;
    } else if (c == '_') {
      return 36;
    } else if (c >= 'a' && c <= 'z') {
      return c - 'a' + 37;
    } else if (c == '~') {
      return 63;
    }
    return -1;
  }

  private int next(String what) {
    if (position >= delta.length) {
      throw malformed(what + ": the delta ends too early");
    }
    return delta[position++];
  }

  private void expect(char c, String what) {
    int got = next(what);
    if (got != c) {
      position--;
      throw malformed(what + ": " + show(c) + " was expected, not " + show(got));
    }
  }

  private static String show(int c) {
    return c > 32 && c < 127 ? "'" + (char) c + "'" : "byte " + (c & 0xff);
  }

  private MalformedContentException malformed(String what) {
    return new MalformedContentException("delta, byte " + position + ": " + what);
  }
}
