package dev.hubkit.nats.jetstream.protocol;

import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonType;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request to read messages of a stream (ADR-31).
 *
 * @param sequence the sequence of the message, or of the first one
 * @param lastFor asks for the last message of this subject
 * @param nextFor asks for the next message of this subject, from the sequence or time on
 * @param batch how many at most; 0 for a single get
 * @param maxBytes how many bytes at most; 0 for no limit of the client's
 * @param startTime asks for the first message of this time or later; for a batch, begins with it
 * @param multiLastFor asks for the last message of each of these subjects
 * @param upToSequence the last sequence to return; 0 for no limit
 * @param upToTime the last time to return; null for no limit
 * @param noHeaders whether to leave out the headers of the messages
 */
public record GetRequest(
    long sequence,
    String lastFor,
    String nextFor,
    long batch,
    long maxBytes,
    @Nullable OffsetDateTime startTime,
    List<String> multiLastFor,
    long upToSequence,
    @Nullable OffsetDateTime upToTime,
    boolean noHeaders) {

  /** The struct that requests are read as. */
  public static final JsonStruct TYPE =
      JsonStruct.of("server.JSApiMsgGetRequest")
          .fields(JsonType.UINT64, "seq", "up_to_seq")
          .fields(JsonType.STRING, "last_by_subj", "next_by_subj")
          .fields(JsonType.INT, "batch", "max_bytes")
          .fields(JsonType.pointer(Rfc3339.TYPE), "start_time", "up_to_time")
          .field("multi_last", JsonType.STRINGS)
          .field("no_hdr", JsonType.BOOL)
          .build();

  public static GetRequest parse(JsonObject json) {
    String startTime = json.string("start_time");
    String upToTime = json.string("up_to_time");
    return new GetRequest(
        beyondAll(json.unsigned("seq", 0)),
        json.string("last_by_subj", ""),
        json.string("next_by_subj", ""),
        json.integer("batch", 0),
        json.integer("max_bytes", 0),
        startTime == null ? null : Rfc3339.parse(startTime),
        List.copyOf(json.strings("multi_last")),
        beyondAll(json.unsigned("up_to_seq", 0)),
        upToTime == null ? null : Rfc3339.parse(upToTime),
        json.bool("no_hdr", false));
  }

  // Sequences of 64 bits are beyond the last message, as the largest one of 63 bits is.
  private static long beyondAll(long sequence) {
    return sequence < 0 ? Long.MAX_VALUE : sequence;
  }

  /** Returns whether the request names the message in exactly one way. */
  public boolean isConsistent() {
    boolean bySequence = sequence != 0;
    boolean byTime = startTime != null;
    boolean last = !lastFor.isEmpty();
    boolean next = !nextFor.isEmpty();
    return !(bySequence && last)
        && (bySequence || last || next || byTime)
        && !(bySequence && byTime)
        && !(byTime && last)
        && !(last && next);
  }

  /** Returns whether a direct get does not name any messages. */
  public boolean isUnspecific() {
    return sequence == 0
        && lastFor.isEmpty()
        && nextFor.isEmpty()
        && multiLastFor.isEmpty()
        && startTime == null;
  }

  /** Returns whether a direct get has options that exclude each other. */
  public boolean isContradictory() {
    boolean bySequence = sequence != 0;
    boolean byTime = startTime != null;
    boolean last = !lastFor.isEmpty();
    boolean next = !nextFor.isEmpty();
    boolean multi = !multiLastFor.isEmpty();
    if (last) {
      return bySequence || byTime || next || multi || batch > 0;
    }
    if (upToSequence != 0 && upToTime != null) {
      return true;
    }
    return (bySequence && byTime) || (next && multi);
  }
}
