package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.content.ArtifactName;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes cards, in the very bytes C fossil writes. Keeps count of what was written, for budgets.
 * Not thread-safe.
 */
final class XferCardWriter {
  private final OutputStream out;
  private long written;
  private byte last = '\n';
  private byte[] line = new byte[256];
  private int length;

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
    if (card instanceof Card.File file) {
      file(file.name().hex(), hex(file.source()), file.content());
    } else if (card instanceof Card.CompressedFile file) {
      compressedFile(file.name().hex(), hex(file.source()), file.size(), file.content());
    } else if (card instanceof Card.UnversionedFile file) {
      unversionedFile(file);
    } else if (card instanceof Card.Igot igot) {
      igot(igot.name().hex(), igot.isPrivate());
    } else if (card instanceof Card.Gimme gimme) {
      gimme(gimme.name().hex());
    } else if (card instanceof Card.UnversionedIgot igot) {
      unversionedIgot(igot.name(), igot.mtime(), hex(igot.hash()), igot.size());
    } else if (card instanceof Card.UnversionedGimme gimme) {
      line("uvgimme ", gimme.name());
    } else if (card instanceof Card.Clone clone) {
      if (clone.version() < 2) {
        line("clone", "");
      } else {
        line("clone ", clone.version() + " " + clone.sequence());
      }
    } else if (card instanceof Card.CloneSequence sequence) {
      line("clone_seqno ", Integer.toString(sequence.next()));
    } else if (card instanceof Card.Pull pull) {
      line("pull ", pull.serverCode() + ' ' + pull.projectCode());
    } else if (card instanceof Card.Push push) {
      line("push ", push.serverCode() + ' ' + push.projectCode());
    } else if (card instanceof Card.Login login) {
      line("login ", CardText.encode(login.user()) + ' ' + login.nonce() + ' ' + login.signature());
    } else if (card instanceof Card.Cookie cookie) {
      line("cookie ", cookie.text());
    } else if (card instanceof Card.Private) {
      line("private", "");
    } else if (card instanceof Card.ConfigRequest request) {
      line("reqconfig ", request.name());
    } else if (card instanceof Card.Config config) {
      config(config.name(), config.content());
    } else if (card instanceof Card.Pragma pragma) {
      pragma(pragma.name(), pragma.values());
    } else if (card instanceof Card.Failure error) {
      line("error ", CardText.encode(error.message()));
    } else if (card instanceof Card.Message message) {
      line("message ", CardText.encode(message.text()));
    } else if (card instanceof Card.Comment comment) {
      line("# ", comment.text());
    }
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
}
