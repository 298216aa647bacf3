package dev.hubkit.workspace;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How a hub and one of its upstreams are connected at one moment. The process that owns the hub
 * records it for other processes.
 *
 * @param kind which server of the hub it is for
 * @param url where the upstream is, without password or token; several URLs have commas between
 *     them
 * @param credentials the credentials file of the leaf node; empty for none, and of Fossil
 * @param connected of NATS, whether the leaf node is connected; of Fossil, whether the last sync
 *     went well
 * @param since since when that is so
 * @param problem why the last attempt failed, or the connection ended; null when neither did
 * @param domain the JetStream domain of the hub; empty for none, and of Fossil
 * @param remoteDomain the JetStream domain of the upstream; empty for none, while it is not known,
 *     and of Fossil
 * @param synced when the last sync ended that went well; null for none, and of NATS
 */
public record UpstreamState(
    Kind kind,
    String url,
    String credentials,
    boolean connected,
    Instant since,
    @Nullable String problem,
    String domain,
    String remoteDomain,
    @Nullable Instant synced) {
  /** The servers of a hub. */
  public enum Kind {
    /** The NATS server, a leaf node. */
    NATS,
    /** The Fossil server, whose repository is kept in sync. */
    FOSSIL
  }

  /** Returns whether another state differs in more than the time of the last sync. */
  public boolean differsFrom(@Nullable UpstreamState other) {
    return other == null
        || connected != other.connected
        || !url.equals(other.url)
        || !String.valueOf(problem).equals(String.valueOf(other.problem));
  }

  /**
   * Reads what {@link #write} has written; empty when there is none, or no hub can have written it.
   */
  static List<UpstreamState> read(Path file) throws IOException {
    @Nullable String text = AtomicFile.read(file);
    if (text == null) {
      return List.of();
    }
    try {
      return Json.parseObject(text).objects("upstreams").stream().map(UpstreamState::of).toList();
    } catch (JsonException | IllegalArgumentException | DateTimeException e) {
      return List.of();
    }
  }

  private static UpstreamState of(JsonObject json) {
    String synced = json.string("synced");
    return new UpstreamState(
        Kind.valueOf(json.string("kind", "").toUpperCase(Locale.ROOT)),
        json.string("url", ""),
        json.string("credentials", ""),
        json.bool("connected", false),
        Instant.parse(json.string("since", "")),
        json.string("problem"),
        json.string("domain", ""),
        json.string("remote_domain", ""),
        synced == null ? null : Instant.parse(synced));
  }

  /** Writes states to a file, which goes when there are none. */
  static void write(List<UpstreamState> all, Path file) throws IOException {
    if (all.isEmpty()) {
      Files.deleteIfExists(file);
      return;
    }
    JsonWriter json = JsonWriter.pretty().beginObject();
    write(all, json);
    AtomicFile.write(
        file, new String(json.endObject().toBytes(), StandardCharsets.UTF_8).strip() + "\n");
  }

  /** Adds states to an object, as its field {@code upstreams}. */
  @SuppressWarnings("exports")
  public static void write(List<UpstreamState> all, JsonWriter json) {
    json.beginArray("upstreams");
    for (UpstreamState each : all) {
      json.beginObject()
          .field("kind", each.kind.name().toLowerCase(Locale.ROOT))
          .field("url", each.url)
          .fieldIfSet("credentials", each.credentials)
          .field("connected", each.connected)
          .field("since", each.since.toString())
          .fieldIfSet("problem", each.problem)
          .fieldIfSet("domain", each.domain)
          .fieldIfSet("remote_domain", each.remoteDomain)
          .fieldIfSet("synced", each.synced == null ? null : each.synced.toString())
          .endObject();
    }
    json.endArray();
  }
}
