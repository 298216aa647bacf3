package dev.hubkit.junit.assertj;

import dev.hubkit.junit.HubResource;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.StreamInfo;
import java.util.List;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/** Assertions about a stream as it was when it was asked for. */
public final class StreamAssert extends AbstractAssert<StreamAssert, StreamInfo> {
  private final HubAssert whole;
  private final HubResource hub;
  private final String name;
  private final Evidence evidence;

  StreamAssert(HubAssert whole, HubResource hub, StreamInfo info) {
    super(info, StreamAssert.class);
    this.whole = whole;
    this.hub = hub;
    this.name = info.getConfiguration().getName();
    List<String> subjects = info.getConfiguration().getSubjects();
    this.evidence = Evidence.ofStream(hub, name, subjects == null ? List.of() : subjects);
  }

  private void check(String what, long expected, long found) {
    if (expected != found) {
      throw failureWithActualExpected(
          found,
          expected,
          "%s",
          "Expected stream "
              + name
              + " to have "
              + what
              + " "
              + expected
              + ", but it has "
              + found
              + "."
              + evidence);
    }
  }

  /** It has so many messages. */
  public StreamAssert hasMessages(long count) {
    check("as many messages as", count, actual.getStreamState().getMsgCount());
    return this;
  }

  /** It has no messages. */
  public StreamAssert isEmpty() {
    return hasMessages(0);
  }

  /** Its last message was or is of this sequence; 0 when there never was one. */
  public StreamAssert hasLastSequence(long sequence) {
    check("the last sequence", sequence, actual.getStreamState().getLastSequence());
    return this;
  }

  /** Its first message is of this sequence. */
  public StreamAssert hasFirstSequence(long sequence) {
    check("the first sequence", sequence, actual.getStreamState().getFirstSequence());
    return this;
  }

  /** It has so many consumers. */
  public StreamAssert hasConsumers(long count) {
    check("as many consumers as", count, actual.getStreamState().getConsumerCount());
    return this;
  }

  /** Goes on with one of its consumers, which has to be there. */
  public ConsumerAssert consumer(String consumer) {
    return whole.consumer(name, consumer);
  }

  /** Goes on with the message of a sequence, which has to be there. */
  public MessageAssert message(long sequence) {
    return message(
        "a message " + sequence,
        Asking.answer(() -> hub.jetStreamManagement().getMessage(name, sequence)));
  }

  /** Goes on with its first message. */
  public MessageAssert firstMessage() {
    hasSome();
    return message(actual.getStreamState().getFirstSequence());
  }

  /** Goes on with its last message. */
  public MessageAssert lastMessage() {
    hasSome();
    return message(actual.getStreamState().getLastSequence());
  }

  private void hasSome() {
    if (actual.getStreamState().getMsgCount() == 0) {
      throw failure(
          "%s", "Expected stream " + name + " to have messages, but it has none." + evidence);
    }
  }

  /** Goes on with the last message on a subject, which has to be there. */
  public MessageAssert lastMessage(String subject) {
    return message(
        "a message on " + subject,
        Asking.answer(() -> hub.jetStreamManagement().getLastMessage(name, subject)));
  }

  private MessageAssert message(String what, @Nullable MessageInfo message) {
    if (message == null) {
      throw failure(
          "%s", "Expected stream " + name + " to have " + what + ", but it has none." + evidence);
    }
    return new MessageAssert(this, message, evidence);
  }

  /** Goes back to the hub. */
  public HubAssert and() {
    return whole;
  }
}
