package dev.hubkit.junit.assertj;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hubkit.fixture.FieldPath;
import dev.hubkit.fixture.RecordedMessage;
import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A message as it is compared: without what does not count. */
final class ComparedMessage {
  private static final int SHOWN = 200;
  private static final String INBOX = "_INBOX.";

  private final String subject;
  private final String reply;
  private final Map<String, List<String>> headers = new TreeMap<>();
  private final boolean isJson;
  private final @Nullable Object json;
  private final String body;

  private ComparedMessage(RecordedMessage message, ComparisonRules rules) {
    subject = inbox(message.subject());
    reply = message.reply().map(ComparedMessage::inbox).orElse("");
    message
        .headers()
        .forEach(
            (name, values) -> {
              if (!rules.headers().contains(name.toLowerCase(Locale.ROOT))) {
                headers.put(name, values);
              }
            });
    if (!message.status().isEmpty()) {
      headers.put("(status)", List.of(message.status()));
    }
    Object tree = NO_JSON;
    if (!message.isCut() && message.length() > 0) {
      try {
        tree = Json.parse(message.payload());
      } catch (JsonException e) {
        // Then its bytes are compared.
      }
    }
    isJson = tree != NO_JSON;
    for (FieldPath path : isJson ? rules.fields() : List.<FieldPath>of()) {
      tree = path.change(tree, value -> FieldPath.ABSENT);
    }
    json = isJson ? tree : null;
    body =
        isJson
            ? canonical(tree)
            : new String(message.payload(), java.nio.charset.StandardCharsets.ISO_8859_1)
                + (message.isCut() ? "… " + message.length() + " bytes" : "");
  }

  private static final Object NO_JSON = new Object();

  static ComparedMessage of(RecordedMessage message, ComparisonRules rules) {
    return new ComparedMessage(message, rules);
  }

  private static String inbox(String subject) {
    return subject.startsWith(INBOX) ? INBOX + "…" : subject;
  }

  String subject() {
    return subject;
  }

  // The order of fields does not count.
  private static String canonical(@Nullable Object value) {
    return new String(JsonWriter.compact().any(sorted(value)).toBytes(), UTF_8);
  }

  private static @Nullable Object sorted(@Nullable Object value) {
    if (value instanceof JsonObject object) {
      Map<String, @Nullable Object> fields = new TreeMap<>();
      object.names().forEach(name -> fields.put(name, sorted(object.get(name))));
      return JsonObject.of(fields);
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> elements = new ArrayList<>();
      list.forEach(element -> elements.add(sorted(element)));
      return elements;
    }
    return value;
  }

  boolean isLike(ComparedMessage other) {
    return subject.equals(other.subject)
        && reply.equals(other.reply)
        && headers.equals(other.headers)
        && isJson == other.isJson
        && body.equals(other.body);
  }

  /** Returns how another message differs from this one, a line for each difference. */
  List<String> differences(ComparedMessage other) {
    List<String> differences = new ArrayList<>();
    difference("subject", subject, other.subject, differences);
    difference("reply", reply, other.reply, differences);
    Set<String> names = new TreeSet<>(headers.keySet());
    names.addAll(other.headers.keySet());
    for (String name : names) {
      difference("header " + name, headers.get(name), other.headers.get(name), differences);
    }
    if (isJson && other.isJson) {
      compare("$", json, other.json, differences);
    } else {
      difference("payload", shown(), other.shown(), differences);
    }
    return differences;
  }

  private static void difference(
      String what, @Nullable Object before, @Nullable Object after, List<String> differences) {
    if (!Objects.equals(before, after)) {
      differences.add(
          what
              + ": "
              + (before == null ? "(none)" : before)
              + " -> "
              + (after == null ? "(none)" : after));
    }
  }

  private static void compare(
      String path, @Nullable Object before, @Nullable Object after, List<String> differences) {
    if (before instanceof JsonObject a && after instanceof JsonObject b) {
      Set<String> names = new TreeSet<>(a.names());
      names.addAll(b.names());
      for (String name : names) {
        String at = path + "." + name;
        if (!a.names().contains(name)) {
          differences.add(at + ": (none) -> " + shortened(canonical(b.get(name))));
        } else if (!b.names().contains(name)) {
          differences.add(at + ": " + shortened(canonical(a.get(name))) + " -> (none)");
        } else {
          compare(at, a.get(name), b.get(name), differences);
        }
      }
    } else if (before instanceof List<?> a && after instanceof List<?> b && a.size() == b.size()) {
      for (int i = 0; i < a.size(); i++) {
        compare(path + "[" + i + "]", a.get(i), b.get(i), differences);
      }
    } else {
      difference(path, shortened(canonical(before)), shortened(canonical(after)), differences);
    }
  }

  private static String shortened(String text) {
    return text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text;
  }

  private String shown() {
    String text =
        isJson
            ? body
            : new String(body.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1), UTF_8);
    return shortened(text.replaceAll("[\\x00-\\x1f\\x7f\\ufffd]", "\u00b7"));
  }

  /** Returns a line. */
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(subject);
    if (!reply.isEmpty()) {
      line.append(" (reply ").append(reply).append(')');
    }
    headers.forEach((name, values) -> line.append(' ').append(name).append('=').append(values));
    return body.isEmpty() ? line.toString() : line.append(' ').append(shown()).toString();
  }
}
