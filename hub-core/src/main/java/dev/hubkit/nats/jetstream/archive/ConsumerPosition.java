package dev.hubkit.nats.jetstream.archive;

import dev.hubkit.nats.jetstream.store.ConsumerStore;
import dev.hubkit.time.Nanos;
import java.io.ByteArrayOutputStream;

/** The state of a consumer as nats-server keeps it in {@code o.dat}. */
final class ConsumerPosition {
  private static final int MAGIC = 22;
  private static final int VERSION = 2;
  private static final long SECOND = 1_000_000_000L;

  private ConsumerPosition() {}

  /**
   * Writes a state.
   *
   * @param now nanoseconds since the Unix epoch; times are kept in whole seconds before it
   */
  static byte[] write(ConsumerStore state, long now) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(MAGIC);
    out.write(VERSION);
    long floorConsumer = state.floorConsumer();
    long floorStream = state.floorStream();
    Varints.write(out, floorConsumer);
    Varints.write(out, floorStream);
    Varints.write(out, state.deliveredConsumer());
    Varints.write(out, state.deliveredStream());
    Varints.write(out, state.pendingCount());
    if (state.pendingCount() > 0) {
      long base = now / SECOND;
      Varints.writeSigned(out, base);
      for (long at = state.nextPending(1); at != 0; at = state.nextPending(at + 1)) {
        Varints.write(out, at - floorStream);
        Varints.write(out, state.pendingConsumer(at) - floorConsumer);
        Varints.writeSigned(out, base - state.pendingSince(at) / SECOND);
      }
    }
    Varints.write(out, state.redeliveredCount());
    for (long at = state.nextRedelivered(1); at != 0; at = state.nextRedelivered(at + 1)) {
      Varints.write(out, at - floorStream);
      Varints.write(out, state.redelivered(at));
    }
    return out.toByteArray();
  }

  /**
   * Reads a state into an empty one.
   *
   * @param name what the bytes are called when they are wrong
   * @throws ArchiveException if they are
   */
  static void read(byte[] bytes, String name, ConsumerStore state) {
    if (bytes.length < 2 || bytes[0] != MAGIC || (bytes[1] != VERSION && bytes[1] != 1)) {
      throw new ArchiveException(name + " is no state of a consumer");
    }
    boolean isOld = bytes[1] == 1;
    Varints in = new Varints(bytes, 2, name);
    long floorConsumer = in.read();
    long floorStream = in.read();
    long consumer = in.read();
    long stream = in.read();
    if (isOld) {
      // Then it had the next delivery, counted from the floor.
      consumer += Math.max(0, floorConsumer - 1);
      stream += Math.max(0, floorStream - 1);
    }
    if (floorConsumer < 0 || floorStream < 0 || consumer < 0 || stream < 0) {
      throw new ArchiveException(name + " has a negative sequence");
    }
    state.deliver(consumer, stream);
    state.raiseFloor(floorConsumer, floorStream);
    int pending = in.readCount();
    long base = pending > 0 ? in.readSigned() : 0;
    for (int i = 0; i < pending; i++) {
      long sequence = floorStream + in.read();
      long first = isOld ? 0 : floorConsumer + in.read();
      long time = in.readSigned();
      state.addPending(
          sequence,
          first,
          Nanos.ofSeconds(isOld ? Nanos.plus(base, time) : Nanos.minus(base, time)));
    }
    int redelivered = in.readCount();
    for (int i = 0; i < redelivered; i++) {
      long sequence = floorStream + in.read();
      state.setRedelivered(sequence, in.read());
    }
  }
}
