package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.content.ArtifactName;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes cards, in the same bytes as C fossil. Counts what it writes, for budgets. Not thread-safe.
 */
final class XferCardWriter {
  private final OutputStream out;
  private long written;
  private byte last = '\n';
  private byte[] line = new byte[256];
  private int length;
  private final Forms forms = new Forms();

  XferCardWriter(OutputStream out) {
    this.out = out;
  }

  /** Bytes written so far, before any compression. */
  long written() {
    return written;
  }

  /** Begins a new message; the count starts again. */
  void reset() {
    written = 0;
    last = '\n';
  }

  /** Writes any card. */
  void write(Card card) throws IOException {
    card.accept(forms);
  }

  void file(String name, @Nullable String source, byte[] content) throws IOException {
    begin();
    put("file ").put(name).put(' ');
    if (source != null) {
      put(source).put(' ');
    }
    put(content.length);
    end();
    // No newline after the content: C fossil reads the next card right behind it.
    raw(content);
    last = '\n';
  }

  /** {@code content} as the blob table holds it; {@code size} is that of the artifact. */
  void compressedFile(String name, @Nullable String source, int size, byte[] content)
      throws IOException {
    begin();
    put("cfile ").put(name).put(' ');
    if (source != null) {
      put(source).put(' ');
    }
    put(size).put(' ').put(content.length);
    end();
    raw(content);
  }

  void unversionedFile(Card.UnversionedFile file) throws IOException {
    begin();
    String hash = hex(file.hash());
    put("uvfile ").put(file.name()).put(' ').put(file.mtime()).put(' ');
    put(hash == null ? "-" : hash).put(' ').put(file.size()).put(' ').put(file.flags());
    end();
    byte[] content = file.content();
    if (content != null) {
      raw(content);
      last = '\n';
    }
  }

  void igot(String name, boolean isPrivate) throws IOException {
    begin();
    put("igot ").put(name);
    if (isPrivate) {
      put(" 1");
    }
    end();
  }

  void gimme(String name) throws IOException {
    line("gimme ", name);
  }

  void unversionedIgot(String name, long mtime, @Nullable String hash, int size)
      throws IOException {
    begin();
    put("uvigot ").put(name).put(' ').put(mtime).put(' ');
    put(hash == null ? "-" : hash).put(' ').put(size);
    end();
  }

  void config(String name, byte[] content) throws IOException {
    begin();
    put("config ").put(name).put(' ').put(content.length);
    end();
    raw(content);
    raw(new byte[] {'\n'});
  }

  void pragma(String name, List<String> values) throws IOException {
    begin();
    put("pragma ").put(name);
    for (String value : values) {
      put(' ').put(value);
    }
    end();
  }

  void pragma(String name, String... values) throws IOException {
    pragma(name, List.of(values));
  }

  private static @Nullable String hex(@Nullable ArtifactName name) {
    return name == null ? null : name.hex();
  }

  private void line(String head, String tail) throws IOException {
    begin();
    put(head).put(tail);
    end();
  }

  private void begin() throws IOException {
    length = 0;
    if (last != '\n') {
      put('\n');
    }
  }

  private void end() throws IOException {
    put('\n');
    out.write(line, 0, length);
    written += length;
    last = '\n';
  }

  private void raw(byte[] content) throws IOException {
    if (content.length > 0) {
      out.write(content);
      written += content.length;
      last = content[content.length - 1];
    }
  }

  private XferCardWriter put(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        return put(text.substring(i).getBytes(StandardCharsets.UTF_8));
      }
      put(c);
    }
    return this;
  }

  private XferCardWriter put(byte[] bytes) {
    reserve(bytes.length);
    System.arraycopy(bytes, 0, line, length, bytes.length);
    length += bytes.length;
    return this;
  }

  private XferCardWriter put(char c) {
    reserve(1);
    line[length++] = (byte) c;
    return this;
  }

  private XferCardWriter put(long number) {
    return put(Long.toString(number));
  }

  private void reserve(int count) {
    if (line.length - length < count) {
      line = Arrays.copyOf(line, Math.max(line.length * 2, length + count));
    }
  }

  /** Writes each kind of card. */
  private final class Forms implements CardHandler {
    @Override
    public void handle(Card.File card) throws IOException {
      file(card.name().hex(), hex(card.source()), card.content());
    }

    @Override
    public void handle(Card.CompressedFile card) throws IOException {
      compressedFile(card.name().hex(), hex(card.source()), card.size(), card.content());
    }

    @Override
    public void handle(Card.UnversionedFile card) throws IOException {
      unversionedFile(card);
    }

    @Override
    public void handle(Card.Igot card) throws IOException {
      igot(card.name().hex(), card.isPrivate());
    }

    @Override
    public void handle(Card.Gimme card) throws IOException {
      gimme(card.name().hex());
    }

    @Override
    public void handle(Card.UnversionedIgot card) throws IOException {
      unversionedIgot(card.name(), card.mtime(), hex(card.hash()), card.size());
    }

    @Override
    public void handle(Card.UnversionedGimme card) throws IOException {
      line("uvgimme ", card.name());
    }

    @Override
    public void handle(Card.Clone card) throws IOException {
      if (card.version() < 2) {
        line("clone", "");
      } else {
        line("clone ", card.version() + " " + card.sequence());
      }
    }

    @Override
    public void handle(Card.CloneSequence card) throws IOException {
      line("clone_seqno ", Integer.toString(card.next()));
    }

    @Override
    public void handle(Card.Pull card) throws IOException {
      line("pull ", card.serverCode() + ' ' + card.projectCode());
    }

    @Override
    public void handle(Card.Push card) throws IOException {
      line("push ", card.serverCode() + ' ' + card.projectCode());
    }

    @Override
    public void handle(Card.Login card) throws IOException {
      line("login ", CardText.encode(card.user()) + ' ' + card.nonce() + ' ' + card.signature());
    }

    @Override
    public void handle(Card.Cookie card) throws IOException {
      line("cookie ", card.text());
    }

    @Override
    public void handle(Card.Private card) throws IOException {
      line("private", "");
    }

    @Override
    public void handle(Card.ConfigRequest card) throws IOException {
      line("reqconfig ", card.name());
    }

    @Override
    public void handle(Card.Config card) throws IOException {
      config(card.name(), card.content());
    }

    @Override
    public void handle(Card.Pragma card) throws IOException {
      pragma(card.name(), card.values());
    }

    @Override
    public void handle(Card.Failure card) throws IOException {
      line("error ", CardText.encode(card.message()));
    }

    @Override
    public void handle(Card.Message card) throws IOException {
      line("message ", CardText.encode(card.text()));
    }

    @Override
    public void handle(Card.Comment card) throws IOException {
      line("# ", card.text());
    }

    @Override
    public void handleOther(Card card) {
      throw new IllegalStateException("No form for cards of the kind " + card.kind());
    }
  }
}
