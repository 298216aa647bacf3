package dev.hubkit.nats.security;

import dev.hubkit.time.TimeSource;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which passwords have lately been right or wrong for a hash, so that clients that come
 * back get in at once however many others are trying passwords, and clients that repeat a wrong one
 * cost next to nothing.
 *
 * <p>No password is kept: what is looked up is an HMAC-SHA256 of the hash and the password. Its key
 * is random, is in the memory of this process only, and goes with the configuration it was made
 * for; so the digests are worth nothing to somebody who has not got all of this memory, in which
 * there are passwords of clients anyway. A guess that nobody has made before takes as long as ever.
 * A changed hash is another digest. Few are kept, and not for long. Thread-safe.
 */
final class KnownPasswords {
  private static final String ALGORITHM = "HmacSHA256";
  private static final int KEY_BYTES = 32;
  private static final int MOST = 1024;
  private static final int MOST_ASKED = 8192;
  private static final Duration RIGHT_FOR = Duration.ofMinutes(5);
  private static final Duration WRONG_FOR = Duration.ofMinutes(1);

  private final TimeSource time;
  private final SecretKeySpec key;
  // Two, so that no number of guesses pushes out what is right.
  private final Recent right = new Recent(RIGHT_FOR.toNanos(), MOST);
  private final Recent wrong = new Recent(WRONG_FOR.toNanos(), MOST);
  private final Recent asked = new Recent(WRONG_FOR.toNanos(), MOST_ASKED);

  KnownPasswords(TimeSource time) {
    this.time = time;
    byte[] random = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(random);
    key = new SecretKeySpec(random, ALGORITHM);
  }

  /** Returns what stands for a hash and a password. */
  ByteBuffer digest(String configured, String given) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      mac.update(configured.getBytes(StandardCharsets.UTF_8));
      mac.update((byte) 0); // which is in no hash
      return ByteBuffer.wrap(mac.doFinal(given.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }

  /** Returns whether the password is right; null when that is not known. */
  synchronized @Nullable Boolean verdict(ByteBuffer digest) {
    long now = time.nanoTime();
    return right.has(digest, now) ? Boolean.TRUE : wrong.has(digest, now) ? Boolean.FALSE : null;
  }

  /** Returns whether somebody has asked for the verdict lately, and notes that somebody has now. */
  synchronized boolean isRepeated(ByteBuffer digest) {
    long now = time.nanoTime();
    boolean repeated = asked.has(digest, now);
    asked.add(digest, now);
    return repeated;
  }

  synchronized void add(ByteBuffer digest, boolean isRight) {
    (isRight ? right : wrong).add(digest, time.nanoTime());
  }

  /** Digests by when they were added, the oldest first. */
  private static final class Recent {
    private final long lifetime;
    private final int most;
    private final Map<ByteBuffer, Long> added = new LinkedHashMap<>();

    Recent(long lifetime, int most) {
      this.lifetime = lifetime;
      this.most = most;
    }

    boolean has(ByteBuffer digest, long now) {
      Long since = added.get(digest);
      return since != null && now - since < lifetime;
    }

    void add(ByteBuffer digest, long now) {
      added.remove(digest);
      added.put(digest, now);
      Iterator<Long> oldest = added.values().iterator();
      while (oldest.hasNext() && (now - oldest.next() >= lifetime || added.size() > most)) {
        oldest.remove();
      }
    }
  }
}
