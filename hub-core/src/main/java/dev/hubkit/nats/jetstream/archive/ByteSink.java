package dev.hubkit.nats.jetstream.archive;

/** Takes bytes, which it must have used or copied when it returns. */
@FunctionalInterface
interface ByteSink {
  void write(byte[] bytes, int offset, int length);
}
