package dev.hubkit.nats;

import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AccountPlaceholders;
import dev.hubkit.nats.account.ActivationTokens;
import dev.hubkit.nats.account.ReportedImport;
import dev.hubkit.nats.account.SubjectMapping;
import dev.hubkit.nats.config.AccountConfig;
import dev.hubkit.nats.credential.AccountClaims;
import dev.hubkit.nats.credential.ActivationClaims;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.text.GoQuote;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sets up the mappings, exports and imports of accounts as their tokens say. What of it does not
 * fit is left out and logged, as in nats-server. Not thread-safe.
 */
final class ClaimedSharing {
  private static final Log log = Log.of(ClaimedSharing.class);

  /** Finds other accounts by their keys. */
  interface Others {
    /** Returns the claims of an account, once the account is set up; null when there are none. */
    @Nullable AccountClaims enter(String key);

    /** Returns the account of a key. */
    Account account(String key);
  }

  private final String systemAccount;
  private final DefaultDomains domains;
  private final String cluster;
  private final Compatibility compatibility;
  private final LongSupplier seconds;
  private final Map<String, Map<String, Set<String>>> approved = new HashMap<>();
  private final Map<String, Map<String, SubjectMapping>> mappings = new HashMap<>();
  private final Map<String, Installed> installed = new HashMap<>();

  /** The imports of a token that have been set up once, by their places in it. */
  private record Installed(String token, Map<Integer, ReportedImport> imports) {}

  /**
   * Makes the sharing of all accounts of a server.
   *
   * @param cluster the name of the server's cluster; empty for none
   * @param seconds returns the time in seconds since the epoch
   */
  ClaimedSharing(
      String systemAccount,
      DefaultDomains domains,
      String cluster,
      Compatibility compatibility,
      LongSupplier seconds) {
    this.cluster = cluster;
    this.systemAccount = systemAccount;
    this.domains = domains;
    this.compatibility = compatibility;
    this.seconds = seconds;
  }

  /** What came of setting up an account. */
  static final class Outcome {
    private final Set<String> missing = ConcurrentHashMap.newKeySet();
    private long until = Long.MAX_VALUE;
    private boolean complete = true;

    /** Returns the accounts from which something could not be imported. */
    Set<String> missing() {
      return missing;
    }

    /** Returns whether everything that it wants to import has been set up once. */
    boolean isComplete() {
      return complete;
    }

    /** Returns when the first activation expires, in seconds since the epoch. */
    long until() {
      return until;
    }
  }

  /** Forgets an account. */
  void forget(String account) {
    approved.remove(account);
    mappings.remove(account);
    installed.remove(account);
  }

  /** Sets up an account anew. */
  Outcome share(Account account, AccountClaims claims, Others others) {
    JsonObject said = claims.jwt().claims();
    account.clearExportsAndImports();
    account.mappings(mappings(account, claims));
    Outcome outcome = new Outcome();
    Map<String, Set<String>> own = new HashMap<>();
    approved.put(account.name(), own);
    for (JsonObject each : said.objects("exports")) {
      attempt(account, "export", each, () -> export(account, each, own));
    }
    importAll(account, claims, others, outcome);
    return outcome;
  }

  // An import that the exporter no longer allows stays, and is called invalid; one that it has not
  // allowed from the beginning is missing.
  private void importAll(Account account, AccountClaims claims, Others others, Outcome outcome) {
    String token = claims.jwt().token();
    Installed before = installed.get(account.name());
    Map<Integer, ReportedImport> known =
        before != null && before.token().equals(token) ? before.imports() : new HashMap<>();
    installed.put(account.name(), new Installed(token, known));
    List<ReportedImport> invalid = new ArrayList<>();
    List<JsonObject> imports = claims.jwt().claims().objects("imports");
    for (int i = 0; i < imports.size(); i++) {
      JsonObject each = imports.get(i);
      int place = i;
      boolean imported =
          attempt(
              account,
              "import",
              each,
              () -> known.put(place, importInto(account, each, others, outcome)));
      if (!imported) {
        outcome.missing.add(each.string("account", ""));
        ReportedImport lost = known.get(place);
        if (lost == null) {
          outcome.complete = false;
        } else {
          invalid.add(lost);
        }
      }
    }
    account.sharing().invalidImports(invalid);
  }

  // What replaces a mapping and does not fit leaves the former one in place, and none is taken away
  // then, either (updateAccountClaimsWithRefresh of nats-server).
  private List<SubjectMapping> mappings(Account account, AccountClaims claims) {
    Map<String, SubjectMapping> installed =
        mappings.computeIfAbsent(account.name(), name -> new LinkedHashMap<>());
    Map<String, List<AccountConfig.Destination>> wanted =
        domains.added(
            account.name(), claims.jetStream() != null, ClaimedMappings.of(claims.jwt().claims()));
    Set<String> sources = ConcurrentHashMap.newKeySet();
    boolean failed = false;
    for (Map.Entry<String, List<AccountConfig.Destination>> each : wanted.entrySet()) {
      try {
        String source = expand(each.getKey(), account.name(), null);
        sources.add(source);
        List<SubjectMapping.Target> targets = new ArrayList<>();
        for (AccountConfig.Destination to : each.getValue()) {
          String subject = expand(to.subject(), account.name(), null);
          targets.add(new SubjectMapping.Target(subject, to.weight(), to.cluster()));
        }
        installed.put(source, SubjectMapping.of(source, targets, compatibility).inCluster(cluster));
      } catch (IllegalArgumentException e) {
        failed = true;
        log.error(
            "Error adding subject mapping {} for account [{}]: {}",
            GoQuote.quote(each.getKey()),
            account,
            e.getMessage());
      }
    }
    if (!failed) {
      installed.keySet().retainAll(sources);
    }
    return List.copyOf(installed.values());
  }

