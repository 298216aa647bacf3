package dev.hubkit.nats.peer;

import dev.hubkit.nats.snappy.FrameWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The stream to another server, in S2 frames from the time on that both have agreed on them. One
 * thread writes; any thread changes the compression, which holds for what is written afterwards.
 */
public final class PeerOutputStream extends OutputStream {
  // What is compressed before it is passed on.
  private static final int PIECE = 64 * 1024;

  private final OutputStream out;
  private volatile FrameWriter.@Nullable Level level;
  // Of the writing thread.
  private FrameWriter.@Nullable Level framed;
  private @Nullable FrameWriter frames;
  private final ByteArrayOutputStream compressed = new ByteArrayOutputStream(0);

  /** Passes on what is written as it is, until it is to be compressed. */
  public PeerOutputStream(OutputStream out) {
    this.out = out;
  }

  /** Compresses what is written from now on. */
  public void compress(PeerCompression.Mode mode) {
    level = mode.level();
  }

  @Override
  public void write(int each) throws IOException {
    write(new byte[] {(byte) each}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    FrameWriter.Level wanted = level;
    if (wanted == null) {
      out.write(bytes, offset, length);
      return;
    }
    FrameWriter to = frames(wanted);
    for (int at = 0; at < length; at += PIECE) {
      to.write(bytes, offset + at, Math.min(PIECE, length - at));
      pass();
    }
  }

  private FrameWriter frames(FrameWriter.Level wanted) {
    FrameWriter present = frames;
    if (present == null || framed != wanted) {
      if (present != null) {
        present.flush();
      }
      present = new FrameWriter(compressed::write, wanted);
      frames = present;
      framed = wanted;
    }
    return present;
  }

  private void pass() throws IOException {
    if (compressed.size() > 0) {
      compressed.writeTo(out);
      compressed.reset();
    }
  }

  @Override
  public void flush() throws IOException {
    if (frames != null) {
      frames.flush();
      pass();
    }
    out.flush();
  }
}
