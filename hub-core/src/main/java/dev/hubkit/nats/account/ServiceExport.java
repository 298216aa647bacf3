package dev.hubkit.nats.account;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The permission for other accounts to send requests to a subject. Immutable.
 *
 * @param subject may have wildcards
 * @param accounts the names of those that may; null for all
 * @param accountToken the position, from 1, of the token that must be the importing account's name;
 *     0 for none
 * @param responses how many messages answer a request
 * @param threshold how long a request can be answered
 * @param latency where samples of how long that took go; null for nowhere
 * @param allowTrace whether a message that is traced is traced into this account
 * @param tokens the tokens that importing accounts have to show
 */
public record ServiceExport(
    String subject,
    @Nullable Set<String> accounts,
    int accountToken,
    Responses responses,
    Duration threshold,
    @Nullable ServiceLatency latency,
    boolean allowTrace,
    ActivationTokens tokens)
    implements Export {
  /** The default of nats-server. */
  public static final Duration DEFAULT_THRESHOLD = Duration.ofMinutes(2);

  /** How many messages answer a request. */
  public enum Responses {
    /** One. */
    SINGLETON,
    /** Any number. */
    STREAM,
    /** Any number, the last of which is empty. */
    CHUNKED
  }

  /** Returns an export without latency samples. */
  public ServiceExport(
      String subject,
      @Nullable Set<String> accounts,
      int accountToken,
      Responses responses,
      Duration threshold) {
    this(subject, accounts, accountToken, responses, threshold, null, false, ActivationTokens.NONE);
  }

  /** Returns an export for every account, with one response to a request. */
  public static ServiceExport toAll(String subject) {
    return new ServiceExport(subject, null, 0, Responses.SINGLETON, DEFAULT_THRESHOLD);
  }

  // An account exports a subject once. A record's own is only linked when it is first asked for,
  // which shows in the time of a start.
  @Override
  public int hashCode() {
    return subject.hashCode();
  }
}
