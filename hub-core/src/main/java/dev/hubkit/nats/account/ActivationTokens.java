package dev.hubkit.nats.account;

import java.util.Map;

/**
 * What an account says of the tokens with which other accounts import an export. Immutable.
 *
 * @param required whether an account needs one
 * @param revocations seconds since the epoch before which tokens are void, by account or {@code *}
 */
public record ActivationTokens(boolean required, Map<String, Long> revocations) {
  /** Asks for no tokens. */
  public static final ActivationTokens NONE = new ActivationTokens(false, Map.of());

  /** Copies the map. */
  public ActivationTokens {
    revocations = Map.copyOf(revocations);
  }
}
