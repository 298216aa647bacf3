package dev.hubkit.fossil.sync;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Asks a server for the code of its project, which it tells whoever asks for a clone (sync.wiki,
 * "Clone Cards"), also those who may not have one, since a login needs the code.
 */
final class ProjectQuestion {
  // Beyond all content, so that the server sends none.
  private static final int NO_CONTENT = Integer.MAX_VALUE;
  private static final long LONGEST_ANSWER = 10 << 20;

  private ProjectQuestion() {}

  static String ask(SyncTransport transport) throws IOException {
    MessageBuffer message = new MessageBuffer();
    new XferCardWriter(message).write(new Card.Clone(3, NO_CONTENT));
    MessageBuffer body = message.encode(MessageFormat.COMPRESSED);
    SyncTransport.Answer answer =
        transport.exchange(
            MessageFormat.COMPRESSED,
            new SyncTransport.Body() {
              @Override
              public long length() {
                return body.size();
              }

              @Override
              public void writeTo(OutputStream target) throws IOException {
                body.writeTo(target);
              }
            });
    try (InputStream packed = answer.body();
        InputStream in = answer.format().decode(packed, LONGEST_ANSWER)) {
      String code = find(in);
      if (code == null) {
        throw new SyncProtocolException("the server does not tell its project");
      }
      return code;
    }
  }

  private static @Nullable String find(InputStream in) throws IOException {
    XferCardReader cards = new XferCardReader(in, Integer.MAX_VALUE - 16);
    for (Card card = cards.next(); card != null; card = cards.next()) {
      if (card instanceof Card.Push push) {
        return push.projectCode();
      }
    }
    return null;
  }
}
