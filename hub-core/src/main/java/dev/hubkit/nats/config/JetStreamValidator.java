package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.credential.NKey;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.subject.Subjects;
import java.util.Map;
import java.util.Set;

/**
 * Checks of JetStream what nats-server checks when it starts rather than when it reads the file
 * (validateJetStreamOptions in its {@code jetstream.go}).
 */
final class JetStreamValidator {
  private static final Set<String> RESERVED_DOMAINS = Set.of("ACK", "FC", "SNAPSHOT", "EVENT");
  private static final String GLOBAL_ACCOUNT = "$G";

  private JetStreamValidator() {}

  /**
   * Checks a configuration.
   *
   * @throws ConfigException for the first thing that is wrong
   */
  static void check(ServerConfig config) {
    Map<String, String> domains = config.get(Options.DEFAULT_JS_DOMAINS);
    domains.forEach((account, domain) -> checkAccount(account, domain, config));
    domains.forEach((account, domain) -> checkDefault(account, domain, config));
    String domain = config.get(Options.JETSTREAM_SETTINGS).domain();
    if (!domain.isEmpty()) {
      checkDomain(domain, config);
    }
    if (config.get(Options.JETSTREAM) && config.get(Options.CLUSTER).port() != 0) {
      checkCluster(config);
    }
  }

  private static void checkCluster(ServerConfig config) {
    if (config.get(Options.SERVER_NAME).isEmpty()) {
      throw new ConfigException("jetstream cluster requires `server_name` to be set");
    }
    if (config.get(Options.CLUSTER).name().isEmpty()) {
      throw new ConfigException("jetstream cluster requires `cluster.name` to be set");
    }
  }

  private static void checkAccount(String account, String domain, ServerConfig config) {
    if (!config.get(Options.OPERATORS).isEmpty()) {
      if (!NKey.isValid(account, NKey.Role.ACCOUNT)) {
        throw new ConfigException(
            "default_js_domain contains account name "
                + quoted(account)
                + ", which is not a valid public account nkey");
      }
      return;
    }
    if (account.equals(GLOBAL_ACCOUNT)) {
      return;
    }
    AccountConfig known =
        config.get(Options.ACCOUNTS).stream()
            .filter(each -> each.name().equals(account))
            .findFirst()
            .orElseThrow(
                () ->
                    new ConfigException(
                        "in non operator mode, `default_js_domain` references non existing account "
                            + quoted(account)));
    if (known.jetStream() != null && !domain.isEmpty()) {
      throw new ConfigException(
          "default_js_domain contains account name " + quoted(account) + " with enabled JetStream");
    }
  }

  private static void checkDefault(String account, String domain, ServerConfig config) {
    String system = config.get(Options.SYSTEM_ACCOUNT);
    if (account.equals(system.isEmpty() ? "$SYS" : system)) {
      throw new ConfigException(
          "system account " + quoted(account) + " can not be in default_js_domain");
    }
    if (!domain.isEmpty() && (!Subjects.isValid(api(domain)) || isReserved(domain, config))) {
      throw new ConfigException(
          "default_js_domain contains account "
              + quoted(account)
              + " with invalid domain name "
              + quoted(domain));
    }
  }

  private static String api(String domain) {
    return "$JS." + domain + ".API.>";
  }

  private static void checkDomain(String domain, ServerConfig config) {
    if (!Subjects.isValid(api(domain))) {
      throw new ConfigException(
          "invalid domain name: derived " + quoted(api(domain)) + " is not a valid subject");
    }
    if (domain.contains(".") || domain.contains("*") || domain.contains(">")) {
      throw new ConfigException("invalid domain name: may not contain ., * or >");
    }
    if (isReserved(domain, config)) {
      throw new ConfigException("invalid domain name: " + quoted(domain) + " is reserved");
    }
  }

  private static boolean isReserved(String domain, ServerConfig config) {
    return config.get(Options.COMPATIBILITY).atLeast(Compatibility.V2_15)
        && RESERVED_DOMAINS.contains(domain);
  }
}
