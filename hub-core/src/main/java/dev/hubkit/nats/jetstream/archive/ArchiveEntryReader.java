package dev.hubkit.nats.jetstream.archive;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.jetstream.store.ConsumerStore;
import dev.hubkit.nats.snappy.ByteSink;
import dev.hubkit.nats.snappy.PendingBytes;
import dev.hubkit.text.GoNumber;
import dev.hubkit.time.GoTimeParser;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads the archive that nats-server makes from 2.15 on (server/stream_backup.go and
 * server/archive), which comes in pieces of any size: entries with a name, a time, a sequence and
 * content. The first is the state of the stream, then come its consumers, its messages, and an
 * entry without anything. Not thread-safe.
 */
final class ArchiveEntryReader implements ByteSink {
  /** What such an archive begins with. */
  static final byte[] MAGIC = "NATSARC1".getBytes(StandardCharsets.US_ASCII);

  private static final int MAX_NAME = 1 << 20;
  private static final int MAX_CONTENT = 256 << 20;
  private static final int LONGEST_VARINT = 10;
  private static final String CONSUMERS = "consumers/";

  private final ArchiveReader.Target target;
  private final JsonStruct stateType;
  private final JsonStruct consumerType;
  private final PendingBytes pending = new PendingBytes(1 << 12);
  private int at;
  private @Nullable JsonObject state;
  private boolean complete;
  private long consumersLeft;
  private long previous;
  private long last;

  ArchiveEntryReader(ArchiveReader.Target target, JsonStruct stateType, JsonStruct consumerType) {
    this.target = target;
    this.stateType = stateType;
    this.consumerType = consumerType;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    pending.append(bytes, offset, length);
    int done = 0;
    for (at = 0; readEntry(); ) {
      done = at;
    }
    pending.remove(done);
  }

  /** Reads an entry; returns false if it is incomplete. */
  private boolean readEntry() {
    if (at == pending.size() || complete) {
      return false;
    }
    long[] numbers = new long[5];
    for (int i = 0; i < numbers.length; i++) {
      if (!readVarint(numbers, i)) {
        return false;
      }
    }
    long timestamp = numbers[1] >>> 1 ^ -(numbers[1] & 1);
    long sequence = numbers[2];
    int name = checked(numbers[0], MAX_NAME);
    int header = checked(numbers[3], MAX_CONTENT);
    int payload = checked(numbers[4], MAX_CONTENT);
    if (pending.size() - at < (long) name + header + payload) {
      return false;
    }
    String text = new String(pending.array(), at, name, StandardCharsets.UTF_8);
    int begin = at + name;
    at = begin + header + payload;
    entry(text, timestamp, sequence, begin, header, header + payload);
    return true;
  }

  private boolean readVarint(long[] numbers, int which) {
    long value = 0;
    for (int i = 0; i < LONGEST_VARINT; i++) {
      if (at == pending.size()) {
        return false;
      }
      byte next = pending.array()[at++];
      value |= (long) (next & 0x7f) << (7 * i);
      if (next >= 0) {
        numbers[which] = value;
        return true;
      }
    }
    throw new ArchiveException("archive: invalid archive stream");
  }

  private static int checked(long length, int most) {
    if (length < 0 || length > most) {
      throw new ArchiveException("archive: invalid archive stream");
    }
    return (int) length;
  }

  private void entry(
      String name, long timestamp, long sequence, int begin, int header, int length) {
    JsonObject known = state;
    if (known == null) {
      if (!name.equals("state.json")) {
        throw new ArchiveException("expected state.json first");
      }
      state = checkedState(json("error in state.json: ", begin, length, stateType));
    } else if (consumersLeft > 0) {
      if (!name.startsWith(CONSUMERS)) {
        throw new ArchiveException("expected consumer, found \"" + name + "\"");
      }
      consumersLeft--;
      consumer(name.substring(CONSUMERS.length()), begin, length);
    } else if (sequence != 0) {
      checkSize(sequence, length);
      if (Long.compareUnsigned(sequence, previous) <= 0) {
        throw new ArchiveException(
            "message sequence " + Long.toUnsignedString(sequence) + " out of order");
      }
      previous = sequence;
      target.message(sequence, timestamp, name, pending.array(), begin, header, length);
    } else if (name.isEmpty() && length == 0 && timestamp == 0) {
      complete = true;
      target.bounds(
          known.unsigned("first_seq", 0), known.unsigned("last_seq", 0), time(known, "last_ts"));
    } else {
      throw new ArchiveException("expected message sequence");
    }
  }

  private JsonObject checkedState(JsonObject json) {
    consumersLeft = json.integer("consumer_count", 0);
    if (consumersLeft < 0) {
      throw new ArchiveException("invalid stream state: negative consumer count");
    }
    long first = json.unsigned("first_seq", 0);
    last = json.unsigned("last_seq", 0);
    long messages = json.unsigned("messages", 0);
    boolean isEmpty = first == 0 || Long.compareUnsigned(first, last) > 0;
    long end = first == 0 ? 0 : first - 1;
    if (isEmpty && (last != end || messages != 0)) {
      throw new ArchiveException(
          "invalid stream state: inconsistent message count or sequence range");
    }
    if (!isEmpty && Long.compareUnsigned(messages - 1, last - first) > 0 && messages != 0) {
      throw new ArchiveException("invalid stream state: message count exceeds sequence range");
    }
    // With no first sequence there is no message that could follow it, as in nats-server.
    previous = first - 1;
    target.begin(first, json.unsigned("bytes", 0));
    return json;
  }

