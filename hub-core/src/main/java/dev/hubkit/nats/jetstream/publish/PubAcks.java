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
 * Collects the outcomes of a round and publishes them once the round is durable: acknowledgements
 * and errors to publishers, copies for republishing, and news to the consumers. Confined to the
 * stream's executor.
 */
final class PubAcks {
  /** The end of an ordinary acknowledgement, after the sequence. */
  static final byte[] STORED = {'}'};

  private static final byte[] DUPLICATE =
      ",\"duplicate\": true}".getBytes(StandardCharsets.ISO_8859_1);

  private final PublishContext stream;
  private final byte[] ackPrefix;
  private final byte[] noMemory;
  private final List<Outcome> outcomes = new ArrayList<>();

  /**
   * The outcome of a message.
   *
   * @param sequence the sequence of the message; 0 if the outcome does not depend on the commit
   * @param subject the subject under which it is stored; null if it was not stored
   * @param reply the subject for the response; null for none
   * @param answer the whole response, or the end of an acknowledgement after the sequence
   * @param isTail whether it is that end
   * @param republished the copy to republish once the message is stored; null for none
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

  /** Adds a stored message, to be acknowledged with {@code tail} after the sequence. */
  public void stored(
      long sequence,
      String subject,
      @Nullable String reply,
      byte[] tail,
      @Nullable Message republished) {
    outcomes.add(new Outcome(sequence, subject, reply, tail, true, republished));
  }

  /** Adds a message that got a sequence but is not stored, because no consumer is interested. */
  public void skipped(long sequence, @Nullable String reply, byte[] tail) {
    outcomes.add(new Outcome(sequence, null, reply, tail, true, null));
  }

  /** Adds a duplicate of a stored message. */
  void duplicate(long sequence, @Nullable String reply) {
    outcomes.add(new Outcome(sequence, null, reply, DUPLICATE, true, null));
  }

  /**
   * Adds a response to a publisher that is only true when {@code sequence} is durable; 0 for
   * always.
   */
  public void addResponse(String reply, byte[] answer, long sequence) {
    outcomes.add(new Outcome(sequence, null, reply, answer, false, null));
  }

  public void refuse(@Nullable String reply, ApiException error) {
    if (reply != null) {
      addResponse(reply, refusal(error), 0);
    }
  }

  /** Returns the response to a message that is not stored. */
  public byte[] refusal(ApiException error) {
    JsonWriter out = JsonWriter.compact().beginObject();
    error.writeTo(out);
    return out.field("stream", stream.name()).field("seq", 0).endObject().toBytes();
  }

  /** Returns an acknowledgement with {@code tail} after the sequence. */
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

  /** Adds the response that the server failed to store a message. */
  public void refuse(String reply, Throwable failure) {
    addResponse(reply, refusal(failure), 0);
  }

  /** Returns the response to a failure of the server; a prepared one if memory is short. */
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

  /** Returns whether a response to this subject waits at {@code index} or later. */
  boolean holdsAnswer(String reply, int index) {
    for (int i = index; i < outcomes.size(); i++) {
      if (reply.equals(outcomes.get(i).reply())) {
        return true;
      }
    }
    return false;
  }

  /** Drops all outcomes, whose messages are not what the other replicas have. */
  void drop() {
    outcomes.clear();
  }

  /** Returns how many outcomes wait. */
  public int count() {
    return outcomes.size();
  }

  public boolean isEmpty() {
    return outcomes.isEmpty();
  }

  /**
   * Publishes all outcomes.
   *
   * @param safe the last durable sequence; the messages above it are lost
   * @param failure the response to the publishers of lost messages
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
      // The other outcomes are published all the same.
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
