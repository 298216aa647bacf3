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
 */
public record StreamExport(String subject, @Nullable Set<String> accounts, int accountToken)
    implements Export {
  /** Returns an export for every account. */
  public static StreamExport toAll(String subject) {
    return new StreamExport(subject, null, 0);
  }
}
