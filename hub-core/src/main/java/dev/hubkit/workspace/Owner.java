package dev.hubkit.workspace;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The record that the process that owns a workspace writes for other processes. It is valid only
 * while the owner holds its lock.
 *
 * @param instance an id no other run of a hub has
 * @param pid the process
 * @param processStarted when that process began according to the operating system, which
 *     distinguishes it from a later one with the same pid; null where the system does not tell
 * @param user the account the process runs as; empty where the system does not tell
 * @param root the root the hub was started for, as its owner saw it
 * @param lock identifies the file that the owner has locked, which distinguishes a moved directory,
 *     whose lock moves along, from a copied one; null where the system does not tell
 * @param state the stage of the owner's life
 * @param since when the hub began to start
 * @param version the version of Hub
 * @param fossil where Fossil is served; null when it is not, or not yet
 * @param nats where NATS is served; null when it is not, or not yet
 */
public record Owner(
    String instance,
    long pid,
    @Nullable Instant processStarted,
    String user,
    String root,
    @Nullable String lock,
    State state,
    Instant since,
    String version,
    @Nullable Endpoint fossil,
    @Nullable Endpoint nats) {
  /** The stages of an owner's life. */
  public enum State {
    /** It has the lock and starts its servers. */
    STARTING,
    /** Its servers answer. */
    READY,
    /** It stops its servers. */
    STOPPING
  }

  private static final String NO_CHECKSUM = "00000000";
  private static final Pattern CHECKSUM = Pattern.compile("\"checksum\": \"([0-9a-f]{8})\"");

  // Linux gives the start in ticks since a boot time that moves when the clock is set.
  private static final Duration CLOCK_SLACK = Duration.ofSeconds(5);

  /** The record of this process, which is about to start its servers. */
  static Owner starting(
      String instance, Path root, @Nullable String lock, Instant now, String version) {
    ProcessHandle self = ProcessHandle.current();
    return new Owner(
        instance,
        self.pid(),
        self.info().startInstant().orElse(null),
        self.info().user().orElse(""),
        root.toString(),
        lock,
        State.STARTING,
        now,
        version,
        null,
        null);
  }

  /** The same owner in another state. */
  Owner in(State next) {
    return new Owner(
        instance, pid, processStarted, user, root, lock, next, since, version, fossil, nats);
  }

  /** The same owner, whose servers answer. */
  Owner ready(@Nullable Endpoint fossilAt, @Nullable Endpoint natsAt) {
    return new Owner(
        instance,
        pid,
        processStarted,
        user,
        root,
        lock,
        State.READY,
        since,
        version,
        fossilAt,
        natsAt);
  }

  /** The running process with this pid, provided it is the one that wrote the record. */
  public Optional<ProcessHandle> process() {
    return ProcessHandle.of(pid).filter(RunningProcess::isRunning).filter(this::isSame);
  }

  private boolean isSame(ProcessHandle handle) {
    Instant actual = handle.info().startInstant().orElse(null);
    return actual == null
        || processStarted == null
        || Duration.between(actual, processStarted).abs().compareTo(CLOCK_SLACK) < 0;
  }

  /** Reads a record; empty when there is none, or a hub cannot have written it. */
  static Optional<Owner> read(Path file) throws IOException {
    @Nullable String text = AtomicFile.read(file);
    if (text == null || !isIntact(text)) {
      return Optional.empty();
    }
    try {
      return Optional.of(parse(Json.parseObject(text)));
    } catch (JsonException | IllegalArgumentException | DateTimeException e) {
      // No hub wrote this; callers treat the record as missing.
      return Optional.empty();
    }
  }

  // One wrong digit of a process id or a path could stop another process, or remove the entry of a
  // running hub.
  private static boolean isIntact(String text) {
    Matcher checksum = CHECKSUM.matcher(text);
    if (!checksum.find()) {
      return true; // as hubs wrote it before records had one
    }
    String sum = checksum.group(1);
    return sum.equals(checksumOf(checksum));
  }

  /** The CRC-32C of the record with zeros in place of its checksum. */
  private static String checksumOf(Matcher checksum) {
    CRC32C crc = new CRC32C();
    crc.update(
        checksum
            .replaceFirst("\"checksum\": \"" + NO_CHECKSUM + '"')
            .getBytes(StandardCharsets.UTF_8));
    return String.format(Locale.ROOT, "%08x", crc.getValue());
  }

  private static Owner parse(JsonObject json) {
    String started = json.string("process_started");
    return new Owner(
        json.string("instance", ""),
        json.integer("pid", -1),
        started == null ? null : Instant.parse(started),
        json.string("user", ""),
        json.string("root", ""),
        json.string("lock"),
        State.valueOf(json.string("state", "").toUpperCase(Locale.ROOT)),
        Instant.parse(json.string("since", "")),
        json.string("version", ""),
        Endpoint.read(json.object("fossil")),
        Endpoint.read(json.object("nats")));
  }

  void write(Path file) throws IOException {
    JsonWriter json =
        JsonWriter.pretty()
            .beginObject()
            .field("instance", instance)
            .field("pid", pid)
            .fieldIfSet(
                "process_started", processStarted == null ? null : processStarted.toString())
            .fieldIfSet("user", user)
            .field("root", root)
            .fieldIfSet("lock", lock)
            .field("state", state.name().toLowerCase(Locale.ROOT))
            .field("since", since.toString())
            .field("version", version);
    if (fossil != null) {
      fossil.write("fossil", json);
    }
    if (nats != null) {
      nats.write("nats", json);
    }
    json.field("checksum", NO_CHECKSUM).endObject();
    String text = new String(json.toBytes(), StandardCharsets.UTF_8).strip();
    Matcher checksum = CHECKSUM.matcher(text);
    if (!checksum.find()) {
      throw new IllegalStateException("A record without a checksum: " + text);
    }
    String sum = checksumOf(checksum);
    AtomicFile.write(file, checksum.replaceFirst("\"checksum\": \"" + sum + '"') + "\n");
  }
}
