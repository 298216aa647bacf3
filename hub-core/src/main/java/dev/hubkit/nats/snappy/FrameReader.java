package dev.hubkit.nats.snappy;

/** Expands S2 frames, which come in pieces of any size. Not thread-safe. */
public final class FrameReader implements ByteSink {
  private final FrameDecoder decoder;
  private final PendingBytes pending = new PendingBytes(1 << 16);

  public FrameReader(ByteSink out) {
    this.decoder = new FrameDecoder(out);
  }

  /**
   * Takes the next piece.
   *
   * @throws FrameException if it is wrong
   */
  @Override
  public void write(byte[] bytes, int offset, int length) {
    pending.append(bytes, offset, length);
    int at = 0;
    while (pending.size() - at >= FrameDecoder.HEADER) {
      int body = decoder.body(pending.array(), at);
      if (pending.size() - at - FrameDecoder.HEADER < body) {
        break;
      }
      decoder.decode(pending.array(), at);
      at += FrameDecoder.HEADER + body;
    }
    pending.remove(at);
  }

  /**
   * The last piece has come.
   *
   * @throws FrameException if it ended within a frame
   */
  public void finish() {
    if (pending.size() > 0) {
      throw new FrameException("s2: corrupt input");
    }
  }
}
