package dev.hubkit.junit.spring;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;

/**
 * Where the hub of a test is, for an application of Spring Boot.
 *
 * @param natsUrl the URL for NATS clients; null if the hub serves no NATS
 * @param fossilUrl the URL to clone from; null if the hub serves no Fossil
 * @param user the user of {@link HubServiceConnection#user()}; null for none
 * @param password the password of that user; null without one
 */
@SuppressWarnings("exports") // Spring is an optional library
public record HubConnectionDetails(
    @Nullable String natsUrl,
    @Nullable String fossilUrl,
    @Nullable String user,
    @Nullable String password)
    implements ConnectionDetails {
  /** Returns all but the password. */
  @Override
  public String toString() {
    return "HubConnectionDetails[natsUrl="
        + natsUrl
        + ", fossilUrl="
        + fossilUrl
        + ", user="
        + user
        + "]";
  }
}
