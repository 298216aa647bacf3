package dev.hubkit.junit.stub;

import dev.hubkit.junit.message.MessageView;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.HeaderFields;
import dev.hubkit.nats.wire.Message;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A request that arrived on the subject of a stub. Immutable. */
public final class StubRequest {
  private static final int SHOWN = 120;

  private final Instant time;
  private final @Nullable String reply;
  private final MessageView view;

  private StubRequest(Instant time, @Nullable String reply, MessageView view) {
    this.time = time;
    this.reply = reply;
    this.view = view;
  }

  static StubRequest of(Instant time, Message message) {
    return new StubRequest(
        time,
        message.reply(),
        MessageView.of(message.subject(), HeaderFields.of(message.header()), message.payload()));
  }

  /** Returns the subject. */
  public String subject() {
    return view.subject();
  }

  /**
   * Returns a token of the subject.
   *
   * @param index from 1 on
   * @throws IndexOutOfBoundsException if the subject has no such token
   */
  public String token(int index) {
    return Subjects.tokens(subject()).get(index - 1);
  }

  /** Returns the reply subject; empty for a message that is not a request. */
  public Optional<String> reply() {
    return Optional.ofNullable(reply);
  }

  /** Returns the values of each header, by names in the case of the message. */
  public Map<String, List<String>> headers() {
    return view.headers();
  }

  /** Returns the first value of a header, in whose name case matters. */
  public Optional<String> header(String name) {
    return headers().getOrDefault(name, List.of()).stream().findFirst();
  }

  /** Returns a copy of the payload. */
  public byte[] payload() {
    return view.payload().clone();
  }

  /** Returns the payload, decoded as UTF-8. */
  public String text() {
    return view.text();
  }

  /** Returns the time of the hub at which the request arrived. */
  public Instant time() {
    return time;
  }

  MessageView view() {
    return view;
  }

  /** Returns a line with the subject, headers and payload, shortened. */
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(subject());
    headers()
        .forEach(
            (name, values) ->
                values.forEach(value -> line.append(' ').append(name + ": " + value)));
    return line.append(payloadText(view.payload())).toString();
  }

  static String payloadText(byte[] payload) {
    String text = new String(payload, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", "\u00b7");
    if (text.isEmpty()) {
      return ", no payload";
    }
    return ": " + (text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…");
  }
}
