package dev.hubkit.nats.peer;

import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.ProtocolException;
import dev.hubkit.nats.wire.PublishView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the payloads of messages that another server forwards, as messages that are views of the
 * input's buffer. Confined to the thread that reads.
 */
public final class PeerMessages {
  private static final String ACK = "$JS.ACK.";
  private static final int DOTS_OF_ACK = 8;

  private final PeerInput input;
  private final PublishView view = new PublishView();

  /** Reads from an input. */
  public PeerMessages(PeerInput input) {
    this.input = input;
  }

  /**
   * Reads the payload behind the present line.
   *
   * @param subject the subject of the line; a message that JetStream delivers bears the subject
   *     that is behind its reply
   * @param reply which word of the line is the reply; negative for none
   */
  public Message read(String subject, int reply, int headerLength, int length)
      throws IOException, ProtocolException {
    String replyText = reply >= 0 ? input.word(reply) : null;
    String carried = replyText == null ? null : carried(replyText);
    int replyOffset = reply >= 0 ? input.offset(reply) : 0;
    int replyLength = reply >= 0 ? input.length(reply) : 0;
    int at = input.payload(length);
    if (replyText == null || carried == null) {
      view.subject(input.buffer(), 0, 0);
      view.reply(input.start() + replyOffset, replyLength);
      view.content(at, headerLength, length);
      return Message.view(subject, subject.getBytes(StandardCharsets.UTF_8), view);
    }
    String rest = replyText.substring(0, replyText.length() - carried.length() - 1);
    return Message.view(
        carried, rest.isEmpty() ? null : rest, input.buffer(), at, headerLength, length);
  }

  // jsAckDeliverIdx in server/client.go: the subject of what JetStream delivers is behind the
  // reply.
  private static @Nullable String carried(String reply) {
    int at = reply.indexOf('@');
    if (at < 0) {
      return null;
    }
    if (at == 0) {
      return reply.substring(1);
    }
    if (!reply.startsWith(ACK)) {
      return null;
    }
    int dots = 0;
    for (int i = 0; i < reply.length(); i++) {
      char c = reply.charAt(i);
      if (c == '.') {
        dots++;
      } else if (c == '@' && dots >= DOTS_OF_ACK) {
        return reply.substring(i + 1);
      }
    }
    return null;
  }
}
