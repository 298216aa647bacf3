package dev.hubkit.nats.account;

/** Something that gathers work during a {@link Batch} and does it all at the batch's end. */
public interface Flushable {
  /**
   * Does the gathered work: writes the outgoing bytes, stores the appended messages. Called once
   * per batch, on the batch's thread, without locks held; may defer others to the same batch.
   */
  void flush(Batch batch);
}
