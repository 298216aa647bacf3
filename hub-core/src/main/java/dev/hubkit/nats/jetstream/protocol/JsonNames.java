package dev.hubkit.nats.jetstream.protocol;

import dev.hubkit.json.JsonException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Parses enum constants of configurations, which JSON represents by name. */
public final class JsonNames {
  private JsonNames() {}

  /**
   * Returns the constant that {@code json} names, or {@code unset} for null.
   *
   * @throws JsonException if there is none of that name, with the text of nats-server
   */
  public static <E extends Enum<E>> E match(
      E[] constants, Function<E, String> text, @Nullable Object json, E unset) {
    return match(constants, text, json, unset, "can not unmarshal %s");
  }

  public static <E extends Enum<E>> E match(
      E[] constants, Function<E, String> text, @Nullable Object json, E unset, String complaint) {
    if (json == null) {
      return unset;
    }
    for (E constant : constants) {
      if (text.apply(constant).equals(json)) {
        return constant;
      }
    }
    String raw = json instanceof String name ? "\"" + name + "\"" : String.valueOf(json);
    String shown =
        complaint.startsWith("can not")
            ? "\"" + raw.replace("\\", "\\\\").replace("\"", "\\\"") + "\""
            : raw;
    throw new JsonException(String.format(complaint, shown));
  }
}
