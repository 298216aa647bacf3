package dev.hubkit.junit.assertj;

import dev.hubkit.junit.HubResource;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.StreamInfo;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Assertions about a stream as it was when it was asked for. */
public final class StreamAssert extends HubPartAssert<StreamAssert, StreamInfo> {
  private final HubAssert whole;
  private final HubResource hub;
  private final String name;

  StreamAssert(HubAssert whole, HubResource hub, StreamInfo info) {
    super(
        info,
        StreamAssert.class,
        "stream " + info.getConfiguration().getName(),
        JournalExcerpt.ofStream(hub, info.getConfiguration().getName(), subjects(info)));
    this.whole = whole;
    this.hub = hub;
    this.name = info.getConfiguration().getName();
  }

  private static List<String> subjects(StreamInfo info) {
    List<String> subjects = info.getConfiguration().getSubjects();
    return subjects == null ? List.of() : subjects;
  }

  /** It has so many messages. */
  public StreamAssert hasMessages(long count) {
    return check("the number of messages", count, actual.getStreamState().getMsgCount());
  }

  /** It has no messages. */
  public StreamAssert isEmpty() {
    return hasMessages(0);
  }

  /** Its last message was or is of this sequence; 0 when there never was one. */
  public StreamAssert hasLastSequence(long sequence) {
    return check("the last sequence", sequence, actual.getStreamState().getLastSequence());
  }

  /** Its first message is of this sequence. */
  public StreamAssert hasFirstSequence(long sequence) {
    return check("the first sequence", sequence, actual.getStreamState().getFirstSequence());
  }

  /** It has so many consumers. */
  public StreamAssert hasConsumers(long count) {
    return check("the number of consumers", count, actual.getStreamState().getConsumerCount());
  }

  /** Goes on with one of its consumers, which has to be there. */
  public ConsumerAssert consumer(String consumer) {
    return whole.consumer(name, consumer);
  }

  /** Goes on with the message of a sequence, which has to be there. */
  public MessageAssert message(long sequence) {
    return message(
        "a message " + sequence,
        Lookup.answer(() -> hub.jetStreamManagement().getMessage(name, sequence)));
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
    check(actual.getStreamState().getMsgCount() > 0, "to have messages", "it has none");
  }

  /** Goes on with the last message on a subject, which has to be there. */
  public MessageAssert lastMessage(String subject) {
    return message(
        "a message on " + subject,
        Lookup.answer(() -> hub.jetStreamManagement().getLastMessage(name, subject)));
  }

  private MessageAssert message(String what, @Nullable MessageInfo message) {
    check(message != null, "to have " + what, "it has none");
    return new MessageAssert(this, Objects.requireNonNull(message), evidence());
  }

  /** Goes back to the hub. */
  public HubAssert and() {
    return whole;
  }
}
