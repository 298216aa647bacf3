package dev.hubkit.nats.account;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * That other accounts may import the messages published to a subject. Immutable.
 *
 * @param subject may have wildcards
 * @param accounts the names of those that may; null for all
 * @param accountToken the position, from 1, of the token that must be the importing account's name;
 *     0 for none
 * @param tokens the tokens that those accounts have to show
 */
public record StreamExport(
    String subject, @Nullable Set<String> accounts, int accountToken, ActivationTokens tokens)
    implements Export {
  /** Returns an export that is imported without a token. */
  public StreamExport(String subject, @Nullable Set<String> accounts, int accountToken) {
    this(subject, accounts, accountToken, ActivationTokens.NONE);
  }

  /** Returns an export for every account. */
  public static StreamExport toAll(String subject) {
    return new StreamExport(subject, null, 0);
  }
}