  private void checkSize(long sequence, int length) {
    String excess =
        length > target.largestPayload()
            ? "payload"
            : length > target.largestMessage() ? "message" : "";
    if (!excess.isEmpty()) {
      throw new ArchiveException(
          "message sequence "
              + Long.toUnsignedString(sequence)
              + " exceeds maximum "
              + excess
              + " size");
    }
  }

  private JsonObject json(String error, int begin, int length, JsonStruct type) {
    try {
      return Json.decodeFirst(pending.array(), begin, length, type);
    } catch (JsonException e) {
      throw new ArchiveException(error + e.getMessage());
    }
  }

  private static long time(JsonObject json, String field) {
    String text = json.string(field, "");
    try {
      Instant time = text.isEmpty() ? Instant.EPOCH : GoTimeParser.parse(text).toInstant();
      return time.isBefore(Instant.EPOCH)
          ? 0
          : time.getEpochSecond() * 1_000_000_000L + time.getNano();
    } catch (DateTimeException e) {
      throw new ArchiveException("error in state.json: " + e.getMessage());
    }
  }

  private void consumer(String name, int begin, int length) {
    String error = "failed to decode consumer \"" + name + "\" state: ";
    JsonObject json = json(error, begin, length, consumerType);
    JsonObject config = json.object("config");
    JsonObject position = json.object("state");
    if (config == null || position == null) {
      throw new ArchiveException(
          "consumer \"" + name + "\" is missing " + (config == null ? "config" : "state"));
    }
    target.consumer(name, JsonWriter.compact().any(config).toBytes());
    restore(name, position, target.state(name));
  }

  /** Sets a state, as {@code Update} of the stores of nats-server does. */
  private void restore(String name, JsonObject position, ConsumerStore into) {
    JsonObject delivered = position.objectOrEmpty("delivered");
    JsonObject floor = position.objectOrEmpty("ack_floor");
    String wrong = mistake(position, delivered, floor);
    if (!wrong.isEmpty()) {
      throw new ArchiveException("failed to set consumer \"" + name + "\" state: " + wrong);
    }
    if (Long.compareUnsigned(floor.unsigned("stream_seq", 0), into.floorStream()) < 0) {
      return; // messages have gone since, and the consumer begins anew
    }
    into.deliver(delivered.unsigned("consumer_seq", 0), stored(delivered));
    into.raiseFloor(floor.unsigned("consumer_seq", 0), stored(floor));
    JsonObject waiting = position.objectOrEmpty("pending");
    for (String sequence : sorted(waiting).values()) {
      JsonObject each = waiting.objectOrEmpty(sequence);
      if (Long.compareUnsigned(sequence(sequence), last) > 0) {
        break;
      }
      into.addPending(
          sequence(sequence), each.unsigned("Sequence", 0), each.integer("Timestamp", 0));
    }
    JsonObject redelivered = position.objectOrEmpty("redelivered");
    for (String sequence : sorted(redelivered).values()) {
      into.setRedelivered(sequence(sequence), redelivered.unsigned(sequence, 0));
    }
  }

  /** Returns the stream sequence of a pair, which nats-server does not let be beyond the stream. */
  private long stored(JsonObject pair) {
    long sequence = pair.unsigned("stream_seq", 0);
    return Long.compareUnsigned(sequence, last) > 0 ? last : sequence;
  }

  private static String mistake(JsonObject position, JsonObject delivered, JsonObject floor) {
    long from = floor.unsigned("stream_seq", 0);
    long to = delivered.unsigned("stream_seq", 0);
    if (Long.compareUnsigned(
            floor.unsigned("consumer_seq", 0), delivered.unsigned("consumer_seq", 0))
        > 0) {
      return "bad ack floor for consumer";
    }
    if (Long.compareUnsigned(from, to) > 0) {
      return "bad ack floor for stream";
    }
    for (long waiting : sorted(position.objectOrEmpty("pending")).keySet()) {
      if (Long.compareUnsigned(waiting, from) <= 0 || Long.compareUnsigned(waiting, to) > 0) {
        return "bad pending entry, sequence [" + Long.toUnsignedString(waiting) + "] out of range";
      }
    }
    return "";
  }

  private static Map<Long, String> sorted(JsonObject bySequence) {
    Map<Long, String> sorted = new TreeMap<>(Long::compareUnsigned);
    bySequence.names().forEach(name -> sorted.put(sequence(name), name));
    return sorted;
  }

  private static long sequence(String name) {
    return GoNumber.unsigned(name)
        .orElseThrow(
            () ->
                new ArchiveException(
                    "the state of a consumer has no sequence: "
                        + GoNumber.complaint("ParseUint", name)));
  }

  /** Returns whether the entry that ends the archive has come. */
  boolean isComplete() {
    return complete;
  }

  /**
   * The last piece has come.
   *
   * @throws ArchiveException if something is missing
   */
  void finish() {
    if (!complete) {
      // The words of nats-server for an archive that ends between two entries, or within one.
      throw new ArchiveException(pending.size() == 0 ? "EOF" : "archive: invalid archive stream");
    }
  }
}