  private interface Step {
    void run() throws CredentialException;
  }

  private static boolean attempt(Account account, String what, JsonObject each, Step step) {
    try {
      step.run();
      return true;
    } catch (IllegalArgumentException | JsonException | CredentialException e) {
      String subject = String.valueOf(each.get("subject"));
      log.warn("Account {}: {} of {} left out: {}", account, what, subject, e.getMessage());
      return false;
    }
  }

  private static boolean isService(JsonObject shared) {
    Object type = shared.get("type");
    return "service".equals(type) || Long.valueOf(2).equals(type);
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
            // There are no samples of a service that responds more than once.
            latency == null || type != AccountConfig.ResponseType.SINGLETON
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
    Map<String, Long> revocations = new HashMap<>();
    JsonObject revoked = said.objectOrEmpty("revocations");
    revoked.names().forEach(name -> revocations.put(name, revoked.integer(name, 0)));
    ConfigAccounts.export(
        account, export, importers, new ActivationTokens(importers != null, revocations));
  }

  private static String key(boolean service, String subject) {
    return (service ? "service " : "stream ") + subject;
  }

  /** Imports a stream or service; returns it as it is reported when it has become invalid. */
  private ReportedImport importInto(
      Account account, JsonObject said, Others others, Outcome outcome) throws CredentialException {
    String from = said.string("account", "");
    AccountClaims exporter = others.enter(from);
    if (exporter == null) {
      throw new CredentialException("can't locate account " + from);
    }
    final Account other = others.account(from);
    boolean service = isService(said);
    String subject = expand(said.string("subject", ""), account.name(), from);
    String local = expand(said.string("local_subject", ""), account.name(), from);
    String to = expand(said.string("to", ""), account.name(), from);
    if (service && local.isEmpty()) {
      // The older form, without a local subject: requested under "subject", served under "to".
      local = subject;
      subject = to.isEmpty() ? subject : to;
    }
    approve(account, exporter, said, subject, outcome);
    AccountConfig.Import wanted =
        new AccountConfig.Import(
            service,
            from,
            subject,
            local,
            service || !local.isEmpty() ? "" : to,
            said.bool("share", false),
            said.bool("allow_trace", false));
    ConfigAccounts.importInto(account, other, wanted, from.equals(systemAccount));
    return new ReportedImport(
        service, subject, from, ConfigAccounts.local(wanted), true, wanted.share());
  }

  // A private export is for those who show a token of the exporter that activates it.
  private void approve(
      Account importer, AccountClaims exporter, JsonObject said, String subject, Outcome outcome)
      throws CredentialException {
    boolean service = isService(said);
    for (JsonObject export : exporter.jwt().claims().objects("exports")) {
      String exported = expand(export.string("subject", ""), exporter.jwt().subject(), null);
      Map<String, Set<String>> importers =
          approved.getOrDefault(exporter.jwt().subject(), Map.of());
      Set<String> named = importers.get(key(service, exported));
      if (named != null && isService(export) == service && Subjects.isSubset(subject, exported)) {
        if (isActivated(importer, exporter, said, export, outcome)) {
          named.add(importer.name());
        } else {
          named.remove(importer.name());
          throw new CredentialException("not activated");
        }
      }
    }
  }

  // checkActivation of nats-server.
  private boolean isActivated(
      Account importer, AccountClaims exporter, JsonObject said, JsonObject export, Outcome outcome)
      throws CredentialException {
    String token = said.string("token", "");
    if (token.isEmpty()) {
      return false;
    }
    ActivationClaims activation = ActivationClaims.parse(token);
    String issuerAccount = activation.jwt().issuerAccount();
    boolean issued =
        issuerAccount.isEmpty()
            || (issuerAccount.equals(exporter.jwt().subject())
                && exporter.isSigner(activation.jwt().issuer()));
    long now = seconds.getAsLong();
    long expires = activation.jwt().expires();
    boolean inTime = !activation.issues(now).isBlocking() && (expires == 0 || expires > now);
    JsonObject revocations = export.objectOrEmpty("revocations");
    String subject = activation.jwt().subject();
    long revoked = Math.max(revocations.integer(subject, -1), revocations.integer("*", -1));
    boolean activated =
        issued
            && inTime
            && !activation.issues(said, importer.name()).isBlocking()
            && activation.jwt().issuedAt() > revoked;
    if (activated && expires > 0) {
      outcome.until = Math.min(outcome.until, expires);
    }
    return activated;
  }
}
