package dev.hubkit.nats.monitor;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AccountTraffic;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.Traffic;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.time.GoTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@code /accountz}, {@code /accstatz} and {@code /subsz}: accounts and what they subscribe to. */
final class AccountsReport {
  private final MonitoredServer server;

  AccountsReport(MonitoredServer server) {
    this.server = server;
  }

  private JsonWriter begin(JsonWriter json) {
    return json.beginObject()
        .field("server_id", server.clients().info().serverId())
        .field("now", GoTime.stamp(server.time().epochNanos()));
  }

  void accounts(JsonWriter json, Query query) {
    begin(json).fieldIfSet("system_account", server.systemAccount());
    String wanted = query.text("acc");
    if (wanted.isEmpty()) {
      json.field("accounts", server.accounts().stream().map(Account::name).toList());
    } else {
      account(json, named(wanted));
    }
    json.endObject();
  }

  private Account named(String name) {
    for (Account account : server.accounts()) {
      if (account.name().equals(name)) {
        return account;
      }
    }
    throw new Query.BadQueryException("Account " + name + " does not exist");
  }

  private void account(JsonWriter json, Account account) {
    json.beginObject("account_detail");
    detail(json, account);
    json.endObject();
  }

  /** Writes what there is to know of an account, without the braces around it. */
  void detail(JsonWriter json, Account account) {
    json.field("account_name", account.name())
        .field("update_time", GoTime.stamp(server.started()))
        .fieldIfSet("is_system", account.name().equals(server.systemAccount()))
        .field("expired", false)
        .field("complete", true)
        .field(
            "jetstream_enabled",
            server.jetStreams() != null && server.jetStreams().of(account) != null)
        .field("leafnode_connections", 0)
        .field("client_connections", clientsOf(account).size())
        .field("subscriptions", account.interest().subscriptionCount());
    account.sharing().describe(json);
    json.field("name_tag", account.nameTag());
    json.beginObject("sublist_stats");
    counts(json, List.of(account));
    json.endObject();
  }

  private List<Connection> clientsOf(Account account) {
    List<Connection> clients = new ArrayList<>();
    for (Connection connection : server.clients().all()) {
      AuthenticatedUser user = connection.user();
      if (user != null && user.account() == account) {
        clients.add(connection);
      }
    }
    return clients;
  }

  void statistics(JsonWriter json, Query query) {
    boolean unused = query.bool("unused");
    String wanted = query.text("accounts");
    Map<Account, Integer> clients = new HashMap<>();
    for (Connection connection : server.clients().all()) {
      AuthenticatedUser user = connection.user();
      if (user != null) {
        clients.merge(user.account(), 1, Integer::sum);
      }
    }
    Map<Account, Traffic> delivered = server.clients().deliveredByAccount();
    begin(json).beginArray("account_statz");
    for (Account account : server.accounts()) {
      int connected = clients.getOrDefault(account, 0);
      boolean asked = wanted.isEmpty() || List.of(wanted.split(",", -1)).contains(account.name());
      if (asked && (unused || connected > 0)) {
        json.beginObject();
        fields(json, account, connected, delivered.getOrDefault(account, Traffic.NONE));
        json.endObject();
      }
    }
    json.endArray().endObject();
  }

  /** Writes the statistics of an account, without the braces around them. */
  void fields(JsonWriter json, Account account) {
    Map<Account, Traffic> delivered = server.clients().deliveredByAccount();
    fields(json, account, clientsOf(account).size(), delivered.getOrDefault(account, Traffic.NONE));
  }

  private static void fields(JsonWriter json, Account account, int connections, Traffic delivered) {
    json.field("acc", account.name())
        .field("name", account.nameTag())
        .field("conns", connections)
        .field("leafnodes", 0)
        .field("total_conns", connections)
        .field("num_subscriptions", account.interest().subscriptionCount());
    AccountTraffic traffic = account.traffic();
    Traffic received = traffic.receivedByRoutes();
    Traffic sent = traffic.sentByRoutes();
    flow(json, "sent", delivered.plus(traffic.exported()).plus(sent), sent);
    flow(json, "received", traffic.published().plus(received), received);
    json.field("slow_consumers", account.slowConsumers());
  }

  private static void flow(JsonWriter json, String name, Traffic all, Traffic routed) {
    json.beginObject(name).field("msgs", all.messages()).field("bytes", all.bytes());
    part(json, "gateways", Traffic.NONE);
    part(json, "routes", routed);
    part(json, "leafs", Traffic.NONE);
    json.endObject();
  }

  private static void part(JsonWriter json, String name, Traffic traffic) {
    json.beginObject(name)
        .field("msgs", traffic.messages())
        .field("bytes", traffic.bytes())
        .endObject();
  }

  private record Found(String account, Subscription subscription) {
    static final Comparator<Found> ORDER =
        Comparator.comparingLong(Found::cid)
            .thenComparing(found -> found.subscription.sid())
            .thenComparing(found -> found.subscription.subject());

    long cid() {
      return subscription.subscriber() instanceof Connection connection ? connection.id() : 0;
    }
  }

  void subscriptions(JsonWriter json, Query query) {
    begin(json);
    counts(json, server.accounts());
    String wanted = query.text("acc");
    String test = query.text("test");
    if (!test.isEmpty() && !Subjects.isValidLiteral(test)) {
      throw new Query.BadQueryException(
          "invalid test subject, must be valid publish subject: " + test);
    }
    boolean details = query.bool("subs");
    List<Found> found = new ArrayList<>();
    for (Account account : server.accounts()) {
      if (details && (wanted.isEmpty() || account.name().equals(wanted))) {
        for (Subscription subscription : account.subscriptions()) {
          if (test.isEmpty() || Subjects.matches(test, subscription.subject())) {
            found.add(new Found(account.name(), subscription));
          }
        }
      }
    }
    Paging paging = Paging.of(query);
    json.field("total", found.size())
        .field("offset", paging.offset())
        .field("limit", paging.limit());
    // Pages that are requested one after the other must fit together.
    found.sort(Found.ORDER);
    List<Found> page = paging.of(found);
    if (!page.isEmpty()) {
      json.beginArray("subscriptions_list");
      for (Found each : page) {
        ConnectionsReport.detail(json, each.subscription, each.cid(), each.account);
      }
      json.endArray();
    }
    json.endObject();
  }

  // Hub's routing keeps no such statistics of its cache; what is not counted is 0.
  private static void counts(JsonWriter json, Iterable<Account> accounts) {
    long subscriptions = 0;
    for (Account account : accounts) {
      subscriptions += account.interest().subscriptionCount();
    }
    json.field("num_subscriptions", subscriptions)
        .field("num_cache", 0)
        .field("num_inserts", subscriptions)
        .field("num_removes", 0)
        .field("num_matches", 0)
        .field("cache_hit_rate", 0)
        .field("max_fanout", 0)
        .field("avg_fanout", 0);
  }
}
