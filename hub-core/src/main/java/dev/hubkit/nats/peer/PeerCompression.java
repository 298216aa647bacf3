package dev.hubkit.nats.peer;

import dev.hubkit.log.Quoted;
import dev.hubkit.nats.snappy.FrameWriter;
import dev.hubkit.nats.wire.ProtocolException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a server compresses what it sends another one, as far as that one takes part (CompressionOpts
 * in nats-server's {@code opts.go}).
 *
 * @param thresholds up to which round trip each level is chosen, from none to best, where the mode
 *     is {@link Mode#AUTO}; zero for a level that is not to be chosen
 */
public record PeerCompression(Mode mode, List<Duration> thresholds) {
  // defaultCompressionS2AutoRTTThresholds of nats-server.
  private static final List<Duration> THRESHOLDS =
      List.of(Duration.ofMillis(10), Duration.ofMillis(50), Duration.ofMillis(100));

  /** Modes of compression, by the names that servers tell each other. */
  public enum Mode {
    NOT_SUPPORTED("not supported", null),
    OFF("off", null),
    /** Only where the other server wants it. */
    ACCEPT("accept", null),
    /** As the round trip suggests. */
    AUTO("s2_auto", null),
    UNCOMPRESSED("s2_uncompressed", FrameWriter.Level.NONE),
    FAST("s2_fast", FrameWriter.Level.FAST),
    BETTER("s2_better", FrameWriter.Level.BETTER),
    BEST("s2_best", FrameWriter.Level.BEST);

    private final String text;
    private final FrameWriter.@Nullable Level level;

    Mode(String text, FrameWriter.@Nullable Level level) {
      this.text = text;
      this.level = level;
    }

    public String text() {
      return text;
    }

    /** Returns what the other server says of a connection that is not compressed. */
    public static Mode uncompressed(String text) {
      return text.isEmpty() || text.equals(NOT_SUPPORTED.text) ? NOT_SUPPORTED : OFF;
    }

    /** Returns whether servers talk about it before they begin (needsCompression). */
    public boolean isNegotiated() {
      return this != NOT_SUPPORTED && this != OFF;
    }

    FrameWriter.@Nullable Level level() {
      return level;
    }
  }

  public PeerCompression {
    thresholds = List.copyOf(thresholds);
  }

  /**
   * Returns the compression of that name.
   *
   * @param thresholds empty for those of nats-server
   */
  public static PeerCompression of(String mode, List<Duration> thresholds) {
    Mode known = named(mode);
    return new PeerCompression(
        known == null ? Mode.OFF : known, thresholds.isEmpty() ? THRESHOLDS : thresholds);
  }

  private static @Nullable Mode named(String text) {
    for (Mode each : Mode.values()) {
      if (each.text.equals(text)) {
        return each;
      }
    }
    return null;
  }

  /**
   * Returns the mode for a connection to a server that wants another mode; it is {@link
   * Mode#isNegotiated} when what follows is in S2 frames (selectCompressionMode).
   *
   * @param wanted what the other server has told; empty when it has told nothing
   * @param roundTrip how long it took to tell
   * @throws ProtocolException when it wants what there is not
   */
  public Mode negotiate(String wanted, Duration roundTrip) throws ProtocolException {
    if (!mode.isNegotiated()) {
      return mode == Mode.NOT_SUPPORTED || wanted.isEmpty() ? Mode.NOT_SUPPORTED : Mode.OFF;
    }
    Mode theirs = wanted.isEmpty() ? Mode.NOT_SUPPORTED : named(wanted);
    if (theirs == null) {
      String error = "unsupported route compression mode " + Quoted.of(wanted);
      throw new ProtocolException(error, error);
    }
    if (!theirs.isNegotiated()) {
      return theirs;
    }
    if (mode != Mode.ACCEPT) {
      return mode == Mode.AUTO ? at(roundTrip) : mode;
    }
    if (theirs == Mode.ACCEPT) {
      return Mode.OFF;
    }
    return theirs == Mode.AUTO ? Mode.FAST : theirs;
  }

  /** Returns what to tell of a mode that was chosen (compressionModeForInfoProtocol). */
  public Mode told(Mode chosen) {
    return mode == Mode.AUTO ? Mode.AUTO : chosen;
  }

  /** Returns the mode for a round trip (selectS2AutoModeBasedOnRTT). */
  public Mode at(Duration roundTrip) {
    int level = Math.min(thresholds.size() >= 3 ? 3 : thresholds.size() - 1, 3);
    for (int i = 0; i < thresholds.size(); i++) {
      if (roundTrip.compareTo(thresholds.get(i)) <= 0) {
        level = Math.min(i, 3);
        break;
      }
    }
    return switch (level) {
      case 0 -> Mode.UNCOMPRESSED;
      case 1 -> Mode.FAST;
      case 2 -> Mode.BETTER;
      default -> Mode.BEST;
    };
  }
}
