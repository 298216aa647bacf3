package dev.hubkit.nats;

import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AccountPlaceholders;
import dev.hubkit.nats.account.ClientLimits;
import dev.hubkit.nats.config.AccountConfig;
import dev.hubkit.nats.credential.AccountClaims;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.nats.credential.Jwt;
import dev.hubkit.nats.jetstream.JetStreamServer;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.time.TimeSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The accounts of operator mode: each is set up by its token when the first of its users comes, and
 * again when the token changes. What of it does not fit is left out and logged, as in nats-server.
 * Thread-safe.
 */
final class JwtAccounts {
  private static final Log log = Log.of(JwtAccounts.class);
  private static final int FULL_WEIGHT = 100;

  private final Function<String, Account> accounts;
  private final @Nullable JetStreamServer jetStreams;
  private final String systemAccount;
  private final DefaultDomains domains;
  private final TimeSource time;
  // Guarded by this object's monitor.
  private final Compatibility compatibility;
  private final Map<String, AccountClaims> entered = new HashMap<>();
  private final Map<String, Map<String, Set<String>>> approved = new HashMap<>();

  JwtAccounts(
      Function<String, Account> accounts,
      @Nullable JetStreamServer jetStreams,
      String systemAccount,
      DefaultDomains domains,
      TimeSource time,
      Compatibility compatibility) {
    this.compatibility = compatibility;
    this.accounts = accounts;
    this.jetStreams = jetStreams;
    this.systemAccount = systemAccount;
    this.domains = domains;
    this.time = time;
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
    AccountClaims before = entered.put(name, claims);
    if (before != null && before.jwt().token().equals(claims.jwt().token())) {
      return account;
    }
    account.nameTag(claims.jwt().name());
    account.limits(
        new ClientLimits(claims.maxConnections(), claims.maxSubscriptions(), claims.maxPayload()));
    trace(account, claims.jwt().claims().object("trace"));
    share(account, claims, tokens);
    openJetStream(account, claims);
    if (before != null) {
      // The exports may have changed, so its importers are checked again.
      for (AccountClaims other : List.copyOf(entered.values())) {
        if (!other.jwt().subject().equals(name) && importsFrom(other, name)) {
          share(accounts.apply(other.jwt().subject()), other, tokens);
        }
      }
    }
    return account;
  }

  private static void trace(Account account, @Nullable JsonObject said) {
    String destination = said == null ? "" : said.string("dest", "");
    int sampling = said == null ? 0 : (int) said.integer("sampling", 0);
    boolean whole = sampling <= 0 || sampling > FULL_WEIGHT;
    account.tracing(
        Subjects.isValidLiteral(destination) ? destination : "", whole ? FULL_WEIGHT : sampling);
  }

  /** Returns whether a user of the account has logged in here. */
  synchronized boolean isEntered(String account) {
    return entered.containsKey(account);
  }

  /** Forgets an account that is gone; a user who comes back finds it as its token then says. */
  synchronized void forget(String account) {
    entered.remove(account);
    approved.remove(account);
  }

