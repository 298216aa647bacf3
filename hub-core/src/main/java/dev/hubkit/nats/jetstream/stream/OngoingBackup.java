package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** The backups of a stream that clients are being sent. Confined to the stream's executor. */
public final class OngoingBackup {
  private final boolean supported;
  private final boolean several;
  private final Set<Transfer> current = new LinkedHashSet<>();

  /**
   * Makes one for a stream that is not being backed up.
   *
   * @param supported whether the stream can be backed up at all
   * @param several whether there may be more than one at a time
   */
  OngoingBackup(boolean supported, boolean several) {
    this.supported = supported;
    this.several = several;
  }

  /** An archive of the stream on its way to a client. */
  @FunctionalInterface
  public interface Transfer {
    /** Ends the transfer early. */
    void close();
  }

  /**
   * Begins to send an archive of the stream.
   *
   * @param transfer makes the transfer; not called when there can be none
   * @throws ApiException {@link ApiError#STREAM_SNAPSHOT}
   */
  public <T extends Transfer> T begin(Supplier<T> transfer) {
    if (!supported) {
      throw ApiError.STREAM_SNAPSHOT.exception("no impl");
    }
    if (!several && !current.isEmpty()) {
      throw ApiError.STREAM_SNAPSHOT.exception("snapshot in progress");
    }
    T begun = transfer.get();
    current.add(begun);
    return begun;
  }

  /** Notes that a transfer has ended. */
  public void ended(Transfer transfer) {
    current.remove(transfer);
  }

  /** Ends the transfers early. */
  void close() {
    List.copyOf(current).forEach(Transfer::close);
  }
}
