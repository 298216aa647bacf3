package dev.hubkit.nats.crash;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.api.StreamState;
import java.io.IOException;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits for the moment at which to kill a server, and says afterwards whether the kill hit that
 * moment.
 */
final class CrashMoment {
  private static final long POLL = 100_000;

  private final CrashAim aim;
  private final StoreFiles files;
  private final Connection connection;
  private final CrashedStream stream;
  private boolean expiring;
  private boolean deleting;

  CrashMoment(CrashAim aim, StoreFiles files, Connection connection, CrashedStream stream) {
    this.aim = aim;
    this.files = files;
    this.connection = connection;
    this.stream = stream;
  }

  /** Returns when the moment has come, or after {@code most} nanoseconds. */
  void await(StreamCrashLoad load, long most, Random random)
      throws IOException, JetStreamApiException {
    long end = System.nanoTime() + most;
    // Passing over some changes avoids aiming only at work that is left over from the opening.
    int passes = random.nextInt(3);
    switch (aim) {
      case ROLLOVER -> awaitChange(".seg", true, end, passes);
      case REWRITING, COMPRESSION -> {
        awaitChange(".seg.tmp", true, end, passes);
        LockSupport.parkNanos(random.nextInt(20_000_000));
      }
      case DIGEST -> awaitChange(".digest.tmp", true, end, passes);
      case RECLAIMING -> deleting = awaitChange(".seg", false, end, passes);
      case EXPIRY -> awaitExpiry(end);
      default -> {
        for (int i = 0; i <= passes; i++) {
          await(load, true, end);
          if (i < passes) {
            await(load, false, end);
          }
        }
        LockSupport.parkNanos(random.nextInt(3_000_000));
      }
    }
  }

  private static void await(StreamCrashLoad load, boolean requested, long end) {
    while (load.isRequested() != requested && System.nanoTime() < end) {
      LockSupport.parkNanos(POLL);
    }
  }

  /**
   * Waits until a file with this suffix appears or goes, and then for {@code more} such changes.
   */
  private boolean awaitChange(String suffix, boolean appears, long end, int more) {
    Set<String> known = files.names(suffix);
    int left = more;
    while (System.nanoTime() < end) {
      Set<String> now = files.names(suffix);
      Set<String> changed = new TreeSet<>(appears ? now : known);
      changed.removeAll(appears ? known : now);
      if (!changed.isEmpty() && left-- == 0) {
        return true;
      }
      known = now;
      LockSupport.parkNanos(POLL);
    }
    return false;
  }

  /** Waits until messages have expired between two looks, so that more are about to expire. */
  private void awaitExpiry(long end) throws IOException, JetStreamApiException {
    long gone = -1;
    int times = 0;
    while (System.nanoTime() < end && times < 3) {
      StreamState state =
          connection.jetStreamManagement().getStreamInfo(stream.name()).getStreamState();
      long now = state.getLastSequence() - state.getMsgCount();
      times = gone >= 0 && now > gone ? times + 1 : 0;
      gone = now;
      LockSupport.parkNanos(5_000_000);
    }
    expiring = times == 3;
  }

  /** Returns whether the server, which is dead now, was doing the targeted work. */
  boolean isHit(StreamCrashLoad load) throws IOException {
    return switch (aim) {
      case ROLLOVER -> files.endsFresh();
      case REWRITING, COMPRESSION -> !files.names(".seg.tmp").isEmpty();
      case DIGEST -> !files.names(".digest.tmp").isEmpty();
      case RECLAIMING -> deleting;
      case EXPIRY -> expiring;
      default -> load.isRequested();
    };
  }
}
