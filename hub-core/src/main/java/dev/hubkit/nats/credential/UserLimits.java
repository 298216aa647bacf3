package dev.hubkit.nats.credential;

import dev.hubkit.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The limits in a user's token, or in the template of the key that signed it. Numbers are -1 for no
 * limit.
 *
 * @param publishAllow null for everything
 * @param subscribeAllow null for everything
 * @param responses how many responses to a request are allowed of themselves; 0 for none, with how
 *     long in nanoseconds
 * @param sources networks it may connect from; empty for any
 * @param times when it may connect; empty for always
 * @param proxyRequired whether it may only connect through a trusted proxy (ADR-55)
 */
public record UserLimits(
    @Nullable List<String> publishAllow,
    List<String> publishDeny,
    @Nullable List<String> subscribeAllow,
    List<String> subscribeDeny,
    int responses,
    long responseNanos,
    List<String> sources,
    List<TimeRange> times,
    String timesLocation,
    int maxSubscriptions,
    int maxPayload,
    boolean bearer,
    boolean proxyRequired,
    Set<String> connectionTypes) {

  /** A time of day from {@code start} to {@code end}, as {@code 15:04:05}. */
  public record TimeRange(String start, String end) {}

  private static final List<String> FIELDS =
      List.of(
          "pub",
          "sub",
          "resp",
          "src",
          "times",
          "times_location",
          "bearer_token",
          "proxy_required",
          "allowed_connection_types");

  /**
   * Reads the limits.
   *
   * @param unset the limit where none is said: 0 in tokens of users from version 2 on, else -1
   */
  static UserLimits of(JsonObject claims, long unset) {
    JsonObject publish = claims.object("pub");
    JsonObject subscribe = claims.object("sub");
    JsonObject response = claims.object("resp");
    List<TimeRange> times = new ArrayList<>();
    for (JsonObject range : claims.objects("times")) {
      times.add(new TimeRange(range.string("start", ""), range.string("end", "")));
    }
    return new UserLimits(
        allowed(publish),
        publish == null ? List.of() : publish.strings("deny"),
        allowed(subscribe),
        subscribe == null ? List.of() : subscribe.strings("deny"),
        response == null ? 0 : (int) response.integer("max", 0),
        response == null ? 0 : response.integer("ttl", 0),
        claims.strings("src"),
        times,
        claims.string("times_location", ""),
        clamp(claims.integer("subs", unset)),
        clamp(claims.integer("payload", unset)),
        claims.bool("bearer_token", false),
        claims.bool("proxy_required", false),
        new TreeSet<>(claims.strings("allowed_connection_types")));
  }

  /** Returns a limit of 64 bits within 32, as {@code clampInt64ToInt32} of nats-server does. */
  static int clamp(long limit) {
    return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, limit));
  }

  private static @Nullable List<String> allowed(@Nullable JsonObject permission) {
    return permission == null || permission.strings("allow").isEmpty()
        ? null
        : permission.strings("allow");
  }

  // A user that a scoped key has signed must leave everything to the scope.
  static boolean isUnset(JsonObject claims) {
    for (String field : FIELDS) {
      Object value = claims.get(field);
      boolean empty =
          value == null
              || Boolean.FALSE.equals(value)
              || "".equals(value)
              || (value instanceof List<?> list && list.isEmpty())
              || (value instanceof JsonObject object && object.names().isEmpty());
      if (!empty) {
        return false;
      }
    }
    return claims.integer("subs", 0) == 0
        && claims.integer("data", 0) == 0
        && claims.integer("payload", 0) == 0;
  }
}
