package dev.hubkit.nats.credential;

import dev.hubkit.json.JsonObject;
import dev.hubkit.text.GoNumber;
import dev.hubkit.text.GoQuote;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** Checks what claims permit a user, and within which limits. */
final class PermissionClaims {
  private static final Pattern IPV4 =
      Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?[0-9])(?:\\.(?!$)|$)){4}");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
  private static final int IPV4_BITS = 32;
  private static final int IPV6_BITS = 128;

  private PermissionClaims() {}

  /** {@code Permissions.Validate}. */
  static void check(JsonObject claims, ClaimIssues issues) {
    check(claims.objectOrEmpty("sub"), true, issues);
    check(claims.objectOrEmpty("pub"), false, issues);
  }

  private static void check(JsonObject permission, boolean withQueue, ClaimIssues issues) {
    for (String subject : permission.strings("allow")) {
      ClaimedSubjects.checkPermission(subject, withQueue, issues);
    }
    for (String subject : permission.strings("deny")) {
      ClaimedSubjects.checkPermission(subject, withQueue, issues);
    }
  }

  /** {@code Limits.Validate}. */
  static void checkLimits(JsonObject claims, ClaimIssues issues) {
    for (String network : claims.strings("src")) {
      if (!isNetwork(network)) {
        issues.error("invalid cidr " + GoQuote.quote(network) + " in user src limits");
      }
    }
    for (JsonObject range : claims.objects("times")) {
      checkTime(range, "start", "a start", issues);
      checkTime(range, "end", "an end", issues);
    }
    String zone = claims.string("times_location", "");
    if (TimeOfDay.zone(zone).isEmpty()) {
      issues.error("could not parse iana time zone by name: unknown time zone " + zone);
    }
  }

  private static void checkTime(JsonObject range, String name, String shown, ClaimIssues issues) {
    String time = range.string(name, "");
    if (time.isEmpty()) {
      issues.error("time ranges " + name + " must contain " + shown);
    } else if (TimeOfDay.parse(time).isEmpty()) {
      issues.error(name + " in time range is invalid " + GoQuote.quote(time));
    }
  }

  // net.ParseCIDR. Names are not looked up: only what is an address is given to getByName.
  private static boolean isNetwork(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return false;
    }
    String address = text.substring(0, slash);
    long bits = GoNumber.unsigned(text.substring(slash + 1)).orElse(-1);
    if (IPV4.matcher(address).matches()) {
      return bits >= 0 && bits <= IPV4_BITS;
    }
    if (bits < 0 || bits > IPV6_BITS || !IPV6.matcher(address).matches()) {
      return false;
    }
    try {
      InetAddress.getByName(address);
      return true;
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
