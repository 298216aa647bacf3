package dev.hubkit.fossil.artifact;

import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.JulianDay;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes the cards of an artifact. */
final class ArtifactCardWriter {
  private static final Comparator<TagChange> TAG_ORDER =
      Comparator.comparing(TagChange::signedName, Names::compare)
          .thenComparing(TagChange::target, Comparator.nullsFirst(Comparator.naturalOrder()));

  private final ByteArrayOutputStream out = new ByteArrayOutputStream(256);

  ArtifactCardWriter card(char type) {
    out.write(type);
    return this;
  }

  /** Writes a word that needs no escaping. */
  ArtifactCardWriter raw(String word) {
    out.write(' ');
    out.writeBytes(word.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  /** Writes a text, escaped so that it is one word. */
  ArtifactCardWriter text(String text) {
    return raw(escape(text));
  }

  ArtifactCardWriter end() {
    out.write('\n');
    return this;
  }

  ArtifactCardWriter date(char type, Instant date) {
    return card(type).raw(JulianDay.text(date)).end();
  }

  ArtifactCardWriter mimetype(@Nullable String mimetype) {
    return mimetype == null ? this : card('N').text(mimetype).end();
  }

  ArtifactCardWriter parents(List<ArtifactName> parents) {
    if (!parents.isEmpty()) {
      card('P');
      parents.forEach(parent -> raw(parent.hex()));
      end();
    }
    return this;
  }

  ArtifactCardWriter tags(List<TagChange> tags) {
    tags.stream()
        .sorted(TAG_ORDER)
        .forEach(
            tag -> {
              ArtifactName target = tag.target();
              String value = tag.value();
              card('T').text(tag.signedName()).raw(target == null ? "*" : target.hex());
              if (value != null && !value.isEmpty()) {
                text(value);
              }
              end();
            });
    return this;
  }

  ArtifactCardWriter user(@Nullable String user) {
    return user == null ? this : card('U').text(user).end();
  }

  ArtifactCardWriter body(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    card('W').raw(String.valueOf(bytes.length)).end();
    out.writeBytes(bytes);
    return end();
  }

  /** Ends the artifact with its checksum. */
  byte[] finish() {
    return card('Z').raw(md5(out.toByteArray(), 0, out.size() - 1)).end().out.toByteArray();
  }

  static String md5(byte[] bytes, int offset, int length) {
    try {
      MessageDigest md5 = MessageDigest.getInstance("MD5");
      md5.update(bytes, offset, length);
      return HexFormat.of().formatHex(md5.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime lacks MD5", e);
    }
  }

  /** Writes the date of an E card, with a fraction only if it needs one. */
  static String seconds(Instant date) {
    String text = JulianDay.text(date);
    return text.endsWith(".000") ? text.substring(0, text.length() - 4) : text;
  }

  private static String escape(String text) {
    StringBuilder escaped = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      char letter =
          switch (c) {
            case ' ' -> 's';
            case '\n' -> 'n';
            case '\t' -> 't';
            case '\r' -> 'r';
            case '\u000b' -> 'v';
            case '\f' -> 'f';
            case '\0' -> '0';
            case '\\' -> '\\';
            default -> 0;
          };
      if (letter != 0) {
        if (escaped == null) {
          escaped = new StringBuilder(text.length() + 16).append(text, 0, i);
        }
        escaped.append('\\').append(letter);
      } else if (escaped != null) {
        escaped.append(c);
      }
    }
    return escaped == null ? text : escaped.toString();
  }
}
