package dev.hubkit.nats.peer;

import dev.hubkit.nats.snappy.FrameInputStream;
import dev.hubkit.nats.wire.ProtocolException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the operations of another server: a line of words, and a payload where the line says so.
 * Confined to the thread that reads.
 */
public final class PeerInput {
  private static final int FIRST = 32 * 1024;
  private static final int MOST_WORDS = 128;
  // INFO and CONNECT are all that comes before the other server has logged in.
  private static final int MOST_FRAME_BEFORE_LOGIN = 64 * 1024;
  // The payload of a message may be as large as the protocol can announce.
  private static final int MOST_PAYLOAD = 999_999_999;

  private InputStream in;
  private @Nullable FrameInputStream frames;
  private final Runnable waits;
  private byte[] buffer = new byte[FIRST];
  // The present operation begins at `start`, its line ends at `lineEnd`; what is read ends at
  // `end`.
  private int start;
  private int lineEnd;
  private int next;
  private int end;
  private int mostLine;
  private boolean unlimited;
  private final int[] wordStarts = new int[MOST_WORDS];
  private final int[] wordEnds = new int[MOST_WORDS];
  private int words;
  // Waits for the other server, with nothing begun.
  private volatile boolean waiting;

  /**
   * Reads from a stream.
   *
   * @param waits runs whenever all is served that has come
   */
  public PeerInput(InputStream in, int mostLine, Runnable waits) {
    this.in = in;
    this.waits = waits;
    this.mostLine = mostLine;
  }

  /** Changes how long a line may be, and takes S2 frames of any size. */
  public void limitLines(int most) {
    mostLine = most;
    unlimited = true;
    if (frames != null) {
      frames.unlimited();
    }
  }

  /** Reads S2 frames from now on, with what has come behind the present line. */
  public void decompress() {
    InputStream rest = in;
    if (next < end) {
      byte[] begun = Arrays.copyOfRange(buffer, next, end);
      rest = new SequenceInputStream(new ByteArrayInputStream(begun), in);
      end = next;
    }
    frames = new FrameInputStream(rest);
    if (!unlimited) {
      frames.limit(MOST_FRAME_BEFORE_LOGIN);
    }
    in = frames;
  }

  /**
   * Notes that what this reads from reads S2 frames from now on.
   *
   * @param below those frames
   */
  public void decompressBelow(FrameInputStream below) {
    frames = below;
    below.limit(MOST_FRAME_BEFORE_LOGIN);
  }

  /** Returns whether the next operation may have to be waited for. */
  public boolean isDrained() {
    return next >= end;
  }

  /** Returns whether all is served that has come. Any thread. */
  public boolean isWaiting() throws IOException {
    return waiting && in.available() == 0;
  }

  /**
   * Reads the line of the next operation.
   *
   * @throws EOFException when there is none any more
   */
  public void next() throws IOException, ProtocolException {
    start = next;
    int at = start;
    while (true) {
      for (; at < end; at++) {
        if (buffer[at] == '\n') {
          lineEnd = at > start && buffer[at - 1] == '\r' ? at - 1 : at;
          next = at + 1;
          split();
          return;
        }
      }
      if (end - start > mostLine) {
        throw new ProtocolException(
            "maximum control line exceeded", "the line of another server is too long");
      }
      at -= start;
      fill(end - start + 1);
      at += start;
    }
  }

  // Makes room for more, and reads at least one byte of the `size` that are wanted from `start` on.
  // The buffer grows with what has come, whatever the other server says that is to come.
  private void fill(int size) throws IOException {
    if (start + size > buffer.length) {
      int kept = end - start;
      boolean grows = size > buffer.length && kept > buffer.length / 2;
      if (grows || start > 0) {
        byte[] to = grows ? new byte[buffer.length * 2] : buffer;
        System.arraycopy(buffer, start, to, 0, kept);
        buffer = to;
        start = 0;
        end = kept;
      }
    }
    if (end == start) {
      waiting = true;
      waits.run();
    }
    int count = in.read(buffer, end, buffer.length - end);
    waiting = false;
    if (count < 0) {
      throw new EOFException("The other server has closed the connection");
    }
    end += count;
  }

  private void split() throws ProtocolException {
    words = 0;
    int at = start;
    while (at < lineEnd) {
      while (at < lineEnd && isSpace(buffer[at])) {
        at++;
      }
      if (at == lineEnd) {
        return;
      }
      if (words == MOST_WORDS) {
        throw new ProtocolException(null, "too many words on the line of another server");
      }
      wordStarts[words] = at;
      // The JSON behind INFO and CONNECT, and the text of an error, are one word.
      boolean whole = words == 1 && (is(0, "INFO") || is(0, "CONNECT") || is(0, "-ERR"));
      while (at < lineEnd && (whole || !isSpace(buffer[at]))) {
        at++;
      }
      wordEnds[words++] = at;
    }
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\t';
  }

  public int words() {
    return words;
  }

  public boolean is(int word, String text) {
    int length = text.length();
    if (word >= words) {
      return false;
    }
    if (wordEnds[word] - wordStarts[word] != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (buffer[wordStarts[word] + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  public String word(int index) throws ProtocolException {
    if (index >= words) {
      throw new ProtocolException(null, "a word is missing: " + line());
    }
    return new String(
        buffer, wordStarts[index], wordEnds[index] - wordStarts[index], StandardCharsets.UTF_8);
  }

  /** Returns whether a word is these bytes. */
  public boolean is(int word, byte[] bytes) {
    return word < words
        && Arrays.equals(buffer, wordStarts[word], wordEnds[word], bytes, 0, bytes.length);
  }

  public byte[] bytes(int word) throws ProtocolException {
    if (word >= words) {
      throw new ProtocolException(null, "a word is missing: " + line());
    }
    return Arrays.copyOfRange(buffer, wordStarts[word], wordEnds[word]);
  }

  public int size(int word) throws ProtocolException {
    int value = 0;
    if (word >= words || wordEnds[word] - wordStarts[word] > 9) {
      throw new ProtocolException(null, "bad size: " + line());
    }
    for (int i = wordStarts[word]; i < wordEnds[word]; i++) {
      int digit = buffer[i] - '0';
      if (digit < 0 || digit > 9) {
        throw new ProtocolException(null, "bad size: " + line());
      }
      value = value * 10 + digit;
    }
    return value;
  }

  /**
   * Reads the payload behind the line. Words are not to be asked for any more.
   *
   * @return where in {@link #buffer()} it begins
   */
  public int payload(int size) throws IOException, ProtocolException {
    if (size > MOST_PAYLOAD) {
      throw new ProtocolException(
          "Maximum Payload Violation", "a message of another server is too large");
    }
    int behind = next - start;
    while (end - start < behind + size + 2) {
      fill(behind + size + 2);
    }
    int at = start + behind;
    if (buffer[at + size] != '\r' || buffer[at + size + 1] != '\n') {
      throw new ProtocolException(null, "a message of another server does not end where it should");
    }
    next = at + size + 2;
    return at;
  }

  public byte[] buffer() {
    return buffer;
  }

  /** Returns where a word is, counted from {@link #start()}, which a payload may move. */
  public int offset(int word) {
    return wordStarts[word] - start;
  }

  public int length(int word) {
    return wordEnds[word] - wordStarts[word];
  }

  /** Returns where in {@link #buffer()} the present operation begins. */
  public int start() {
    return start;
  }

  private String line() {
    return new String(buffer, start, Math.min(lineEnd - start, 200), StandardCharsets.UTF_8);
  }
}
