package dev.hubkit.nats.system;

import dev.hubkit.nats.snappy.FrameWriter;
import dev.hubkit.nats.wire.HeaderBlock;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;

/**
 * A payload in an encoding that its receiver accepts, and the header block that names it; empty
 * when the receiver names no encodings.
 */
record EncodedPayload(byte[] header, byte[] payload) {
  private static final byte[] NOTHING = new byte[0];

  /** Encodes a payload, with Snappy rather than gzip where both are accepted. */
  static EncodedPayload of(byte[] payload, String accepted) {
    String lower = accepted.toLowerCase(Locale.ROOT);
    if (lower.isEmpty()) {
      return new EncodedPayload(NOTHING, payload);
    }
    if (lower.contains("snappy") || lower.contains("s2")) {
      return named("snappy", FrameWriter.compress(payload));
    }
    return lower.contains("gzip") ? named("gzip", gzip(payload)) : named("identity", payload);
  }

  private static EncodedPayload named(String encoding, byte[] payload) {
    return new EncodedPayload(HeaderBlock.add(NOTHING, "Content-Encoding", encoding), payload);
  }

  private static byte[] gzip(byte[] data) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