  private void openJetStream(Account account, AccountClaims claims) {
    JsonObject limits = claims.jetStream();
    JetStreamServer streams = jetStreams;
    if (streams == null) {
      return;
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
      }
    }
  }

  private static boolean importsFrom(AccountClaims claims, String account) {
    return claims.jwt().claims().objects("imports").stream()
        .anyMatch(each -> each.string("account", "").equals(account));
  }

  private void share(
      Account account, AccountClaims claims, Function<String, @Nullable AccountClaims> tokens) {
    JsonObject said = claims.jwt().claims();
    account.clearExportsAndImports();
    try {
      account.mappings(
          ConfigAccounts.mappings(
              domains.added(
                  account.name(), claims.jetStream() != null, mappings(said, account.name())),
              "",
              compatibility));
    } catch (IllegalArgumentException | JsonException e) {
      log.warn("Account {}: mappings left out: {}", account, e.getMessage());
    }
    Map<String, Set<String>> own = new HashMap<>();
    approved.put(account.name(), own);
    for (JsonObject each : said.objects("exports")) {
      attempt(account, "export", each, () -> export(account, each, own));
    }
    for (JsonObject each : said.objects("imports")) {
      attempt(account, "import", each, () -> importInto(account, each, tokens));
    }
  }

  private interface Step {
    void run() throws CredentialException;
  }

  private static void attempt(Account account, String what, JsonObject each, Step step) {
    try {
      step.run();
    } catch (IllegalArgumentException | JsonException | CredentialException e) {
      String subject = String.valueOf(each.get("subject"));
      log.warn("Account {}: {} of {} left out: {}", account, what, subject, e.getMessage());
    }
  }

  private static boolean isService(JsonObject shared) {
    Object type = shared.get("type");
    return "service".equals(type) || Long.valueOf(2).equals(type);
  }

  private Map<String, List<AccountConfig.Destination>> mappings(JsonObject claims, String account) {
    Map<String, List<AccountConfig.Destination>> mappings = new LinkedHashMap<>();
    JsonObject all = claims.object("mappings");
    if (all != null) {
      for (String source : all.names()) {
        List<AccountConfig.Destination> destinations = new ArrayList<>();
        for (JsonObject each : all.objects(source)) {
          int weight = (int) each.integer("weight", 0);
          destinations.add(
              new AccountConfig.Destination(
                  expand(each.string("subject", ""), account, null),
                  weight == 0 ? FULL_WEIGHT : weight,
                  each.string("cluster", "")));
        }
        mappings.put(expand(source, account, null), destinations);
      }
    }
    return mappings;
  }

  private String expand(String subject, String account, @Nullable String imported) {
    return compatibility.atLeast(Compatibility.V2_15)
        ? AccountPlaceholders.expand(subject, account, imported)
        : subject;
  }

  private void export(Account account, JsonObject said, Map<String, Set<String>> own) {
    String subject = expand(said.string("subject", ""), account.name(), null);
    AccountConfig.ResponseType type =
        switch (said.string("response_type", "").toLowerCase(Locale.ROOT)) {
          case "stream" -> AccountConfig.ResponseType.STREAM;
          case "chunked" -> AccountConfig.ResponseType.CHUNKED;
          default -> AccountConfig.ResponseType.SINGLETON;
        };
    JsonObject latency = said.object("service_latency");
    AccountConfig.Export export =
        new AccountConfig.Export(
            isService(said),
            subject,
            List.of(),
            type,
            said.integer("response_threshold", 0),
            latency == null
                ? null
                : new AccountConfig.Latency(
                    latency.string("results", ""),
                    latency.get("sampling") instanceof Long percent ? percent.intValue() : 0),
            (int) said.integer("account_token_position", 0),
            said.bool("allow_trace", false));
    Set<String> importers = null;
    if (said.bool("token_req", false)) {
      importers = ConcurrentHashMap.newKeySet();
      own.put(key(isService(said), subject), importers);
    }
    ConfigAccounts.export(account, export, importers);
  }

  private static String key(boolean service, String subject) {
    return (service ? "service " : "stream ") + subject;
  }

  private void importInto(
      Account account, JsonObject said, Function<String, @Nullable AccountClaims> tokens)
      throws CredentialException {
    String from = said.string("account", "");
    AccountClaims exporter = entered.get(from);
    if (exporter == null) {
      exporter = tokens.apply(from);
    }
    if (exporter == null) {
      throw new CredentialException("can't locate account " + from);
    }
    final Account other = enter(exporter, tokens);
    boolean service = isService(said);
    String subject = expand(said.string("subject", ""), account.name(), from);
    String local = expand(said.string("local_subject", ""), account.name(), from);
    String to = expand(said.string("to", ""), account.name(), from);
    if (service && local.isEmpty()) {
      // The older form, without a local subject: requested under "subject", served under "to".
      local = subject;
      subject = to.isEmpty() ? subject : to;
    }
    approve(account, exporter, service, subject, said.string("token", ""));
    ConfigAccounts.importInto(
        account,
        other,
        new AccountConfig.Import(
            service,
            from,
            subject,
            local,
            service || !local.isEmpty() ? "" : to,
            said.bool("share", false),
            said.bool("allow_trace", false)),
        from.equals(systemAccount));
  }

  // A private export is for those who show a token of the exporter that activates it.
  private void approve(
      Account importer, AccountClaims exporter, boolean service, String subject, String token)
      throws CredentialException {
    for (JsonObject export : exporter.jwt().claims().objects("exports")) {
      String exported = expand(export.string("subject", ""), exporter.jwt().subject(), null);
      Map<String, Set<String>> importers =
          approved.getOrDefault(exporter.jwt().subject(), Map.of());
      Set<String> named = importers.get(key(service, exported));
      if (named != null && isService(export) == service && Subjects.isSubset(subject, exported)) {
        if (isActivated(importer, exporter, export, token)) {
          named.add(importer.name());
        } else {
          named.remove(importer.name());
          throw new CredentialException("not activated");
        }
      }
    }
  }

  private boolean isActivated(
      Account importer, AccountClaims exporter, JsonObject export, String token)
      throws CredentialException {
    if (token.isEmpty()) {
      return false;
    }
    Jwt activation = Jwt.parse(token);
    String issuerAccount = activation.claims().string("issuer_account", "");
    boolean issued =
        exporter.isSigner(activation.issuer())
            && (issuerAccount.isEmpty() || issuerAccount.equals(exporter.jwt().subject()));
    long now = Math.floorDiv(time.epochNanos(), 1_000_000_000L);
    JsonObject revocations = export.object("revocations");
    long revoked =
        revocations == null
            ? -1
            : Math.max(revocations.integer(activation.subject(), -1), revocations.integer("*", -1));
    return issued
        && activation.type().equals("activation")
        && activation.subject().equals(importer.name())
        && !activation.isOutsideOfTime(now)
        && activation.issuedAt() > revoked;
  }
}
