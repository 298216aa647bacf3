package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.content.ArtifactName;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One card of a sync message, as in <em>The Fossil Sync Protocol</em> (sync.wiki): a line of
 * tokens, for some kinds followed by content. The kinds are named after the cards.
 *
 * <p>Byte arrays are handed over, not copied, and cards with content are not for comparing.
 */
@SuppressWarnings("ArrayRecordComponent")
sealed interface Card {
  /** The word that the card begins with. */
  String kind();

  /** Calls the method of {@code handler} for cards of this kind. */
  void accept(CardHandler handler) throws IOException;

  /**
   * {@code file NAME SIZE} and {@code file NAME SOURCE SIZE}: an artifact, or a delta that makes it
   * from {@code source}.
   */
  record File(ArtifactName name, @Nullable ArtifactName source, byte[] content) implements Card {
    @Override
    public String kind() {
      return "file";
    }

    @Override
    public void accept(CardHandler handler) throws IOException {
      handler.handle(this);
    }
  }

  /**
   * {@code cfile NAME USIZE CSIZE} and {@code cfile NAME SOURCE USIZE CSIZE}: like {@link File},
   * with the content as the {@code blob} table holds it (four bytes of size, then zlib).
   *
   * @param size of the artifact itself, also where the content is a delta
   */
  record CompressedFile(ArtifactName name, @Nullable ArtifactName source, int size, byte[] content)
      implements Card {
    @Override
    public String kind() {
      return "cfile";
    }

    @Override
    public void accept(CardHandler handler) throws IOException {
      handler.handle(this);
    }
  }

  /**
   * {@code uvfile NAME MTIME HASH SIZE FLAGS}: an unversioned file.
   *
   * @param hash null when the file has been deleted
   * @param content null when the file has been deleted or the sender left the content out
   */
  record UnversionedFile(
      String name,
      long mtime,
      @Nullable ArtifactName hash,
      int size,
      int flags,
      byte @Nullable [] content)
      implements Card {
    static final int DELETED = 1;
    static final int NO_CONTENT = 4;

    @Override
    public String kind() {
      return "uvfile";
    }

    @Override
    public void accept(CardHandler handler) throws IOException {
      handler.handle(this);
    }
  }

  /** {@code igot NAME ?1?}: the sender holds the artifact. */
  record Igot(ArtifactName name, boolean isPrivate) implements Card {
    @Override
    public String kind() {
      return "igot";
    }

    @Override
    public void accept(CardHandler handler) throws IOException {
      handler.handle(this);
    }
  }

  /** {@code gimme NAME}: the sender asks for the artifact. */
  record Gimme(ArtifactName name) implements Card {
    @Override
    public String kind() {
      return "gimme";
    }

    @Override
    public void accept(CardHandler handler) throws IOException {
      handler.handle(this);
    }
  }

  /** {@code uvigot NAME MTIME HASH SIZE}; {@code hash} is null when the file has been deleted. */
  record UnversionedIgot(String name, long mtime, @Nullable ArtifactName hash, int size)
      implements Card {
    @Override
    public String kind() {
      return "uvigot";
    }

    @Override
    public void accept(CardHandler handler) throws IOException {
      handler.handle(this);
    }
  }

  /** {@code uvgimme NAME}. */
  record UnversionedGimme(String name) implements Card {
    @Override
    public String kind() {
      return "uvgimme";
    }

    @Override
    public void accept(CardHandler handler) throws IOException {
      handler.handle(this);
    }
  }

  /**
   * {@code clone ?VERSION SEQUENCE?}.
   *
   * @param version 1 for the form without arguments, 2 for {@code file} cards, 3 for {@code cfile}
   * @param sequence the record number to start at; means nothing in version 1
   */
  record Clone(int version, int sequence) implements Card {
    @Override
    public String kind() {
      return "clone";
    }

    @Override
    public void accept(CardHandler handler) throws IOException {
      handler.handle(this);
    }
  }

  /** {@code clone_seqno N}: where the next part of the clone begins; 0 when there is none. */
  record CloneSequence(int next) implements Card {
    @Override
    public String kind() {
      return "clone_seqno";
    }

    @Override
    public void accept(CardHandler handler) throws IOException {
      handler.handle(this);
    }
  }

  /** {@code pull SERVERCODE PROJECTCODE}. */
  record Pull(String serverCode, String projectCode) implements Card {
    @Override
    public String kind() {
      return "pull";
    }

    @Override
    public void accept(CardHandler handler) throws IOException {
      handler.handle(this);
    }
  }

  /** {@code push SERVERCODE PROJECTCODE}. */
  record Push(String serverCode, String projectCode) implements Card {
    @Override
    public String kind() {
      return "push";
    }

    @Override
    public void accept(CardHandler handler) throws IOException {
      handler.handle(this);
    }
  }

  /**
   * {@code login USER NONCE SIGNATURE}.
   *
   * @param user decoded
   * @param nonce the hash of the message that follows the card
   */
  record Login(String user, String nonce, String signature) implements Card {
    @Override
    public String kind() {
      return "login";
    }

    @Override
    public void accept(CardHandler handler) throws IOException {
      handler.handle(this);
    }
  }

  /** {@code cookie TEXT}. */
  record Cookie(String text) implements Card {
    @Override
    public String kind() {
      return "cookie";
    }

    @Override
    public void accept(CardHandler handler) throws IOException {
      handler.handle(this);
    }
  }

  /** {@code private}: the next {@link File} or {@link CompressedFile} is private. */
  record Private() implements Card {
    @Override
    public String kind() {
      return "private";
    }

    @Override
    public void accept(CardHandler handler) throws IOException {
      handler.handle(this);
    }
  }

  /** {@code reqconfig NAME}. */
  record ConfigRequest(String name) implements Card {
    @Override
    public String kind() {
      return "reqconfig";
    }

    @Override
    public void accept(CardHandler handler) throws IOException {
      handler.handle(this);
    }
  }

  /** {@code config NAME SIZE}: a piece of configuration. */
  record Config(String name, byte[] content) implements Card {
    @Override
    public String kind() {
      return "config";
    }

    @Override
    public void accept(CardHandler handler) throws IOException {
      handler.handle(this);
    }
  }

  /** {@code pragma NAME VALUE...}, the values as sent (not decoded). */
  record Pragma(String name, List<String> values) implements Card {
    @Override
    public String kind() {
      return "pragma";
    }

    @Override
    public void accept(CardHandler handler) throws IOException {
      handler.handle(this);
    }
  }

  /** {@code error MESSAGE}, decoded; the sender gives up. */
  record Failure(String message) implements Card {
    @Override
    public String kind() {
      return "error";
    }

    @Override
    public void accept(CardHandler handler) throws IOException {
      handler.handle(this);
    }
  }

  /** {@code message MESSAGE}, decoded; to be shown. */
  record Message(String text) implements Card {
    @Override
    public String kind() {
      return "message";
    }

    @Override
    public void accept(CardHandler handler) throws IOException {
      handler.handle(this);
    }
  }

  /** {@code # TEXT}: a comment, without the mark and the blank after it. */
  record Comment(String text) implements Card {
    @Override
    public String kind() {
      return "#";
    }

    @Override
    public void accept(CardHandler handler) throws IOException {
      handler.handle(this);
    }
  }
}
