package dev.hubkit.nats.cluster;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a cluster answers, without what differs from run to run: times, identities, who leads. */
final class ComparableAnswer {
  private static final Pattern TIME =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\S*");
  private static final Pattern SERVER = Pattern.compile("\\bn[123]\\b");
  private static final Pattern GROUP = Pattern.compile("((?:S|C)-R\\d[FM]-)\\w{8}");
  private static final Pattern ACK =
      Pattern.compile("(\\$JS\\.ACK\\.[^.]+\\.[^.]+\\.\\d+\\.\\d+\\.\\d+)\\.\\d+(\\.\\d+)");
  // Sent at once, while replicas are still being told of what these tell.
  private static final Pattern AT_ONCE =
      Pattern.compile("_(create|update|leader_elected)(_response)?$");
  private static final Set<String> IDENTITIES =
      Set.of("id", "peer", "client", "server_id", "acc", "server", "host", "ver");
  private static final Set<String> DURATIONS = Set.of("active", "pause_remaining");

  // Whether replicas have had the time to say how far they are.
  private final boolean settled;

  private ComparableAnswer(boolean settled) {
    this.settled = settled;
  }

  /** Returns a text, of which JSON is read and written anew. */
  static String of(String text) {
    if (!text.startsWith("{")) {
      return plain(text);
    }
    try {
      JsonObject read = Json.parseObject(text);
      boolean settled = !AT_ONCE.matcher(read.string("type", "")).find();
      return shown(new ComparableAnswer(settled).object(read));
    } catch (JsonException e) {
      return plain(text);
    }
  }

  private static String plain(String text) {
    String result = SERVER.matcher(text).replaceAll("(server)");
    result = GROUP.matcher(result).replaceAll("$1(id)");
    result = ACK.matcher(result).replaceAll("$1.(time)$2");
    return TIME.matcher(result)
        .replaceAll(match -> match.group().startsWith("0001") ? "0001" : "(time)");
  }

  private @Nullable Object value(String name, @Nullable Object value) {
    if (value != null && (DURATIONS.contains(name) || IDENTITIES.contains(name))) {
      return "(" + name + ")";
    }
    if (value instanceof JsonObject object) {
      return object(object);
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> elements = new ArrayList<>();
      list.forEach(element -> elements.add(value("", element)));
      if (name.equals("replicas")) {
        elements.sort((one, other) -> shown(one).compareTo(shown(other)));
      }
      return elements;
    }
    if (value instanceof String string) {
      return name.equals("hdrs") ? plain(decoded(string)) : plain(string);
    }
    return value;
  }

  private JsonObject object(JsonObject object) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    for (String field : object.names()) {
      if (!isOfTheMoment(field, object)) {
        fields.put(field, value(field, object.get(field)));
      }
    }
    return JsonObject.of(fields);
  }

  /** Returns whether a field depends on the moment, or on who leads the whole cluster. */
  private boolean isOfTheMoment(String field, JsonObject object) {
    return switch (field) {
      case "leader_since", "api" -> true;
      // What a server adds by itself tells its version.
      case "_nats.ver", "_nats.level" -> true;
      case "lag" -> true;
      case "current" -> !settled && object.has("peer");
      default -> false;
    };
  }

  private static String shown(@Nullable Object value) {
    return new String(JsonWriter.compact().any(value).toBytes(), StandardCharsets.UTF_8);
  }

  private static String decoded(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8)
        .strip()
        .replace("\r\n", ", ");
  }
}
