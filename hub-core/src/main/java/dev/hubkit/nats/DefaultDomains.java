package dev.hubkit.nats;

import dev.hubkit.nats.config.AccountConfig.Destination;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The JetStream domains whose API accounts without JetStream of their own use ({@code
 * default_js_domain}; registerAccountNoLock in nats-server's {@code server.go}). Immutable.
 */
record DefaultDomains(Map<String, String> byAccount) {
  // generateJSMappingTable of nats-server's jetstream_api.go.
  private static final List<String> SUBJECTS =
      List.of("INFO", "STREAM.>", "CONSUMER.>", "DIRECT.>", "META.>", "SERVER.>", "ACCOUNT.>");

  private static final List<String> STORES = List.of("$KV.>", "$OBJ.>");
  private static final int FULL_WEIGHT = 100;

  /** Returns the mappings of an account together with those that lead to its domain. */
  Map<String, List<Destination>> added(
      String account, boolean jetStream, Map<String, List<Destination>> mappings) {
    String domain = byAccount.getOrDefault(account, "");
    if (domain.isEmpty() || jetStream) {
      return mappings;
    }
    Map<String, List<Destination>> all = new LinkedHashMap<>(mappings);
    String api = "$JS." + domain + ".API.";
    SUBJECTS.forEach(subject -> all.put("$JS.API." + subject, to(api + subject)));
    STORES.forEach(subject -> all.put(subject, to(api + subject)));
    return all;
  }

  private static List<Destination> to(String subject) {
    return List.of(new Destination(subject, FULL_WEIGHT, ""));
  }
}
