package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.runtime.ConsumerState;
import dev.hubkit.nats.jetstream.runtime.StreamState;
import dev.hubkit.nats.jetstream.store.ConsumerSnapshot;
import dev.hubkit.nats.jetstream.store.ConsumerSnapshot.Pending;
import dev.hubkit.nats.jetstream.store.ConsumerSnapshot.Redelivered;
import dev.hubkit.nats.jetstream.store.StoreSnapshot;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.jetstream.validation.StreamValidator;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A {@link AccountSnapshot} as bytes: a number of streams, and for each a description in JSON,
 * behind its length, and the messages. A message is sequence, time and time to live in 8 bytes
 * each, then the lengths of subject, header block and both header block and payload in 4 each, then
 * these; a sequence of 0 is the end. All numbers are big-endian.
 */
final class SnapshotFormat {
  private static final int MAX_DESCRIPTION = 64 << 20;
  private static final int MAX_SUBJECT = 0xFFFF;
  private static final int MAX_MESSAGE = 128 << 20;

  private SnapshotFormat() {}

  public static void write(AccountSnapshot snapshot, DataOutput out) throws IOException {
    out.writeInt(snapshot.streams().size());
    for (StreamState stream : snapshot.streams()) {
      byte[] description = describe(stream);
      out.writeInt(description.length);
      out.write(description);
      for (StoredMessage message : stream.messages().messages()) {
        byte[] subject = message.subject().getBytes(StandardCharsets.UTF_8);
        out.writeLong(message.sequence());
        out.writeLong(message.timestamp());
        out.writeLong(message.ttl());
        out.writeInt(subject.length);
        out.writeInt(message.headerLength());
        out.writeInt(message.length());
        out.write(subject);
        out.write(message.buffer(), message.offset(), message.length());
      }
      out.writeLong(0);
    }
  }

  private static byte[] describe(StreamState stream) {
    JsonWriter json =
        JsonWriter.compact()
            .beginObject()
            .field("created", stream.created())
            .field("last_seq", stream.messages().lastSequence())
            .field("last_ts", stream.messages().lastTimestamp())
            .beginObject("config");
    stream.config().writeTo(json);
    json.endObject().beginArray("consumers");
    for (ConsumerState consumer : stream.consumers()) {
      describe(consumer, json);
    }
    return json.endArray().endObject().toBytes();
  }

  private static void describe(ConsumerState consumer, JsonWriter json) {
    ConsumerSnapshot state = consumer.state();
    json.beginObject()
        .field("name", consumer.name())
        .field("created", consumer.created())
        .field("delivered_consumer", state.deliveredConsumer())
        .field("delivered_stream", state.deliveredStream())
        .field("floor_consumer", state.floorConsumer())
        .field("floor_stream", state.floorStream());
    json.beginObject("config");
    consumer.config().writeTo(json);
    json.endObject();
    json.beginArray("pending");
    for (Pending each : state.pending()) {
      json.beginObject()
          .field("stream", each.streamSequence())
          .field("consumer", each.consumerSequence())
          .field("ts", each.timestamp())
          .endObject();
    }
    json.endArray().beginArray("redelivered");
    for (Redelivered each : state.redelivered()) {
      json.beginObject()
          .field("stream", each.streamSequence())
          .field("times", each.times())
          .endObject();
    }
    json.endArray().endObject();
  }

  public static AccountSnapshot read(DataInput in) throws IOException {
    List<StreamState> streams = new ArrayList<>();
    try {
      for (int left = in.readInt(); left > 0; left--) {
        JsonObject json = Json.parseObject(bytes(in, in.readInt(), MAX_DESCRIPTION));
        StreamConfig config = StreamConfig.parseUntyped(config(json));
        checkName(config.name());
        List<ConsumerState> consumers = new ArrayList<>();
        for (JsonObject consumer : json.objects("consumers")) {
          consumers.add(consumer(consumer));
        }
        List<StoredMessage> messages = messages(in);
        long last = messages.isEmpty() ? 0 : messages.get(messages.size() - 1).sequence();
        streams.add(
            new StreamState(
                config,
                json.integer("created", 0),
                new StoreSnapshot(
                    messages,
                    Math.max(last, json.unsigned("last_seq", 0)),
                    json.integer("last_ts", 0)),
                consumers));
      }
    } catch (JsonException e) {
      throw new IOException("Not a snapshot of streams: " + e.getMessage(), e);
    }
    return new AccountSnapshot(streams);
  }

  private static ConsumerState consumer(JsonObject json) {
    List<Pending> pending = new ArrayList<>();
    for (JsonObject each : json.objects("pending")) {
      pending.add(
          new Pending(
              each.integer("stream", 0), each.integer("consumer", 0), each.integer("ts", 0)));
    }
    List<Redelivered> redelivered = new ArrayList<>();
    for (JsonObject each : json.objects("redelivered")) {
      redelivered.add(new Redelivered(each.integer("stream", 0), each.integer("times", 0)));
    }
    String name = json.string("name", "");
    checkName(name);
    return new ConsumerState(
        name,
        ConsumerConfig.parseUntyped(config(json)),
        json.integer("created", 0),
        new ConsumerSnapshot(
            json.integer("delivered_consumer", 0),
            json.integer("delivered_stream", 0),
            json.integer("floor_consumer", 0),
            json.integer("floor_stream", 0),
            pending,
            redelivered));
  }

  // It becomes the name of a directory.
  private static void checkName(String name) {
    if (!StreamValidator.isValidName(name)) {
      throw new JsonException("\"" + name + "\" is no name of a stream or consumer");
    }
  }

  private static JsonObject config(JsonObject json) {
    JsonObject config = json.object("config");
    if (config == null) {
      throw new JsonException("no configuration");
    }
    return config;
  }

  private static List<StoredMessage> messages(DataInput in) throws IOException {
    List<StoredMessage> messages = new ArrayList<>();
    long last = 0;
    for (long sequence = in.readLong(); sequence != 0; sequence = in.readLong()) {
      if (sequence <= last) {
        throw new IOException("Not a snapshot of streams: message " + sequence + " after " + last);
      }
      last = sequence;
      long timestamp = in.readLong();
      long ttl = in.readLong();
      int subjectLength = in.readInt();
      int headerLength = in.readInt();
      int length = in.readInt();
      if (headerLength < 0 || headerLength > length) {
        throw new IOException("Not a snapshot of streams: message " + sequence + " is damaged");
      }
      String subject = new String(bytes(in, subjectLength, MAX_SUBJECT), StandardCharsets.UTF_8);
      byte[] content = bytes(in, length, MAX_MESSAGE);
      messages.add(StoredMessage.of(sequence, timestamp, ttl, subject, content, headerLength));
    }
    return messages;
  }

  private static byte[] bytes(DataInput in, int length, int most) throws IOException {
    if (length < 0 || length > most) {
      throw new IOException("Not a snapshot of streams: a length of " + length);
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }
}
