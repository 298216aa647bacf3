package dev.hubkit.nats.jetstream.archive;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.jetstream.store.ConsumerStore;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.jetstream.store.SubjectFilter;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes the archive of a stream in the form of nats-server 2.15 (server/stream_backup.go), which
 * does not depend on what is on its disk: the state of the stream, its consumers, its messages one
 * by one, and an entry without anything. {@link ArchiveEntryReader} reads it. Not thread-safe.
 */
public final class EntryArchiveWriter extends ArchiveWriter {
  private static final byte[] NOTHING = {};

  private final long now;
  private final long last;
  private final ByteArrayOutputStream head = new ByteArrayOutputStream();

  /**
   * Begins an archive.
   *
   * @param state the state of the stream, as JSON
   * @param last the last sequence that is archived
   * @param now nanoseconds since the Unix epoch
   */
  public EntryArchiveWriter(byte[] state, long last, long now) {
    this.now = now;
    this.last = last;
    frames().write(ArchiveEntryReader.MAGIC, 0, ArchiveEntryReader.MAGIC.length);
    small("state.json", state);
  }

  private void small(String name, byte[] content) {
    entry(name, now, 0, content, 0, 0, content.length);
  }

  private void entry(
      String name,
      long timestamp,
      long sequence,
      byte[] content,
      int offset,
      int header,
      int length) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    head.reset();
    Varints.write(head, text.length);
    Varints.writeSigned(head, timestamp);
    Varints.write(head, sequence);
    Varints.write(head, header);
    Varints.write(head, length - header);
    head.writeBytes(text);
    frames().write(head.toByteArray(), 0, head.size());
    frames().write(content, offset, length);
  }

  @Override
  public void consumer(String name, byte[] json, ConsumerStore state) {
    JsonWriter out = JsonWriter.compact().beginObject().any("config", Json.parseObject(json));
    position(out.beginObject("state"), state);
    small("consumers/" + name, out.endObject().endObject().toBytes());
  }

  private void position(JsonWriter out, ConsumerStore state) {
    out.beginObject("delivered")
        .field("consumer_seq", state.deliveredConsumer())
        .field("stream_seq", Math.min(state.deliveredStream(), last))
        .endObject()
        .beginObject("ack_floor")
        .field("consumer_seq", state.floorConsumer())
        .field("stream_seq", Math.min(state.floorStream(), last))
        .endObject();
    long pending = state.nextPending(1);
    if (pending != 0 && pending <= last) {
      out.beginObject("pending");
      for (long at = pending; at != 0 && at <= last; at = state.nextPending(at + 1)) {
        out.beginObject(Long.toString(at))
            .field("Sequence", state.pendingConsumer(at))
            .field("Timestamp", state.pendingSince(at))
            .endObject();
      }
      out.endObject();
    }
    long redelivered = state.nextRedelivered(1);
    if (redelivered != 0 && redelivered <= last) {
      out.beginObject("redelivered");
      for (long at = redelivered; at != 0 && at <= last; at = state.nextRedelivered(at + 1)) {
        out.field(Long.toString(at), state.redelivered(at));
      }
      out.endObject();
    }
  }

  @Override
  public long messages(StreamStore store, long sequence, long end) {
    long bytes = 0;
    long next = sequence;
    StoredMessage message = store.next(SubjectFilter.ALL, next);
    while (message != null && message.sequence() <= end && bytes < BLOCK) {
      entry(
          message.subject(),
          message.timestamp(),
          message.sequence(),
          message.buffer(),
          message.offset(),
          message.headerLength(),
          message.length());
      bytes += message.length() + message.subject().length();
      next = message.sequence() + 1;
      message = store.next(SubjectFilter.ALL, next);
    }
    return message == null || message.sequence() > end ? end + 1 : next;
  }

  @Override
  public void finish() {
    entry("", 0, 0, NOTHING, 0, 0, 0);
    frames().flush();
  }
}
