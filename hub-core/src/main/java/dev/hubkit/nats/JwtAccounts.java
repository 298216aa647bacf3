package dev.hubkit.nats;

import dev.hubkit.json.JsonObject;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.ClientLimits;
import dev.hubkit.nats.credential.AccountClaims;
import dev.hubkit.nats.credential.ClaimIssues;
import dev.hubkit.nats.jetstream.JetStreamServer;
import dev.hubkit.nats.monitor.AccountState;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.time.TimeSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The accounts of operator mode: each is set up by its token when the first of its users comes, and
 * again when the token changes. Thread-safe.
 */
final class JwtAccounts implements AutoCloseable {
  private static final Log log = Log.of(JwtAccounts.class);
  private static final int FULL_WEIGHT = 100;
  private static final long SECOND = 1_000_000_000L;

  private final Function<String, Account> accounts;
  private final @Nullable JetStreamServer jetStreams;
  private final String systemAccount;
  private final TimeSource time;
  private final Compatibility compatibility;
  private final Map<String, ClaimedAccount> entered = new ConcurrentHashMap<>();
  // Of those whose tokens were deleted, which the server still knows as nats-server does.
  private final Map<String, AccountState> gone = new ConcurrentHashMap<>();
  // Guarded by this object's monitor.
  private final ClaimedSharing sharing;
  private volatile Consumer<String> onExpiry = account -> {};

  JwtAccounts(
      Function<String, Account> accounts,
      @Nullable JetStreamServer jetStreams,
      String systemAccount,
      DefaultDomains domains,
      String cluster,
      TimeSource time,
      Compatibility compatibility) {
    this.compatibility = compatibility;
    this.accounts = accounts;
    this.jetStreams = jetStreams;
    this.systemAccount = systemAccount;
    this.time = time;
    this.sharing =
        new ClaimedSharing(systemAccount, domains, cluster, compatibility, this::seconds);
  }

  private long seconds() {
    return Math.floorDiv(time.epochNanos(), SECOND);
  }

  /** Sets what is told of an account whose token has expired. */
  void onExpiry(Consumer<String> told) {
    onExpiry = told;
  }

  /**
   * Checks a token before it is stored, as {@code claimValidate} of nats-server does.
   *
   * @return what is wrong, in nats-server's words; null when all is well
   */
  @Nullable String validate(AccountClaims claims) {
    ClaimIssues issues = claims.issues(seconds());
    return issues.hasErrors()
        ? "validation errors: " + issues.errors()
        : ClaimedMappings.check(claims, compatibility);
  }

  /**
   * Returns the claims that an account is set up by; null when it is not set up, or they have
   * expired.
   */
  @Nullable AccountClaims current(String key) {
    ClaimedAccount known = entered.get(key);
    return known == null || known.isExpired() ? null : known.claims();
  }

  /**
   * Returns the account of a token, set up as the token says.
   *
   * @param tokens finds the token of another account by its key; may take long
   */
  synchronized Account enter(
      AccountClaims claims, Function<String, @Nullable AccountClaims> tokens) {
    String name = claims.jwt().subject();
    Account account = accounts.apply(name);
    ClaimedAccount before = entered.get(name);
    if (before != null
        && !before.isExpired()
        && before.claims().jwt().token().equals(claims.jwt().token())) {
      return account;
    }
    ClaimedAccount now = before == null ? new ClaimedAccount(claims, time) : before;
    entered.put(name, now);
    gone.remove(name);
    now.claims(claims, () -> onExpiry.accept(name));
    account.nameTag(claims.jwt().name());
    account.limits(
        new ClientLimits(
            claims.maxConnections(),
            claims.maxSubscriptions(),
            claims.maxPayload(),
            claims.maxLeafNodes()));
    trace(account, claims.jwt().claims().object("trace"));
    share(now, tokens);
    if (!openJetStream(account, claims)) {
      now.markIncomplete();
    }
    account.update();
    // The exports may have changed, and an account that was missed may have come.
    for (ClaimedAccount other : List.copyOf(entered.values())) {
      boolean affected =
          before == null ? other.missing().contains(name) : importsFrom(other.claims(), name);
      if (affected && !other.equals(now)) {
        boolean lacking = !other.isComplete();
        share(other, tokens);
        if (lacking) {
          accounts.apply(other.claims().jwt().subject()).update();
        }
      }
    }
    return account;
  }

