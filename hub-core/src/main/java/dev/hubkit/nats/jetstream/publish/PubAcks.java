package dev.hubkit.nats.jetstream.publish;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.work.WorkStep;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of the messages of a round, told when the round is safe: acknowledgements and
 * refusals to publishers, copies to where a stream republishes, and word to the consumers. Confined
 * to the stream's executor.
 */
final class PubAcks {
  /** The end of an ordinary acknowledgement, behind the sequence. */
  static final byte[] STORED = {'}'};

  private static final byte[] DUPLICATE =
      ",\"duplicate\": true}".getBytes(StandardCharsets.ISO_8859_1);

  private final PublishContext stream;
  private final byte[] ackPrefix;
  private final byte[] noMemory;
  private final List<Outcome> outcomes = new ArrayList<>();

  /**
   * What became of a message.
   *
   * @param sequence where it is stored; 0 when it does not matter whether the round is safe
   * @param subject the subject it is stored under; null when it was not stored
   * @param reply where the answer goes; null for nowhere
   * @param answer the whole answer, or the end of an acknowledgement behind the sequence
   * @param isTail is it that end?
   * @param republished what is published again now that it is stored
   */
  private record Outcome(
      long sequence,
      @Nullable String subject,
      @Nullable String reply,
      byte[] answer,
      boolean isTail,
      @Nullable Message republished) {}

  PubAcks(PublishContext stream) {
    this.stream = stream;
    JsonWriter prefix = JsonWriter.compact().beginObject().field("stream", stream.name());
    prefix.fieldIfSet("domain", stream.jetStream().options().domain());
    String text = new String(prefix.endObject().toBytes(), StandardCharsets.UTF_8);
    ackPrefix =
        (text.substring(0, text.length() - 1) + ",\"seq\":").getBytes(StandardCharsets.UTF_8);
    noMemory = refusal(ApiError.INSUFFICIENT_RESOURCES.exception());
  }

  /** A message is stored, to be acknowledged with {@code tail} behind the sequence. */
  public void stored(
      long sequence,
      String subject,
      @Nullable String reply,
      byte[] tail,
      @Nullable Message republished) {
    outcomes.add(new Outcome(sequence, subject, reply, tail, true, republished));
  }

  /** A message got a sequence but is not kept, because nobody is interested. */
  public void skipped(long sequence, @Nullable String reply, byte[] tail) {
    outcomes.add(new Outcome(sequence, null, reply, tail, true, null));
  }

  /** A message is there already. */
  void duplicate(long sequence, @Nullable String reply) {
    outcomes.add(new Outcome(sequence, null, reply, DUPLICATE, true, null));
  }

  /**
   * Says something to a publisher that is only true when {@code sequence} is safe; 0 for always.
   */
  public void addResponse(String reply, byte[] answer, long sequence) {
    outcomes.add(new Outcome(sequence, null, reply, answer, false, null));
  }

  public void refuse(@Nullable String reply, ApiException error) {
    if (reply != null) {
      addResponse(reply, refusal(error), 0);
    }
  }

  /** The answer to a message that is not stored. */
  public byte[] refusal(ApiException error) {
    JsonWriter out = JsonWriter.compact().beginObject();
    error.writeTo(out);
    return out.field("stream", stream.name()).field("seq", 0).endObject().toBytes();
  }

  /** An acknowledgement with {@code tail} behind the sequence. */
  public byte[] ack(long sequence, byte[] tail) {
    int digits = 1;
    for (long rest = sequence; rest >= 10; rest /= 10) {
      digits++;
    }
    byte[] ack = new byte[ackPrefix.length + digits + tail.length];
    System.arraycopy(ackPrefix, 0, ack, 0, ackPrefix.length);
    long rest = sequence;
    for (int at = ackPrefix.length + digits - 1; at >= ackPrefix.length; at--) {
      ack[at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    System.arraycopy(tail, 0, ack, ackPrefix.length + digits, tail.length);
    return ack;
  }

  /** Says that a message is not stored because the server has failed. */
  public void refuse(String reply, Throwable failure) {
    addResponse(reply, refusal(failure), 0);
  }

  /** {@link #refusal(ApiException)} of a failure of the server; for want of memory a ready one. */
  public byte[] refusal(Throwable failure) {
    if (failure instanceof OutOfMemoryError) {
      return noMemory;
    }
    try {
      return refusal(ApiError.STREAM_STORE_FAILED.exception(String.valueOf(failure)));
    } catch (OutOfMemoryError e) {
      return noMemory;
    }
  }

  /** Whether an answer to this subject is among those that wait from {@code index} on. */
  boolean holdsAnswer(String reply, int index) {
    for (int i = index; i < outcomes.size(); i++) {
      if (reply.equals(outcomes.get(i).reply())) {
        return true;
      }
    }
    return false;
  }

  /** How many outcomes wait to be told. */
  public int count() {
    return outcomes.size();
  }

  public boolean isEmpty() {
    return outcomes.isEmpty();
  }

  /**
   * Tells it all.
   *
   * @param safe the last sequence that is safe; the messages above it are lost
   * @param failure what the publishers of these are told
   */
  public void flush(long safe, byte[] failure, WorkBatch batch) {
    boolean unseen = false;
    for (int i = 0; i < outcomes.size(); i++) {
      Outcome outcome = outcomes.get(i);
      boolean isLost = outcome.sequence() > safe;
      try {
        answer(outcome, isLost, failure, batch);
      } catch (Throwable e) {
        stream
            .jetStream()
            .supervisor()
            .failed(stream, e, ignored -> answer(outcome, isLost, failure, batch));
      }
      // What became of the others is told all the same.
      try {
        notifyConsumers(outcome, isLost, batch);
      } catch (Throwable e) {
        unseen = true;
        stream.jetStream().supervisor().failed(stream, e, null);
      }
    }
    outcomes.clear();
    if (unseen) {
      stream.rescan(batch);
    }
  }

  private void answer(Outcome outcome, boolean isLost, byte[] failure, WorkBatch batch) {
    if (outcome.reply() != null) {
      WorkStep.INGEST_ANSWER.reach();
      byte[] answer = isLost ? failure : outcome.answer();
      if (!isLost && outcome.isTail()) {
        answer = ack(outcome.sequence(), answer);
      }
      stream.account().publish(Message.of(outcome.reply(), null, answer), batch);
    }
  }

  private void notifyConsumers(Outcome outcome, boolean isLost, WorkBatch batch) {
    if (outcome.republished() != null && !isLost) {
      stream.account().publish(outcome.republished(), batch);
    }
    if (outcome.subject() != null && !isLost) {
      WorkStep.INGEST_SHOW.reach();
      stream.appended(outcome.sequence(), outcome.subject(), batch);
    }
  }
}
