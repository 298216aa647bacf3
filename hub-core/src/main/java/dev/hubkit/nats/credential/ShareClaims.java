package dev.hubkit.nats.credential;

import dev.hubkit.json.JsonObject;
import dev.hubkit.text.GoQuote;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checks the exports and imports of accounts ({@code exports.go}, {@code imports.go}). */
final class ShareClaims {
  private static final String SERVICE = "service";
  private static final String STREAM = "stream";
  private static final Set<String> RESPONSES = Set.of("", "Singleton", "Chunked", "Stream");
  private static final int WHOLE = 100;

  private ShareClaims() {}

  /** Returns the elements of an array of exports or imports; null for each {@code null}. */
  static List<@Nullable JsonObject> elements(JsonObject claims, String name) {
    List<@Nullable JsonObject> elements = new ArrayList<>();
    if (claims.get(name) instanceof List<?> list) {
      list.forEach(each -> elements.add(each instanceof JsonObject object ? object : null));
    }
    return elements;
  }

  private static String type(JsonObject share) {
    String type = share.string("type", "");
    return type.isEmpty() ? "unknown" : type;
  }

  /** {@code Exports.Validate}. */
  static void checkExports(JsonObject claims, ClaimIssues issues) {
    List<String> services = new ArrayList<>();
    List<String> streams = new ArrayList<>();
    for (JsonObject export : elements(claims, "exports")) {
      if (export == null) {
        issues.error("null export is not allowed");
        continue;
      }
      (type(export).equals(SERVICE) ? services : streams).add(export.string("subject", ""));
      checkExport(export, issues);
    }
    checkOverlap(SERVICE, services, issues);
    checkOverlap(STREAM, streams, issues);
  }

  private static void checkOverlap(String type, List<String> subjects, ClaimIssues issues) {
    Map<String, String> covered = new LinkedHashMap<>();
    for (int i = 0; i < subjects.size(); i++) {
      for (int j = 0; j < subjects.size(); j++) {
        if (i != j && ClaimedSubjects.isContained(subjects.get(i), subjects.get(j))) {
          covered.putIfAbsent(subjects.get(j), subjects.get(i));
        }
      }
    }
    covered.forEach(
        (by, subject) ->
            issues.error(
                type
                    + " export subject "
                    + GoQuote.quote(by)
                    + " already exports "
                    + GoQuote.quote(subject)));
  }

  private static void checkExport(JsonObject export, ClaimIssues issues) {
    String type = type(export);
    boolean service = type.equals(SERVICE);
    String response = export.string("response_type", "");
    if (type.equals("unknown")) {
      issues.error("invalid export type: \"unknown\"");
    }
    if (service && !RESPONSES.contains(response)) {
      issues.error("invalid response type for service: " + GoQuote.quote(response));
    }
    if (type.equals(STREAM)) {
      if (!response.isEmpty()) {
        issues.error("invalid response type for stream: " + GoQuote.quote(response));
      }
      if (export.bool("allow_trace", false)) {
        issues.error("AllowTrace only valid for service export");
      }
    }
    JsonObject latency = export.object("service_latency");
    if (latency != null) {
      checkLatency(latency, service, issues);
    }
    long threshold = export.integer("response_threshold", 0);
    if (threshold < 0) {
      issues.error("negative response threshold is invalid");
    }
    if (threshold > 0 && !service) {
      issues.error("response threshold only valid for services");
    }
    String subject = export.string("subject", "");
    ClaimedSubjects.check(subject, issues);
    checkAccountToken(export.unsigned("account_token_position", 0), subject, issues);
    InfoClaims.check(export, issues);
  }

  private static void checkLatency(JsonObject latency, boolean service, ClaimIssues issues) {
    if (!service) {
      issues.error("latency tracking only permitted for services");
    }
    if (latency.get("sampling") instanceof Long percent
        && percent != 0
        && (percent < 1 || percent > WHOLE)) {
      issues.error("sampling percentage needs to be between 1-100");
    }
    String results = latency.string("results", "");
    ClaimedSubjects.check(results, issues);
    if (ClaimedSubjects.hasWildcards(results)) {
      issues.error("results subject can not contain wildcards");
    }
  }

