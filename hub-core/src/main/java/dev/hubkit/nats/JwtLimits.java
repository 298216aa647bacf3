package dev.hubkit.nats;

import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.jetstream.config.AccountLimits;
import java.util.Map;
import java.util.TreeMap;

/** What the token of an account lets it have of JetStream. */
final class JwtLimits {
  private JwtLimits() {}

  /** The limits by tier; under the empty name where there are no tiers, such as R1. */
  static Map<String, AccountLimits> of(JsonObject claims) {
    JsonObject named = claims.objectOrEmpty("tiered_limits");
    if (named.names().isEmpty()) {
      return Map.of("", tier(claims));
    }
    Map<String, AccountLimits> tiers = new TreeMap<>();
    for (String name : named.names()) {
      tiers.put(name, tier(named.objectOrEmpty(name)));
    }
    return tiers;
  }

  private static AccountLimits tier(JsonObject claims) {
    return new AccountLimits(
        claims.integer("mem_storage", 0),
        claims.integer("disk_storage", 0),
        claims.integer("streams", 0),
        claims.integer("consumer", 0),
        unlimitedIfZero(claims.integer("max_ack_pending", 0)),
        unlimitedIfZero(claims.integer("mem_max_stream_bytes", 0)),
        unlimitedIfZero(claims.integer("disk_max_stream_bytes", 0)),
        claims.bool("max_bytes_required", false));
  }

  private static long unlimitedIfZero(long limit) {
    return limit > 0 ? limit : -1;
  }
}
