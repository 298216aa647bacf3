package dev.hubkit.work;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * What of a server cannot go on, from when that is known until it can again. Reports of health
 * ({@code /healthz}, {@code hub status}) read it. Thread-safe.
 */
public final class Health {
  private final ConcurrentSkipListMap<String, Part> parts = new ConcurrentSkipListMap<>();
  private volatile @Nullable Runnable observer;

  /**
   * One part of the server: an event loop, a stream. Whoever may run out of memory takes it
   * beforehand: to report on it then needs none.
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
     * Reports that it cannot go on.
     *
     * @param why in a few words for an operator; best a constant
     */
    public void report(String why) {
      if (!why.equals(trouble)) {
        trouble = why;
        changed();
      }
    }

    /** Reports that it can go on; nothing when there was no trouble with it. */
    public void recovered() {
      if (trouble != null) {
        trouble = null;
        changed();
      }
    }

    /** It is not there any more, and with it goes any trouble. */
    public void remove() {
      parts.remove(name, this);
      recovered();
    }
  }

  /**
   * A trouble there is.
   *
   * @param part what it is with: "event loop 0", "stream ORDERS of account $G"
   * @param account of the stream; empty when it is not one
   * @param stream the stream; empty when it is not one
   * @param why in a few words
   */
  public record Trouble(String part, String account, String stream, String why) {
    /** Whether it is with a stream, and with nothing else of the server. */
    public boolean isOfStream() {
      return !stream.isEmpty();
    }

    @Override
    public String toString() {
      return part + ": " + why;
    }
  }

  /** The part of that name; again, it is the same one. */
  public Part part(String name) {
    return parts.computeIfAbsent(name, key -> new Part(key, "", ""));
  }

  /** The part that is a stream; again, it is the same one. */
  public Part stream(String account, String stream) {
    return parts.computeIfAbsent(
        "stream " + stream + " of account " + account, key -> new Part(key, account, stream));
  }

  /** The first of the troubles there are, such as {@code event loop 0: no memory}. */
  public Optional<Trouble> trouble() {
    return troubles().stream().findFirst();
  }

  /** All troubles, by the names of their parts. */
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

  /**
   * Has {@code observer} run after each change, on the thread that reports it; it must be quick.
   */
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
