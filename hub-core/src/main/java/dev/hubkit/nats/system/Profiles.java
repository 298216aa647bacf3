package dev.hubkit.nats.system;

import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.monitor.RuntimeProfile;
import dev.hubkit.time.GoDuration;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests for profiles. Those of nats-server are of a program in Go; under the names of
 * threads and memory there, this gives those of the Java virtual machine, as text.
 */
final class Profiles {
  private static final long LONGEST_NANOS = 15_000_000_000L;

  private Profiles() {}

  static JsonWriter of(JsonObject asked) {
    String name = asked.string("name", "");
    return switch (name) {
      case "" -> answer(null, "Profile name not specified");
      case "cpu" -> answer(null, processor(asked.integer("duration", 0)));
      case "goroutine", "threadcreate" -> answer(RuntimeProfile.threads(), "");
      case "heap", "allocs" -> answer(RuntimeProfile.memory(), "");
      default -> answer(null, "Profile \"" + name + "\" not found");
    };
  }

  private static String processor(long nanos) {
    return nanos <= 0 || nanos > LONGEST_NANOS
        ? "Duration " + GoDuration.format(nanos) + " should be between 0s and 15s"
        : "Failed to start CPU profile: the server runs on a Java virtual machine";
  }

  private static JsonWriter answer(@Nullable String profile, String error) {
    String encoded =
        profile == null
            ? null
            : Base64.getEncoder().encodeToString(profile.getBytes(StandardCharsets.UTF_8));
    return JsonWriter.compact()
        .beginObject()
        .any("profile", encoded)
        .field("error", error)
        .endObject();
  }
}
