package dev.hubkit.nats.monitor;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AccountTraffic;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.ReportedImport;
import dev.hubkit.nats.account.RoutedSubscriber;
import dev.hubkit.nats.account.SublistStatistics;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.Traffic;
import dev.hubkit.nats.credential.AccountClaims;
import dev.hubkit.nats.credential.ClaimIssues;
import dev.hubkit.nats.jetstream.JetStreamServer;
import dev.hubkit.nats.jetstream.protocol.ApiSubjects;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.net.SubscriptionDetails;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.time.GoTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code /accountz}, {@code /accstatz} and {@code /subsz}: accounts and what they subscribe to. */
final class AccountsReport {
  private static final long SECOND = 1_000_000_000L;

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
    AccountState state = server.state(account);
    json.field("account_name", account.name())
        .field("update_time", GoTime.stamp(account.updated()))
        .fieldIfSet("is_system", account.name().equals(server.systemAccount()))
        .field("expired", state != null && state.expired())
        .field("complete", state == null || state.complete())
        .field("jetstream_enabled", hasJetStream(account))
        .field("leafnode_connections", account.leafNodeCount())
        .field("client_connections", clientsOf(account).size())
        .field("subscriptions", account.interest().reportedCount());
    account.sharing().describe(json, builtIn(account));
    if (state != null) {
      AccountClaims claims = state.claims();
      json.fieldIfSet("jwt", claims.jwt().token()).fieldIfSet("issuer_key", claims.jwt().issuer());
    }
    json.field("name_tag", account.nameTag());
    if (state != null) {
      claims(json, state.claims());
    }
    json.beginObject("sublist_stats");
    counts(json, account.interest().statistics());
    json.endObject();
    account.sharing().describeResponses(json);
  }

  private boolean hasJetStream(Account account) {
    JetStreamServer streams = server.jetStreams();
    return streams != null && streams.of(account) != null;
  }

  // What nats-server imports and this server does without.
  private List<ReportedImport> builtIn(Account account) {
    String system = server.systemAccount();
    List<ReportedImport> imports = new ArrayList<>();
    if (hasJetStream(account) && !system.isEmpty()) {
      imports.add(new ReportedImport(true, ApiSubjects.ALL, system, ApiSubjects.ALL, false, true));
    }
    if (account.name().equals(system)) {
      String subject = "$SYS.REQ.USER." + system + ".INFO";
      imports.add(new ReportedImport(true, subject, system, "$SYS.REQ.USER.INFO", false, true));
    }
    return imports;
  }

  private void claims(JsonWriter json, AccountClaims claims) {
    json.fieldIfSet("tags", claims.tags());
    claims.write(json, "decoded_jwt");
    List<ClaimIssues.Issue> issues =
        claims.issues(Math.floorDiv(server.time().epochNanos(), SECOND)).all();
    if (!issues.isEmpty()) {
      json.beginArray("validation_result_jwt");
      for (ClaimIssues.Issue issue : issues) {
        json.beginObject()
            .field("description", issue.description())
            .field("blocking", issue.kind() == ClaimIssues.Kind.ERROR)
            .field("time_check", issue.kind() == ClaimIssues.Kind.TIME)
            .endObject();
      }
      json.endArray();
    }
    Map<String, String> revoked = new TreeMap<>();
    claims.revocations().forEach((user, time) -> revoked.put(user, GoTime.localStamp(time)));
    json.fieldIfSet("revoked_user", revoked);
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
      if (asked && (unused || connected + account.leafNodeCount() > 0)) {
        json.beginObject();
        fields(
            json,
            account,
            connected,
            account.leafNodeCount(),
            delivered.getOrDefault(account, Traffic.NONE));
        json.endObject();
      }
    }
    json.endArray().endObject();
  }

  /** Writes the statistics of an account, without the braces around them. */
  void fields(JsonWriter json, Account account, int clients) {
    Map<Account, Traffic> delivered = server.clients().deliveredByAccount();
    fields(
        json,
        account,
        clients,
        account.leafNodeCount(),
        delivered.getOrDefault(account, Traffic.NONE));
  }

  private static void fields(
      JsonWriter json, Account account, int connections, int leafNodes, Traffic delivered) {
    json.field("acc", account.name())
        .field("name", account.nameTag())
        .field("conns", connections)
        .field("leafnodes", leafNodes)
        .field("total_conns", connections + leafNodes)
        .field("num_subscriptions", account.interest().reportedCount());
    AccountTraffic traffic = account.traffic();
    Traffic received = traffic.receivedByRoutes();
    Traffic sent = traffic.sentByRoutes();
    Traffic toLeafs = traffic.sentByLeafs();
    Traffic fromLeafs = traffic.receivedByLeafs();
    flow(json, "sent", delivered.plus(traffic.exported()).plus(sent).plus(toLeafs), sent, toLeafs);
    flow(json, "received", traffic.published().plus(received).plus(fromLeafs), received, fromLeafs);
    json.field("slow_consumers", account.slowConsumers());
  }

  private static void flow(
      JsonWriter json, String name, Traffic all, Traffic routed, Traffic leafs) {
    json.beginObject(name).field("msgs", all.messages()).field("bytes", all.bytes());
    part(json, "gateways", Traffic.NONE);
    part(json, "routes", routed);
    part(json, "leafs", leafs);
    json.endObject();
  }

  private static void part(JsonWriter json, String name, Traffic traffic) {
    json.beginObject(name)
        .field("msgs", traffic.messages())
        .field("bytes", traffic.bytes())
        .endObject();
  }

  private record Found(Account account, SubscriptionDetails subscription, long cid) {
    static final Comparator<Found> ORDER =
        Comparator.comparingLong(Found::cid)
            .thenComparing(found -> found.subscription.sid())
            .thenComparing(found -> found.subscription.subject());

    static Found of(Account account, Subscription subscription) {
      long cid = subscription.subscriber() instanceof Connection connection ? connection.id() : 0;
      return new Found(account, SubscriptionDetails.of(subscription), cid);
    }
  }

  void subscriptions(JsonWriter json, Query query) {
    boolean details = query.bool("subs");
    final Paging paging = Paging.of(query);
    String wanted = query.text("acc");
    String test = query.text("test");
    if (!test.isEmpty() && !Subjects.isValidLiteral(test)) {
      throw new Query.BadQueryException(
          "invalid test subject, must be valid publish subject: " + test);
    }
    SublistStatistics statistics = SublistStatistics.NONE;
    List<Found> found = new ArrayList<>();
    for (Account account : server.accounts()) {
      if (wanted.isEmpty() || account.name().equals(wanted)) {
        statistics = statistics.plus(account.interest().statistics());
        if (details) {
          find(account, test, found);
        }
      }
    }
    begin(json);
    counts(json, statistics);
    json.field("total", found.size())
        .field("offset", paging.offset())
        .field("limit", paging.limit());
    // Pages that are requested one after the other must fit together.
    found.sort(Found.ORDER);
    List<Found> page = paging.of(found);
    if (!page.isEmpty()) {
      json.beginArray("subscriptions_list");
      for (Found each : page) {
        ConnectionsReport.detail(
            json, each.subscription, each.cid, each.account.name(), each.account.nameTag());
      }
      json.endArray();
    }
    json.endObject();
  }

  private static void find(Account account, String test, List<Found> found) {
    for (Subscription subscription : account.subscriptions()) {
      boolean wanted = test.isEmpty() || Subjects.matches(test, subscription.subject());
      // Those of leaf nodes count, and are not listed (localSubs of nats-server).
      boolean listed =
          subscription.subscriber().isReported()
              && !(subscription.subscriber() instanceof RoutedSubscriber);
      if (wanted && listed) {
        found.add(Found.of(account, subscription));
      }
    }
  }

  private static void counts(JsonWriter json, SublistStatistics statistics) {
    json.field("num_subscriptions", statistics.subscriptions())
        .field("num_cache", statistics.cached())
        .field("num_inserts", statistics.inserts())
        .field("num_removes", statistics.removes())
        .field("num_matches", statistics.matches());
    ServerReport.number(json, "cache_hit_rate", statistics.hitRate());
    json.field("max_fanout", statistics.maxFanout());
    ServerReport.number(json, "avg_fanout", statistics.averageFanout());
  }
}
