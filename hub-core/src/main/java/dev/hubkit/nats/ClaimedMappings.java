package dev.hubkit.nats;

import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.account.AccountPlaceholders;
import dev.hubkit.nats.account.SubjectMapping;
import dev.hubkit.nats.config.AccountConfig.Destination;
import dev.hubkit.nats.credential.AccountClaims;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.subject.MappingDestination;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.text.GoQuote;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The mappings in an account's token. */
final class ClaimedMappings {
  private static final int WHOLE = 100;

  private ClaimedMappings() {}

  /** Returns the mappings of some claims as they are written there. */
  static Map<String, List<Destination>> of(JsonObject claims) {
    Map<String, List<Destination>> mappings = new LinkedHashMap<>();
    JsonObject all = claims.objectOrEmpty("mappings");
    for (String source : all.names()) {
      List<Destination> destinations = new ArrayList<>();
      for (JsonObject each : all.objects(source)) {
        int weight = (int) each.integer("weight", 0);
        destinations.add(
            new Destination(
                each.string("subject", ""),
                weight == 0 ? WHOLE : weight,
                each.string("cluster", "")));
      }
      mappings.put(source, destinations);
    }
    return mappings;
  }

  /**
   * Checks the mappings of an account before it is stored ({@code validateAccountClaimMappings} of
   * nats-server, since 2.15).
   *
   * @return what is wrong, in nats-server's words; null when all is well
   */
  static @Nullable String check(AccountClaims claims, Compatibility compatibility) {
    if (!compatibility.atLeast(Compatibility.V2_15)) {
      return null;
    }
    for (Map.Entry<String, List<Destination>> each : of(claims.jwt().claims()).entrySet()) {
      try {
        check(each.getKey(), each.getValue(), claims.jwt().subject(), compatibility);
      } catch (IllegalArgumentException e) {
        return e.getMessage();
      }
    }
    return null;
  }

  private static void check(
      String written, List<Destination> destinations, String account, Compatibility compatibility) {
    String source = expand(written, account, written, "");
    String mapping = "mapping " + GoQuote.quote(source);
    if (!Subjects.isValid(source)) {
      throw new IllegalArgumentException(mapping + ": invalid subject");
    }
    Set<String> seen = new HashSet<>();
    Map<String, Integer> weights = new HashMap<>();
    for (Destination each : destinations) {
      String arrow = " -> " + GoQuote.quote(each.subject());
      String subject = expand(each.subject(), account, source, arrow);
      if (!seen.add(subject)) {
        throw new IllegalArgumentException(
            mapping + ": duplicate entry for " + GoQuote.quote(subject));
      }
      if (each.weight() > WHOLE) {
        throw new IllegalArgumentException(mapping + ": individual weights need to be <= 100");
      }
      if (weights.merge(each.cluster(), each.weight(), Integer::sum) > WHOLE) {
        throw new IllegalArgumentException(mapping + ": total weight needs to be <= 100");
      }
      try {
        MappingDestination.check(source, subject, compatibility);
        SubjectMapping.of(
            source,
            List.of(new SubjectMapping.Target(subject, each.weight(), each.cluster())),
            compatibility);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            mapping + " -> " + GoQuote.quote(subject) + ": " + e.getMessage(), e);
      }
    }
  }

  private static String expand(String subject, String account, String source, String arrow) {
    try {
      return AccountPlaceholders.expand(subject, account, null);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "mapping " + GoQuote.quote(source) + arrow + ": " + e.getMessage(), e);
    }
  }
}