  private static void checkAccountToken(long position, String subject, ClaimIssues issues) {
    if (position == 0) {
      return;
    }
    List<String> tokens = ClaimedSubjects.tokens(subject);
    if (!ClaimedSubjects.hasWildcards(subject)) {
      issues.error("Account Token Position can only be used with wildcard subjects: " + subject);
    } else if (Long.compareUnsigned(position, tokens.size()) > 0) {
      issues.error(
          "Account Token Position "
              + Long.toUnsignedString(position)
              + " exceeds length of subject '"
              + subject
              + "'");
    } else {
      String token = tokens.get((int) position - 1);
      if (!token.equals("*")) {
        issues.error(
            "Account Token Position "
                + position
                + " matches '"
                + token
                + "' but must match a * in: "
                + subject);
      }
    }
  }

  /** {@code Imports.Validate}. */
  static void checkImports(JsonObject claims, String account, ClaimIssues issues) {
    Map<String, Set<String>> services = new LinkedHashMap<>();
    for (JsonObject share : elements(claims, "imports")) {
      if (share == null) {
        issues.error("null import is not allowed");
        continue;
      }
      if (type(share).equals(SERVICE)) {
        String from = share.string("account", "");
        checkNamespace(
            requested(share),
            from,
            services.computeIfAbsent(from, x -> new LinkedHashSet<>()),
            issues);
      }
      checkImport(share, account, issues);
    }
  }

  /** Under which subject a service is requested. */
  private static String requested(JsonObject share) {
    String to = share.string("to", "");
    String local = ClaimedSubjects.withoutReferences(share.string("local_subject", ""));
    return !to.isEmpty() ? to : local.isEmpty() ? share.string("subject", "") : local;
  }

  private static void checkNamespace(
      String subject, String from, Set<String> others, ClaimIssues issues) {
    String overlapping = "overlapping subject namespace for " + GoQuote.quote(subject);
    for (String other : others) {
      if (ClaimedSubjects.isContained(subject, other)
          || ClaimedSubjects.isContained(other, subject)) {
        issues.error(
            overlapping
                + " and "
                + GoQuote.quote(other)
                + " in same account "
                + GoQuote.quote(from));
      }
    }
    if (!others.add(subject)) {
      issues.error(overlapping + " in account " + GoQuote.quote(from));
    }
  }

  /** {@code Import.Validate}. */
  static void checkImport(JsonObject share, String account, ClaimIssues issues) {
    String type = type(share);
    boolean service = type.equals(SERVICE);
    String subject = share.string("subject", "");
    String to = share.string("to", "");
    String local = share.string("local_subject", "");
    if (type.equals("unknown")) {
      issues.error("invalid import type: \"unknown\"");
    }
    if (service && share.bool("allow_trace", false)) {
      issues.error("AllowTrace only valid for stream import");
    }
    if (share.string("account", "").isEmpty()) {
      issues.error("account to import from is not specified");
    }
    if (!to.isEmpty()) {
      issues.warning("the field to has been deprecated (use LocalSubject instead)");
    }
    ClaimedSubjects.check(subject, issues);
    if (!local.isEmpty()) {
      ClaimedSubjects.checkRenaming(local, subject, issues);
      if (!to.isEmpty()) {
        issues.error("Local Subject replaces To");
      }
    }
    if (share.bool("share", false) && !service) {
      issues.error(
          "sharing information (for latency tracking) is only valid for services: "
              + GoQuote.quote(subject));
    }
    String token = share.string("token", "");
    if (!token.isEmpty()) {
      String shown = GoQuote.quote(subject);
      try {
        checkActivation(ActivationClaims.parse(token), share, account, issues);
      } catch (CredentialException e) {
        issues.error("import " + shown + " contains an invalid activation token");
      }
    }
  }

  private static void checkActivation(
      ActivationClaims token, JsonObject share, String account, ClaimIssues issues) {
    String subject = share.string("subject", "");
    String shown = GoQuote.quote(subject);
    String from = share.string("account", "");
    if (!token.jwt().issuer().equals(from) && !token.jwt().issuerAccount().equals(from)) {
      issues.error("activation token doesn't match account for import " + shown);
    }
    if (!token.jwt().subject().equals(account)) {
      issues.error("activation token doesn't match account it is being included in, " + shown);
    }
    String type = type(share);
    if (!token.kind().equals(type)) {
      issues.error(
          "mismatch between token import type " + token.kind() + " and type of import " + type);
    }
    token.check(issues);
    String to = share.string("to", "");
    String imported = type.equals(SERVICE) && !to.isEmpty() ? to : subject;
    if (!ClaimedSubjects.isContained(imported, token.subject())) {
      issues.error(
          "activation token import subject "
              + GoQuote.quote(token.subject())
              + " doesn't match import "
              + shown);
    }
  }
}
