package dev.hubkit.work;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * Which parts of a server cannot go on. Reports of health ({@code /healthz}, {@code hub status})
 * read it. Thread-safe.
 */
public final class Health {
  private final ConcurrentSkipListMap<String, Part> parts = new ConcurrentSkipListMap<>();
  private volatile @Nullable Runnable observer;

  /**
   * One part of the server: an event loop, a stream. Code that may run out of memory gets its part
   * beforehand, since reporting on it then needs no memory.
   */
  public final class Part {
    private final String name;
    private final String account;
    private final String stream;
    private volatile @Nullable String trouble;

    private Part(String name, String account, String stream) {
      this.name = name;
      this.account = account;
      this.stream = stream;
    }

    /**
     * Reports that the part cannot go on.
     *
     * @param why in a few words for an operator; best a constant
     */
    public void report(String why) {
      if (!why.equals(trouble)) {
        trouble = why;
        changed();
      }
    }

    /** Reports that the part can go on. Does nothing when there was no trouble. */
    public void recovered() {
      if (trouble != null) {
        trouble = null;
        changed();
      }
    }

    /** Removes the part, and with it any trouble. */
    public void remove() {
      parts.remove(name, this);
      recovered();
    }
  }

  /**
   * Trouble with a part.
   *
   * @param part the name of the part: "event loop 0", "stream ORDERS of account $G"
   * @param account of the stream; empty when the part is not a stream
   * @param stream the name of the stream; empty when the part is not one
   * @param why in a few words
   */
  public record Trouble(String part, String account, String stream, String why) {
    /** Returns whether the part is a stream. */
    public boolean isOfStream() {
      return !stream.isEmpty();
    }

    @Override
    public String toString() {
      return part + ": " + why;
    }
  }

  /** Returns the part of that name; always the same one for a name. */
  public Part part(String name) {
    return parts.computeIfAbsent(name, key -> new Part(key, "", ""));
  }

  /** Returns the part of a stream; always the same one for a stream. */
  public Part stream(String account, String stream) {
    return parts.computeIfAbsent(
        "stream " + stream + " of account " + account, key -> new Part(key, account, stream));
  }

  /** Returns the first trouble, such as {@code event loop 0: no memory}. */
  public Optional<Trouble> trouble() {
    return troubles().stream().findFirst();
  }

  /** Returns all troubles, in the order of the names of their parts. */
  public List<Trouble> troubles() {
    return parts.values().stream()
        .flatMap(
            part -> {
              String why = part.trouble;
              return Optional.ofNullable(why)
                  .map(text -> new Trouble(part.name, part.account, part.stream, text))
                  .stream();
            })
        .toList();
  }

  /** Calls {@code told} after each change, on the thread that reports it; it must be quick. */
  public void observe(Runnable told) {
    observer = told;
  }

  private void changed() {
    Runnable told = observer;
    if (told != null) {
      told.run();
    }
  }
}
