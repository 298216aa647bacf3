package dev.hubkit.nats;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.net.Clients;
import dev.hubkit.nats.net.CloseReason;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.security.ChangedClaims;
import java.util.Comparator;
import java.util.List;

/** The clients of accounts of operator mode, which follow what the accounts' tokens say. */
record ClaimedClients(Clients clients) {
  /** Closes the clients of an account that has expired or is gone. */
  void expire(String account) {
    of(account)
        .forEach(
            each ->
                each.fail(CloseReason.AUTHENTICATION_EXPIRED, "Account Authentication Expired"));
  }

  /** Has the clients of an account follow a change; of those that are too many the oldest stay. */
  void follow(Account account, ChangedClaims change) {
    int most = account.limits().connections();
    int count = 0;
    for (Connection each : of(account.name())) {
      if (most >= 0 && count >= most) {
        each.fail(
            CloseReason.MAX_ACCOUNT_CONNECTIONS_EXCEEDED,
            "maximum account active connections exceeded");
      } else {
        count++;
        change.apply(each, account);
      }
    }
  }

  private List<Connection> of(String account) {
    return clients.all().stream()
        .filter(each -> each.user() != null && each.account().name().equals(account))
        .sorted(Comparator.comparingLong(Connection::id))
        .toList();
  }
}
