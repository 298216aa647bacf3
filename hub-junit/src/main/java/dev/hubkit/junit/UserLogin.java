package dev.hubkit.junit;

/**
 * What a NATS client logs in with.
 *
 * @param user the name of the user
 * @param password the password
 */
public record UserLogin(String user, String password) {
  /** Returns the user alone, so that no log shows the password. */
  @Override
  public String toString() {
    return "the user \"" + user + "\"";
  }
}
