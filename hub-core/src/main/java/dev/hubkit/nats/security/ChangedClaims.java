package dev.hubkit.nats.security;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.ClientLimits;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.account.Permissions;
import dev.hubkit.nats.credential.AccountClaims;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.nats.credential.UserClaims;
import dev.hubkit.nats.net.AuthenticatedPeer;
import dev.hubkit.nats.net.CloseReason;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the changed token of an account means to the clients and leaf nodes of the account: the end
 * of {@code updateAccountClaimsWithRefresh} of nats-server.
 */
public final class ChangedClaims {
  private final AccountClaims before;
  private final AccountClaims after;
  private final JwtAuthenticator operator;

  ChangedClaims(AccountClaims before, AccountClaims after, JwtAuthenticator operator) {
    this.before = before;
    this.after = after;
    this.operator = operator;
  }

  /**
   * Has a client follow the change: closes it, or gives it other permissions and limits.
   *
   * @param account the account, which has the changed limits
   */
  public void apply(AuthenticatedPeer client, Account account) {
    AuthenticatedUser user = client.user();
    if (user == null) {
      return;
    }
    int most = ClientLimits.lower(user.maxSubscriptions(), account.limits().subscriptions());
    if (most >= 0 && client.subscriptions().size() >= most) {
      client.fail(CloseReason.MAX_SUBSCRIPTIONS_EXCEEDED, "maximum subscriptions exceeded");
    } else if (!close(client, user)) {
      client.change(user.with(permissions(client, user)));
    }
  }

  private boolean close(AuthenticatedPeer client, AuthenticatedUser user) {
    String token = client.options().jwt();
    if (token != null && (after.disallowBearer() || !after.revocations().isEmpty())) {
      String error = refusal(token);
      if (error != null) {
        boolean revoked = !error.equals("Authorization Violation");
        client.fail(revoked ? CloseReason.REVOCATION : CloseReason.AUTHENTICATION_VIOLATION, error);
        return true;
      }
    }
    String key = user.origin().issuer();
    boolean own = key.isEmpty() || key.equals(after.jwt().subject());
    if (!own && !(operator.isSigner(after, key) && isScopeKept(key))) {
      // Without a word, as nats-server does.
      client.close(CloseReason.AUTHENTICATION_VIOLATION);
      return true;
    }
    return false;
  }

  private boolean isScopeKept(String key) {
    return Objects.equals(before.scope(key), after.scope(key));
  }

  /** Returns what a client that shows a token is told when it has to go; null when it may stay. */
  private @Nullable String refusal(String token) {
    try {
      UserClaims user = UserClaims.parse(token);
      if (user.limits().bearer() && after.disallowBearer()) {
        return "Authorization Violation";
      }
      return after.revokes(user.jwt().subject(), user.jwt().issuedAt())
          ? "User Authentication Revoked"
          : null;
    } catch (CredentialException e) {
      return "Authorization Violation";
    }
  }

  // Those of users whose own tokens say nothing are the account's; those of leaf nodes are for
  // good.
  private Permissions permissions(AuthenticatedPeer client, AuthenticatedUser user) {
    String token = client.options().jwt();
    if (token == null
        || client.connectionType() == ConnectionType.LEAFNODE
        || client.connectionType() == ConnectionType.LEAFNODE_WS
        || after.defaults().equals(before.defaults())) {
      return user.permissions();
    }
    try {
      UserClaims claims = UserClaims.parse(token);
      Permissions changed =
          JwtAuthenticator.permissions(operator.limits(claims, after), after.defaults());
      AuthenticatedUser other = user.with(changed);
      return after.callout().isPresent()
          ? AuthCallout.withoutAsking(other, new JwtAuthCallout(after, operator)).permissions()
          : changed;
    } catch (CredentialException e) {
      return user.permissions(); // its scope has not changed, so this was so before
    }
  }
}
