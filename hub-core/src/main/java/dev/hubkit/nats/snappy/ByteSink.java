package dev.hubkit.nats.snappy;

/** Takes bytes, which it must have used or copied when it returns. */
@FunctionalInterface
public interface ByteSink {
  void write(byte[] bytes, int offset, int length);
}
