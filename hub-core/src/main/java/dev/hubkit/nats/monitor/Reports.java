package dev.hubkit.nats.monitor;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.time.GoTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * All reports on a server, for the monitoring port and the services of the system account.
 * Thread-safe.
 */
public final class Reports {
  /** A report, with the paths it has on the monitoring port. */
  public enum Page {
    VARZ("/varz"),
    CONNZ("/connz"),
    SUBSZ("/subsz"),
    ACCOUNTZ("/accountz"),
    ACCSTATZ("/accstatz"),
    JSZ("/jsz"),
    ROUTEZ("/routez"),
    LEAFZ("/leafz"),
    GATEWAYZ("/gatewayz");

    private final String path;

    Page(String path) {
      this.path = path;
    }

    /** Returns the path under which requests are counted. */
    String path() {
      return path;
    }

    /** Returns whether nats-server counts requests that it refuses, too. */
    boolean countsMistakes() {
      return this != CONNZ && this != ROUTEZ;
    }

    List<String> paths() {
      // The one page that nats-server has under two names.
      return this == SUBSZ ? List.of(path, "/subscriptionsz") : List.of(path);
    }
  }

  private final MonitoredServer server;
  private final JetStreamReport jetStream;
  private final ServerReport whole;
  private final ConnectionsReport connections;
  private final AccountsReport accounts;
  private final RoutesReport routes;
  private final LeafsReport leafs;
  private final HealthReport health;
  private final Map<String, Long> requests = new ConcurrentHashMap<>();

  /** Returns the reports of one server. */
  public Reports(MonitoredServer server) {
    this.server = server;
    jetStream = new JetStreamReport(server);
    whole = new ServerReport(server, jetStream);
    connections = new ConnectionsReport(server);
    accounts = new AccountsReport(server);
    routes = new RoutesReport(server);
    leafs = new LeafsReport(server);
    health = new HealthReport(server);
  }

  /** Returns the server of the reports. */
  public MonitoredServer server() {
    return server;
  }

  /** Counts a request over HTTP, which {@code /varz} tells of. */
  void countRequest(String path) {
    requests.merge(path, 1L, Long::sum);
  }

  /**
   * Writes a report as one JSON object. May wait for JetStream, so not for threads that read from
   * clients.
   *
   * @throws Query.BadQueryException if the options make no sense
   */
  public void write(Page page, JsonWriter json, Query query) {
    switch (page) {
      case VARZ -> whole.write(json, requests);
      case CONNZ -> connections.write(json, query);
      case SUBSZ -> accounts.subscriptions(json, query);
      case ACCOUNTZ -> accounts.accounts(json, query);
      case ACCSTATZ -> accounts.statistics(json, query);
      case JSZ -> jetStream.write(json, query);
      case ROUTEZ -> routes.write(json, query);
      case LEAFZ -> leafs(json, query);
      case GATEWAYZ -> gateways(json, query);
    }
  }

  private void leafs(JsonWriter json, Query query) {
    head(json);
    leafs.write(json, query);
    json.endObject();
  }

  // There are none.
  private void gateways(JsonWriter json, Query query) {
    if (!query.text("subs").equalsIgnoreCase("detail")) {
      query.bool("subs");
    }
    query.bool("accs");
    head(json)
        .beginObject("outbound_gateways")
        .endObject()
        .beginObject("inbound_gateways")
        .endObject()
        .endObject();
  }

  private JsonWriter head(JsonWriter json) {
    return json.beginObject()
        .field("server_id", server.clients().info().serverId())
        .field("now", GoTime.stamp(server.time().epochNanos()));
  }

  /**
   * Writes whether the server is healthy ({@code /healthz}).
   *
   * @param withCode whether the status is written, too
   * @return the HTTP status that goes with it
   * @throws Query.BadQueryException if the options make no sense
   */
  public int health(JsonWriter json, Query query, boolean withCode) {
    return health.write(json, query, withCode);
  }

  /** Writes what Go's {@code expvar} has at least, of the JVM ({@code /debug/vars}). */
  public void variables(JsonWriter json) {
    Runtime runtime = Runtime.getRuntime();
    json.beginObject()
        .field("cmdline", List.of("nats-server"))
        .beginObject("memstats")
        .field("Alloc", runtime.totalMemory() - runtime.freeMemory())
        .field("Sys", runtime.totalMemory())
        .field("HeapAlloc", runtime.totalMemory() - runtime.freeMemory())
        .field("HeapSys", runtime.totalMemory())
        .endObject()
        .endObject();
  }

  /**
   * Writes the statistics of an account, without the braces around them.
   *
   * @param clients how many clients it has, or had at the moment that is reported
   */
  public void accountStatistics(JsonWriter json, Account account, int clients) {
    accounts.fields(json, account, clients);
  }

  /** Writes what there is to know of an account, without the braces around it. */
  public void accountDetail(JsonWriter json, Account account) {
    accounts.detail(json, account);
  }

  /** Writes the JetStream report of one account, which has JetStream, as one JSON object. */
  public void jetStreamAccount(JsonWriter json, Account account, Query query) {
    jetStream.accountAlone(json, account, query);
  }

  /** Writes {@code mem}, {@code cores}, {@code gomaxprocs} and {@code cpu}. */
  public void process(JsonWriter json) {
    ServerReport.process(json);
  }

  /** Writes how many of something there were of each kind of connection. */
  public void counters(JsonWriter json, String name, long clients, long routes, long leafs) {
    ServerReport.counters(json, name, clients, routes, leafs);
  }

  /** Writes what a server tells others of its JetStream, without the braces around it. */
  public void jetStreamStatistics(JsonWriter json) {
    jetStream.config(json, false);
    json.beginObject("stats");
    jetStream.stats(json);
    json.endObject();
    jetStream.metaOfHeartbeat(json);
    jetStream.limits(json);
  }
}
