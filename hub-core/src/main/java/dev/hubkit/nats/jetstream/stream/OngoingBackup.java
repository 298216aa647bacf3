package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The backup of a stream that a client is being sent; as in nats-server there is at most one.
 * Confined to the stream's executor.
 */
public final class OngoingBackup {
  private final boolean supported;
  private @Nullable Transfer current;

  /**
   * Makes one for a stream that is not being backed up.
   *
   * @param supported whether the stream can be backed up at all
   */
  OngoingBackup(boolean supported) {
    this.supported = supported;
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
    if (current != null) {
      throw ApiError.STREAM_SNAPSHOT.exception("snapshot in progress");
    }
    T begun = transfer.get();
    current = begun;
    return begun;
  }

  /** Notes that a transfer has ended. */
  public void ended(Transfer transfer) {
    if (current == transfer) {
      current = null;
    }
  }

  /** Ends the transfer early, if there is one. */
  void close() {
    Transfer sending = current;
    if (sending != null) {
      sending.close();
    }
  }
}