  private void share(ClaimedAccount claimed, Function<String, @Nullable AccountClaims> tokens) {
    AccountClaims claims = claimed.claims();
    ClaimedSharing.Others others =
        new ClaimedSharing.Others() {
          @Override
          public @Nullable AccountClaims enter(String key) {
            AccountClaims known = current(key);
            AccountClaims found = known == null ? tokens.apply(key) : known;
            if (found != null && known == null) {
              JwtAccounts.this.enter(found, tokens);
            }
            return found;
          }

          @Override
          public Account account(String key) {
            return accounts.apply(key);
          }
        };
    Account account = accounts.apply(claims.jwt().subject());
    claimed.shared(
        sharing.share(account, claims, others), () -> activationExpired(claimed, tokens));
  }

  private synchronized void activationExpired(
      ClaimedAccount claimed, Function<String, @Nullable AccountClaims> tokens) {
    if (entered.containsValue(claimed)) {
      share(claimed, tokens);
    }
  }

  private static void trace(Account account, @Nullable JsonObject said) {
    String destination = said == null ? "" : said.string("dest", "");
    int sampling = said == null ? 0 : (int) said.integer("sampling", 0);
    boolean whole = sampling <= 0 || sampling > FULL_WEIGHT;
    account.tracing(
        Subjects.isValidLiteral(destination) ? destination : "", whole ? FULL_WEIGHT : sampling);
  }

  /** Returns the claims that an account was set up by last; null when it is not set up. */
  @Nullable AccountClaims claims(String key) {
    ClaimedAccount known = entered.get(key);
    return known == null ? null : known.claims();
  }

  /**
   * Returns what an account is set up by, or was until its token was deleted, and what came of it;
   * null when it has not been set up.
   */
  @Nullable AccountState state(String key) {
    ClaimedAccount known = entered.get(key);
    return known == null
        ? gone.get(key)
        : new AccountState(known.claims(), known.isExpired(), known.isComplete());
  }

  /** Returns whether a user of the account has logged in here, or of one that imports from it. */
  boolean isEntered(String account) {
    return entered.containsKey(account) || gone.containsKey(account);
  }

  /** Forgets an account that is gone; a user who comes back finds it as its token then says. */
  synchronized void forget(String account) {
    ClaimedAccount known = entered.remove(account);
    if (known != null) {
      known.close();
      gone.put(account, new AccountState(known.claims(), true, known.isComplete()));
      Account left = accounts.apply(account);
      left.update();
      if (jetStreams != null && jetStreams.of(left) != null) {
        jetStreams.disable(left);
      }
    }
    sharing.forget(account);
  }

  private boolean openJetStream(Account account, AccountClaims claims) {
    JsonObject limits = claims.jetStream();
    JetStreamServer streams = jetStreams;
    if (streams == null) {
      return true;
    }
    if (limits == null) {
      if (!account.name().equals(systemAccount)) {
        streams.disable(account);
      }
    } else {
      try {
        streams.open(account, streams.options().withLimits(JwtLimits.of(limits)));
        streams.limit(account, JwtLimits.of(limits));
      } catch (IllegalArgumentException e) {
        log.error("JetStream of account {}: {}", account, e.getMessage());
        return false;
      }
    }
    return true;
  }

  private static boolean importsFrom(AccountClaims claims, String account) {
    return claims.jwt().claims().objects("imports").stream()
        .anyMatch(each -> each.string("account", "").equals(account));
  }

  /** Waits for the expiry of no account any more. */
  @Override
  public synchronized void close() {
    entered.values().forEach(ClaimedAccount::close);
  }
}
