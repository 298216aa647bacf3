package dev.hubkit.nats;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.ServiceExport;
import dev.hubkit.nats.account.StreamExport;
import dev.hubkit.nats.account.SubjectMapping;
import dev.hubkit.nats.config.AccountConfig;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Gives accounts the mappings, exports and imports that a configuration has for them. */
final class ConfiguredAccounts {
  private final ServerConfig config;
  private final Function<String, Account> accounts;

  private ConfiguredAccounts(ServerConfig config, Function<String, Account> accounts) {
    this.config = config;
    this.accounts = accounts;
  }

  /**
   * Sets them up.
   *
   * @throws NatsException if an import or mapping does not fit
   */
  static void setUp(ServerConfig config, Function<String, Account> accounts) {
    ConfiguredAccounts configured = new ConfiguredAccounts(config, accounts);
    try {
      configured.mappings(NatsServer.GLOBAL_ACCOUNT, config.get(Options.MAPPINGS));
      for (AccountConfig account : config.get(Options.ACCOUNTS)) {
        configured.mappings(account.name(), account.mappings());
        account.exports().forEach(export -> configured.export(account, export));
      }
      for (AccountConfig account : config.get(Options.ACCOUNTS)) {
        account.imports().forEach(wanted -> configured.importInto(account, wanted));
      }
    } catch (IllegalArgumentException e) {
      throw new NatsException(String.valueOf(e.getMessage()), e);
    }
  }

  private void mappings(String name, Map<String, List<AccountConfig.Destination>> configured) {
    if (configured.isEmpty()) {
      return;
    }
    String cluster = config.get(Options.CLUSTER).name();
    List<SubjectMapping> mappings = new ArrayList<>();
    configured.forEach(
        (source, destinations) -> {
          List<SubjectMapping.Target> targets = new ArrayList<>();
          for (AccountConfig.Destination each : destinations) {
            if (each.cluster().isEmpty() || each.cluster().equals(cluster)) {
              targets.add(new SubjectMapping.Target(each.subject(), each.weight()));
            }
          }
          mappings.add(SubjectMapping.of(source, targets));
        });
    accounts.apply(name).mappings(mappings);
  }

  private void export(AccountConfig account, AccountConfig.Export export) {
    @Nullable Set<String> to = export.accounts().isEmpty() ? null : Set.copyOf(export.accounts());
    Account exporter = accounts.apply(account.name());
    if (!export.service()) {
      exporter.export(new StreamExport(export.subject(), to, export.accountTokenPosition()));
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
    exporter.export(
        new ServiceExport(
            export.subject(), to, export.accountTokenPosition(), responses, threshold));
  }

  private void importInto(AccountConfig account, AccountConfig.Import wanted) {
    Account importer = accounts.apply(account.name());
    Account exporter = accounts.apply(wanted.account());
    String to = wanted.to().isEmpty() ? wanted.subject() : wanted.to();
    if (wanted.service()) {
      importer.importService(exporter, wanted.subject(), to);
    } else {
      importer.importStream(
          exporter,
          wanted.subject(),
          wanted.prefix().isEmpty() ? to : wanted.prefix() + "." + wanted.subject());
    }
  }
}
