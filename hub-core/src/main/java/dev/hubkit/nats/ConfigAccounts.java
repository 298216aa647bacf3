package dev.hubkit.nats;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.ActivationTokens;
import dev.hubkit.nats.account.ClientLimits;
import dev.hubkit.nats.account.RequesterShare;
import dev.hubkit.nats.account.ServiceExport;
import dev.hubkit.nats.account.ServiceLatency;
import dev.hubkit.nats.account.StreamExport;
import dev.hubkit.nats.account.SubjectMapping;
import dev.hubkit.nats.config.AccountConfig;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.release.Compatibility;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Applies a configuration's limits, mappings, exports and imports to its accounts. */
final class ConfigAccounts {
  private final ServerConfig config;
  private final Function<String, Account> accounts;

  private ConfigAccounts(ServerConfig config, Function<String, Account> accounts) {
    this.config = config;
    this.accounts = accounts;
  }

  /**
   * Sets them up.
   *
   * @throws NatsException if an import or mapping does not fit
   */
  static void setUp(ServerConfig config, Function<String, Account> accounts) {
    ConfigAccounts configured = new ConfigAccounts(config, accounts);
    try {
      configured.mappings(NatsServer.GLOBAL_ACCOUNT, false, config.get(Options.MAPPINGS));
      for (AccountConfig account : config.get(Options.ACCOUNTS)) {
        Account made = accounts.apply(account.name());
        made.limits(
            new ClientLimits(
                account.maxConnections(),
                account.maxSubscriptions(),
                account.maxPayload(),
                account.maxLeafNodes()));
        made.tracing(account.traceDestination(), account.traceSampling());
        configured.mappings(account.name(), account.jetStream() != null, account.mappings());
        for (AccountConfig.Export export : account.exports()) {
          Set<String> to = export.accounts().isEmpty() ? null : Set.copyOf(export.accounts());
          export(made, export, to, ActivationTokens.NONE);
        }
      }
      for (AccountConfig account : config.get(Options.ACCOUNTS)) {
        for (AccountConfig.Import wanted : account.imports()) {
          importInto(
              accounts.apply(account.name()),
              accounts.apply(wanted.account()),
              wanted,
              configured.isSystem(wanted.account()));
        }
      }
    } catch (IllegalArgumentException e) {
      throw new NatsException(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Sets them up anew, in place of what was before.
   *
   * @throws NatsException if an import or mapping does not fit
   */
  static void change(
      ServerConfig config, Collection<Account> present, Function<String, Account> accounts) {
    present.forEach(
        account -> {
          account.clearExportsAndImports();
          account.limits(ClientLimits.NONE);
          account.tracing("", 0);
        });
    setUp(config, accounts);
    present.forEach(Account::update);
  }

  private boolean isSystem(String account) {
    return account.equals(ServerAccounts.systemAccountName(config));
  }

  private void mappings(
      String name, boolean jetStream, Map<String, List<AccountConfig.Destination>> configured) {
    Map<String, List<AccountConfig.Destination>> all =
        new DefaultDomains(config.get(Options.DEFAULT_JS_DOMAINS))
            .added(name, jetStream, configured);
    if (!all.isEmpty()) {
      accounts
          .apply(name)
          .mappings(
              // The reader of the file has refused what these releases do not know.
              mappings(all, config.get(Options.CLUSTER).name(), Compatibility.current()));
    }
  }

  /** Mappings as an account of a server in a cluster takes them. */
  private static List<SubjectMapping> mappings(
      Map<String, List<AccountConfig.Destination>> configured,
      String cluster,
      Compatibility compatibility) {
    List<SubjectMapping> mappings = new ArrayList<>();
    configured.forEach(
        (source, destinations) -> {
          List<SubjectMapping.Target> targets =
              destinations.stream()
                  .map(
                      each ->
                          new SubjectMapping.Target(each.subject(), each.weight(), each.cluster()))
                  .toList();
          mappings.add(SubjectMapping.of(source, targets, compatibility).inCluster(cluster));
        });
    return mappings;
  }

  /**
   * Exports a stream or service.
   *
   * @param to the accounts it is for; null for all
   * @param tokens the tokens that those have to show
   */
  static void export(
      Account exporter,
      AccountConfig.Export export,
      @Nullable Set<String> to,
      ActivationTokens tokens) {
    if (!export.service()) {
      exporter
          .sharing()
          .export(new StreamExport(export.subject(), to, export.accountTokenPosition(), tokens));
      return;
    }
    ServiceExport.Responses responses =
        switch (export.responseType()) {
          case SINGLETON -> ServiceExport.Responses.SINGLETON;
          case STREAM -> ServiceExport.Responses.STREAM;
          case CHUNKED -> ServiceExport.Responses.CHUNKED;
        };
    Duration threshold =
        export.thresholdNanos() == 0
            ? ServiceExport.DEFAULT_THRESHOLD
            : Duration.ofNanos(export.thresholdNanos());
    AccountConfig.Latency latency = export.latency();
    exporter
        .sharing()
        .export(
            new ServiceExport(
                export.subject(),
                to,
                export.accountTokenPosition(),
                responses,
                threshold,
                latency == null ? null : new ServiceLatency(latency.subject(), latency.sampling()),
                export.allowTrace(),
                tokens));
  }

  /**
   * Imports a stream or service.
   *
   * @param system whether it is one of the system account
   * @throws IllegalArgumentException if it is not exported to that account, or does not fit
   */
  static void importInto(
      Account importer, Account exporter, AccountConfig.Import wanted, boolean system) {
    String to = local(wanted);
    if (wanted.service()) {
      RequesterShare disclosure =
          wanted.share()
              ? RequesterShare.ALL
              : system ? RequesterShare.SERVER : RequesterShare.ROUND_TRIP;
      importer.sharing().importService(exporter, wanted.subject(), to, disclosure);
    } else {
      importer.sharing().importStream(exporter, wanted.subject(), to, wanted.allowTrace());
    }
  }

  /** Returns the subject that an import has in the importing account. */
  static String local(AccountConfig.Import wanted) {
    if (wanted.service() || wanted.prefix().isEmpty()) {
      return wanted.to().isEmpty() ? wanted.subject() : wanted.to();
    }
    String dot = wanted.prefix().endsWith(".") ? "" : ".";
    return wanted.prefix() + dot + wanted.subject();
  }
}
