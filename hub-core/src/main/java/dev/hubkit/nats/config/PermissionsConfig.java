package dev.hubkit.nats.config;

import dev.hubkit.nats.account.Permissions;
import dev.hubkit.nats.account.ResponsePermission;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The subjects a user may use, as they were configured. An entry for subscribing can have a queue
 * name behind a space.
 *
 * @param publishAllow null for everything, empty for nothing
 * @param subscribeAllow null for everything, empty for nothing
 * @param responses null when replies are not allowed of themselves
 */
@SuppressWarnings("exports")
public record PermissionsConfig(
    @Nullable List<String> publishAllow,
    List<String> publishDeny,
    @Nullable List<String> subscribeAllow,
    List<String> subscribeDeny,
    @Nullable ResponsePermission responses) {
  /** No restriction. */
  public static final PermissionsConfig ALL =
      new PermissionsConfig(null, List.of(), null, List.of(), null);

  /** In the form that is fast to ask. */
  @SuppressWarnings("exports")
  public Permissions permissions() {
    return new Permissions(publishAllow, publishDeny, subscribeAllow, subscribeDeny, responses);
  }
}
