package dev.hubkit.nats;

import dev.hubkit.nats.config.Option;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/** Which values of options a {@link NatsServer} can work with; a file may have more to say. */
final class OptionBounds {
  private record Bound<T>(Option<T> option, Predicate<T> allowed, Function<T, String> complaint) {
    @SuppressWarnings("unchecked")
    void check(Option<?> set, Object value) {
      if (set == option) {
        check((T) value);
      }
    }

    private void check(T value) {
      if (!allowed.test(value)) {
        throw new IllegalArgumentException(complaint.apply(value));
      }
    }

    void check(ServerConfig config) {
      check(config.get(option));
    }
  }

  private static final List<Bound<?>> BOUNDS =
      List.of(
          range(Options.PORT, 0, 65_535),
          // The protocol itself has no larger size than 999,999,999: parseSize of nats-server.
          notZero(Options.MAX_PAYLOAD),
          // nats-server starts with any limit of a line, even with one that no line keeps to, and
          // with negative times.
          notZero(Options.MAX_CONTROL_LINE),
          notZero(Options.MAX_PINGS_OUT),
          positive(Options.MAX_PENDING, String::valueOf),
          notZeroTime(Options.PING_INTERVAL),
          notZeroTime(Options.WRITE_DEADLINE),
          new Bound<>(Options.SERVER_NAME, name -> name.indexOf(' ') < 0, OptionBounds::notAName));

  private OptionBounds() {}

  private static Bound<Integer> range(Option<Integer> option, int least, int most) {
    return new Bound<>(
        option,
        value -> value >= least && value <= most,
        value -> outside(option.name(), least, most, value));
  }

  static String outside(String what, int least, int most, int value) {
    return what + " must be from " + least + " to " + most + ": " + value;
  }

  private static Bound<Integer> notZero(Option<Integer> option) {
    return new Bound<>(option, value -> value != 0, value -> option.name() + " must not be 0");
  }

  private static Bound<Long> notZeroTime(Option<Long> option) {
    return new Bound<>(option, value -> value != 0, value -> option.name() + " must not be 0");
  }

  private static Bound<Long> positive(Option<Long> option, Function<Long, String> form) {
    return new Bound<>(
        option,
        value -> value > 0,
        value -> option.name() + " must be positive: " + form.apply(value));
  }

  static String notAName(String name) {
    return "A server name must not be empty nor hold spaces: \"" + name + "\"";
  }

  /**
   * Checks all options.
   *
   * @throws IllegalArgumentException for the first whose value no server can work with
   */
  static void check(ServerConfig config) {
    BOUNDS.forEach(bound -> bound.check(config));
  }

  /**
   * Checks one option.
   *
   * @throws IllegalArgumentException if no server can work with that value of it
   */
  static <T> void check(Option<T> option, T value) {
    BOUNDS.forEach(bound -> bound.check(option, value));
  }
}
