package dev.hubkit.junit.assertj;

import dev.hubkit.junit.message.JsonContent;
import dev.hubkit.junit.message.MessageMatcher;
import dev.hubkit.junit.message.MessageView;
import io.nats.client.api.MessageInfo;
import io.nats.client.impl.Headers;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Assertions about a message in a stream. */
@SuppressWarnings("exports") // the optional libraries
public final class MessageAssert extends HubPartAssert<MessageAssert, MessageInfo> {
  private final StreamAssert stream;

  MessageAssert(StreamAssert stream, MessageInfo message, JournalExcerpt excerpt) {
    super(message, MessageAssert.class, "message " + message.getSeq(), excerpt);
    this.stream = stream;
  }

  /** Verifies the sequence of the message. */
  public MessageAssert hasSequence(long sequence) {
    return check("the sequence", sequence, actual.getSeq());
  }

  /** Verifies the subject of the message. */
  public MessageAssert hasSubject(String subject) {
    return check("the subject", subject, actual.getSubject());
  }

  /** Verifies that the payload is this text in UTF-8. */
  public MessageAssert hasPayload(String text) {
    return check("the payload", text, text());
  }

  private String text() {
    byte[] data = actual.getData();
    return data == null ? "" : new String(data, StandardCharsets.UTF_8);
  }

  private @Nullable List<String> values(String name) {
    Headers headers = actual.getHeaders();
    return headers == null ? null : headers.get(name);
  }

  /** Verifies that the message has a header of this name, in which case matters as in NATS. */
  public MessageAssert hasHeader(String name) {
    return check(values(name) != null, "to have a header " + name, "it has " + headers());
  }

  private String headers() {
    Headers headers = actual.getHeaders();
    return headers == null || headers.isEmpty() ? "none" : "only " + headers.keySet();
  }

  /** Verifies that the message has a header of this name with only this value; case matters. */
  public MessageAssert hasHeader(String name, String value) {
    hasHeader(name);
    return check("the header " + name, List.of(value), values(name));
  }

  /** Verifies that the message has no header of this name. */
  public MessageAssert hasNoHeader(String name) {
    return check("the header " + name, null, values(name));
  }

  /**
   * Verifies that the message has a value in its JSON.
   *
   * @see JsonContent#json(String, Object)
   */
  public MessageAssert hasJson(String path, @Nullable Object value) {
    return matches(JsonContent.json(path, value));
  }

  /** Verifies that the message matches; a failure says what differs. */
  public MessageAssert matches(MessageMatcher matcher) {
    List<String> differences = matcher.differences(view(actual));
    return check(differences.isEmpty(), "to be " + matcher, String.join(", ", differences));
  }

  static MessageView view(MessageInfo message) {
    Map<String, List<String>> values = new LinkedHashMap<>();
    Headers headers = message.getHeaders();
    if (headers != null) {
      headers.forEach(values::put);
    }
    byte[] data = message.getData();
    String subject = message.getSubject();
    return MessageView.of(
        subject == null ? "" : subject, values, data == null ? new byte[0] : data);
  }

  /** Returns to the assertions about the stream. */
  public StreamAssert and() {
    return stream;
  }
}
