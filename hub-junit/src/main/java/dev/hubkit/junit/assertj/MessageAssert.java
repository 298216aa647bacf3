package dev.hubkit.junit.assertj;

import io.nats.client.api.MessageInfo;
import io.nats.client.impl.Headers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/** Assertions about a message in a stream. */
public final class MessageAssert extends AbstractAssert<MessageAssert, MessageInfo> {
  private final StreamAssert stream;
  private final Evidence evidence;

  MessageAssert(StreamAssert stream, MessageInfo message, Evidence evidence) {
    super(message, MessageAssert.class);
    this.stream = stream;
    this.evidence = evidence;
  }

  private void check(String what, @Nullable Object expected, @Nullable Object found) {
    if (!Objects.equals(expected, found)) {
      throw failureWithActualExpected(
          found,
          expected,
          "%s",
          "Expected message "
              + actual.getSeq()
              + " to have "
              + what
              + " <"
              + expected
              + ">, but it is <"
              + found
              + ">."
              + evidence);
    }
  }

  /** It is of this sequence. */
  public MessageAssert hasSequence(long sequence) {
    check("the sequence", sequence, actual.getSeq());
    return this;
  }

  /** It was published on this subject. */
  public MessageAssert hasSubject(String subject) {
    check("the subject", subject, actual.getSubject());
    return this;
  }

  /** Its payload is this text in UTF-8. */
  public MessageAssert hasPayload(String text) {
    check("the payload", text, text());
    return this;
  }

  private String text() {
    byte[] data = actual.getData();
    return data == null ? "" : new String(data, StandardCharsets.UTF_8);
  }

  private @Nullable List<String> values(String name) {
    Headers headers = actual.getHeaders();
    return headers == null ? null : headers.getIgnoreCase(name);
  }

  /** It has a header of this name, whatever its case. */
  public MessageAssert hasHeader(String name) {
    if (values(name) == null) {
      throw failure(
          "%s",
          "Expected message "
              + actual.getSeq()
              + " to have a header "
              + name
              + ", but it has "
              + headers()
              + "."
              + evidence);
    }
    return this;
  }

  private String headers() {
    Headers headers = actual.getHeaders();
    return headers == null || headers.isEmpty() ? "none" : "only " + headers.keySet();
  }

  /** It has a header of this name, whatever its case, with this value and no other. */
  public MessageAssert hasHeader(String name, String value) {
    hasHeader(name);
    check("the header " + name, List.of(value), values(name));
    return this;
  }

  /** It has no header of this name. */
  public MessageAssert hasNoHeader(String name) {
    check("the header " + name, null, values(name));
    return this;
  }

  /** Goes back to the stream. */
  public StreamAssert and() {
    return stream;
  }
}
