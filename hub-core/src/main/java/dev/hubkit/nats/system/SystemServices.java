package dev.hubkit.nats.system;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonType;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.RequestInfo;
import dev.hubkit.nats.account.Requester;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.JetStreamServer;
import dev.hubkit.nats.monitor.MonitoredServer;
import dev.hubkit.nats.monitor.Query;
import dev.hubkit.nats.monitor.Reports;
import dev.hubkit.nats.net.ClientDescription;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.ServerInfo;
import dev.hubkit.work.MemoryBudget;
import dev.hubkit.work.MemoryShare;
import dev.hubkit.work.MemoryShortageException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Answers requests in the system account: reports, and orders to this server. */
final class SystemServices {
  private static final int BAD_REQUEST = 400;
  private static final int FAILED = 500;
  private static final int ACCOUNT_TOKEN = 3;
  private static final String PING = "PING";
  private static final String USER_INFO = "$SYS.REQ.USER.INFO";
  private static final JsonStruct KICK =
      JsonStruct.of("server.KickClientReq").field("cid", JsonType.UINT64).build();
  private static final JsonStruct LDM =
      JsonStruct.of("server.LDMClientReq").field("cid", JsonType.UINT64).build();
  private static final JsonStruct CONNS =
      JsonStruct.of("server.accNumConnsReq")
          .field("server", JsonType.ANY)
          .field("acc", JsonType.STRING)
          .build();
  private static final long SMALL_REPORT = 32 * 1024;
  // The memory of a waiting request besides its bytes.
  private static final long REQUEST_BYTES = 1024;
  private static final Log log = Log.of(SystemServices.class);

  private final Reports reports;
  private final MonitoredServer server;
  private final Account system;
  private final ServerInfoStamp stamp;
  private final StatszPublisher statistics;
  private final SystemEvents events;
  private final ServerControl control;
  private final SystemPublisher outgoing;
  private final SubscriberCounts counts;
  // Of the report that is being made, on the one thread that makes them.
  private final MemoryShare memory =
      new MemoryShare(MemoryBudget.ANSWERS, "the report", SMALL_REPORT);

  SystemServices(
      Reports reports,
      Account system,
      ServerInfoStamp stamp,
      StatszPublisher statistics,
      SystemEvents events,
      ServerControl control,
      SystemPublisher outgoing) {
    this.reports = reports;
    this.server = reports.server();
    this.system = system;
    this.stamp = stamp;
    this.statistics = statistics;
    this.events = events;
    this.control = control;
    this.outgoing = outgoing;
    this.counts =
        new SubscriberCounts(
            system, this::find, account -> account.clientCount() + account.leafNodeCount() > 0);
  }

  /** What answers a request; see {@link #serve}. */
  @FunctionalInterface
  private interface Service {
    void answer(Message request, RequestOptions options, Reply reply);
  }

  void start() {
    String id = server.clients().info().serverId();
    serveEverybody("$SYS.REQ.SERVER.PING", RequestType.STATSZ, this::statistics);
    serverService(id, "STATSZ", RequestType.STATSZ, this::statistics);
    for (String server : List.of(id, PING)) {
      tell("$SYS.REQ.SERVER." + server + ".IDZ", this::identity);
    }
    page(id, Reports.Page.VARZ, RequestType.VARZ);
    page(id, Reports.Page.SUBSZ, RequestType.SUBSZ);
    page(id, Reports.Page.CONNZ, RequestType.CONNZ);
    page(id, Reports.Page.ROUTEZ, RequestType.ROUTEZ);
    page(id, Reports.Page.GATEWAYZ, RequestType.GATEWAYZ);
    page(id, Reports.Page.LEAFZ, RequestType.LEAFZ);
    page(id, Reports.Page.ACCOUNTZ, RequestType.ACCOUNTZ);
    page(id, Reports.Page.JSZ, RequestType.JSZ);
    serverService(id, "HEALTHZ", RequestType.HEALTHZ, answered(this::health));
    serverService(id, "EXPVARZ", RequestType.EXPVARZ, answered((request, options) -> variables()));
    serverService(
        id,
        "PROFILEZ",
        RequestType.PROFILEZ,
        answered((request, options) -> Profiles.of(options.json())));
    // There are neither queues between threads to wait in, nor Raft groups.
    serverService(
        id, "IPQUEUESZ", RequestType.IPQUEUESZ, answered((request, options) -> nothing()));
    serverService(id, "RAFTZ", RequestType.RAFTZ, answered((request, options) -> nothing()));
    accountService("CONNZ", RequestType.CONNZ, this::connections);
    accountService("SUBSZ", RequestType.SUBSZ, this::subscriptions);
    accountService(
        "LEAFZ",
        RequestType.LEAFZ,
        (request, options) ->
            report(Reports.Page.LEAFZ, options, Map.of("acc", accountOf(request))));
    accountService("JSZ", RequestType.JSZ, this::accountJetStream);
    accountService("INFO", RequestType.ACCOUNT_INFO, this::accountInfo);
    accountService("STATZ", RequestType.ACCSTATZ, this::accountStatistics);
    serve(
        "$SYS.REQ.ACCOUNT.PING.STATZ",
        RequestType.ACCSTATZ,
        answered((request, options) -> statisticsOf("", options)));
    tell("$SYS.REQ.ACCOUNT.*.CONNS", this::connectionCount);
    serve(
        "$SYS.REQ.SERVER." + id + ".RELOAD",
        RequestType.FILTER_ONLY,
        (request, options, reply) -> reload(reply));
    command(id, "KICK", KICK, this::kick);
    command(id, "LDM", LDM, this::lameDuck);
    system.subscribe("$SYS.REQ.USER.*.INFO", null, this::user);
    system.subscribe(USER_INFO, null, this::user);
    tell(SubscriberCounts.REQUESTS, counts::ofServer);
    system.subscribe("$SYS.DEBUG.SUBSCRIBERS", null, this::subscribers);
  }

  // ---- How requests come in.

  private void later(Message message, Consumer<Message> task) {
    long bytes = message.length() + REQUEST_BYTES;
    if (!MemoryBudget.BUFFERS.reserve(bytes)) {
      log.debug("A request to {} is dropped, since too many wait", message.subject());
      return;
    }
    boolean waits = false;
    try {
      Message kept = message.retain();
      waits =
          outgoing.offer(
              () -> {
                MemoryBudget.BUFFERS.release(bytes);
                task.accept(kept);
              });
    } finally {
      if (!waits) {
        MemoryBudget.BUFFERS.release(bytes);
      }
    }
  }

  /** Serves requests that are read by the service itself. */
  private void tell(String subject, Consumer<Message> service) {
    system.subscribe(subject, null, (subscription, message, batch) -> later(message, service));
  }

  private void serveEverybody(String subject, RequestType type, Service service) {
    tell(subject, request -> answer(request, type, service));
  }

  private void serve(String subject, RequestType type, Service service) {
    system.subscribe(
        subject,
        null,
        (subscription, message, batch) -> {
          if (message.hasReply()) {
            later(message, request -> answer(request, type, service));
          }
        });
  }

  // As in nats-server, a command that cannot be read is not answered.
  private void command(String id, String name, JsonStruct type, Command command) {
    tell(
        "$SYS.REQ.SERVER." + id + "." + name,
        request -> {
          JsonObject asked;
          try {
            asked = Json.unmarshal(request.payload(), type);
          } catch (JsonException e) {
            log.error("Error unmarshalling {} client request: {}", name, e.getMessage());
            return;
          }
          long connection = asked.unsigned("cid", 0);
          if (request.reply() != null) {
            answer(
                request,
                RequestType.FILTER_ONLY,
                (message, options, reply) -> command.carryOut(connection, reply));
          }
        });
  }

  /** An order about one connection. */
  @FunctionalInterface
  private interface Command {
    void carryOut(long connection, Reply reply);
  }

  private void serverService(String id, String name, RequestType type, Service service) {
    serveEverybody("$SYS.REQ.SERVER." + id + "." + name, type, service);
    serveEverybody("$SYS.REQ.SERVER.PING." + name, type, service);
  }

  private void accountService(String name, RequestType type, Report report) {
    serve("$SYS.REQ.ACCOUNT.*." + name, type, answered(report));
  }

  private void page(String id, Reports.Page page, RequestType type) {
    Service service = answered((request, options) -> report(page, options, Map.of()));
    serverService(id, page.name(), type, service);
  }

  private void answer(Message request, RequestType type, Service service) {
    Reply reply = new Reply(system, stamp, request);
    RequestOptions options;
    try {
      options = RequestOptions.of(request, type);
      if (!options.concern(server)) {
        return;
      }
    } catch (JsonException e) {
      reply.error(BAD_REQUEST, String.valueOf(e.getMessage()));
      return;
    }
    service.answer(request, options, reply);
  }

  /** Makes the data of an answer; null for no answer at all. */
  @FunctionalInterface
  private interface Report {
    @Nullable JsonWriter data(Message request, RequestOptions options) throws NoReportException;
  }

  private static final class NoReportException extends Exception {
    private static final long serialVersionUID = 1L;

    NoReportException(String message) {
      super(message);
    }
  }

  private Service answered(Report report) {
    return (request, options, reply) -> {
      try {
        JsonWriter data = report.data(request, options);
        if (data != null) {
          reply.data(data);
        }
      } catch (Query.OtherAnswersException e) {
        log.debug("No answer to {}: {}", request.subject(), e.getMessage());
      } catch (Query.BadQueryException e) {
        reply.failed(String.valueOf(e.getMessage()));
      } catch (NoReportException e) {
        reply.failed(String.valueOf(e.getMessage()));
      } catch (MemoryShortageException e) {
        reply.error(FAILED, String.valueOf(e.getMessage()));
      } finally {
        memory.close();
      }
    };
  }

  private JsonWriter report(Reports.Page page, RequestOptions options, Map<String, String> fixed) {
    JsonWriter json = JsonWriter.compact(memory);
    reports.write(page, json, options.query(fixed));
    return json;
  }

  // ---- Of the server.

  private void statistics(Message request, RequestOptions options, Reply reply) {
    String to = request.reply();
    statistics.send(to == null ? statistics.broadcast() : to);
  }

  private void identity(Message request) {
    String to = request.reply();
    if (to != null) {
      ServerInfo info = server.clients().info();
      SystemPublisher.publish(
          system,
          to,
          JsonWriter.compact()
              .beginObject()
              .field("name", info.serverName())
              .field("host", info.host())
              .field("id", info.serverId())
              .endObject());
    }
  }

  private JsonWriter health(Message request, RequestOptions options) {
    JsonWriter json = JsonWriter.compact();
    reports.health(json, options.query(Map.of()), true);
    return json;
  }

  private JsonWriter variables() {
    JsonWriter json = JsonWriter.compact();
    reports.variables(json);
    return json;
  }

  private static JsonWriter nothing() {
    return JsonWriter.compact().beginObject().endObject();
  }

  private void reload(Reply reply) {
    try {
      control.reload();
      reply.data(null);
    } catch (RuntimeException e) {
      reply.error(FAILED, String.valueOf(e.getMessage()));
    }
  }

  private void kick(long id, Reply reply) {
    if (server.clients().kick(id)) {
      reply.data(null);
    } else {
      reply.error(FAILED, "no such client or leafnode id");
    }
  }

  private void lameDuck(long id, Reply reply) {
    Connection connection = server.clients().find(id);
    if (connection == null) {
      reply.error(FAILED, "no such client id");
    } else if (connection.sendLameDuck()) {
      reply.data(null);
    } else {
      reply.error(
          FAILED,
          "client does not support Lame Duck Mode or is not ready to receive the notification");
    }
  }

  // ---- Of an account.

  private static String accountOf(Message request) {
    return Subjects.tokens(request.subject()).get(ACCOUNT_TOKEN);
  }

  private @Nullable Account find(String name) {
    for (Account account : server.accounts()) {
      if (account.name().equals(name)) {
        return account;
      }
    }
    return null;
  }

  private Account require(String name) throws NoReportException {
    Account account = find(name);
    if (account == null) {
      throw new NoReportException("Account " + name + " does not exist");
    }
    return account;
  }

  private @Nullable JsonWriter connections(Message request, RequestOptions options) {
    return report(Reports.Page.CONNZ, options, Map.of("acc", accountOf(request)));
  }

  private @Nullable JsonWriter subscriptions(Message request, RequestOptions options) {
    return report(Reports.Page.SUBSZ, options, Map.of("acc", accountOf(request), "subs", "1"));
  }

  private JsonWriter accountJetStream(Message request, RequestOptions options)
      throws NoReportException {
    JetStreamServer jetStreams = server.jetStreams();
    if (jetStreams == null) {
      throw new NoReportException("jetstream not enabled");
    }
    String name = accountOf(request);
    Account account = find(name);
    if (account == null) {
      throw new NoReportException("account \"" + name + "\" not found");
    }
    if (jetStreams.of(account) == null) {
      throw new NoReportException("account \"" + name + "\" not jetstream enabled");
    }
    JsonWriter json = JsonWriter.compact();
    reports.jetStreamAccount(json, account, options.query(Map.of()));
    return json;
  }

  private JsonWriter accountInfo(Message request, RequestOptions options) throws NoReportException {
    JsonWriter json = JsonWriter.compact().beginObject();
    reports.accountDetail(json, require(accountOf(request)));
    return json.endObject();
  }

  private @Nullable JsonWriter accountStatistics(Message request, RequestOptions options) {
    String account = accountOf(request);
    return account.equals(PING) ? null : statisticsOf(account, options);
  }

  // Accounts without connections are left out unless they are named: then there is no answer.
  private @Nullable JsonWriter statisticsOf(String account, RequestOptions options) {
    JsonWriter json =
        report(
            Reports.Page.ACCSTATZ,
            options,
            account.isEmpty() ? Map.of() : Map.of("accounts", account));
    if (options.json().bool("include_unused", false)) {
      return json;
    }
    JsonObject made = Json.parseObject(json.toBytes());
    return made.objects("account_statz").isEmpty() ? null : JsonWriter.compact().any(made);
  }

  // As in nats-server, what cannot be read is not answered.
  private void connectionCount(Message request) {
    String to = request.reply();
    String name = accountOf(request);
    if (request.payloadLength() > 0) {
      try {
        if (!Json.unmarshal(request.payload(), CONNS).string("acc", name).equals(name)) {
          log.error("Error unmarshalled account does not match subject");
          return;
        }
      } catch (JsonException e) {
        log.error("Error unmarshalling account connections request message: {}", e.getMessage());
        return;
      }
    }
    Account account = find(name);
    if (to != null && account != null && account.clientCount() > 0) {
      SystemPublisher.publish(system, to, events.connections(account));
    }
  }

  // ---- About the requester.

  private void user(Subscription subscription, Message request, WorkBatch batch) {
    Requester requester = batch.requester();
    if (!request.hasReply() || !(requester instanceof Connection connection)) {
      return;
    }
    // nats-server leaves the name out where a client of the system account asks for another's.
    AuthenticatedUser asking = connection.user();
    boolean foreign =
        !request.subject().equals(USER_INFO) && asking != null && asking.account() == system;
    later(request, kept -> new Reply(system, stamp, kept).data(user(connection, !foreign)));
  }

  private JsonWriter user(Connection connection, boolean named) {
    AuthenticatedUser user = connection.user();
    JsonWriter json = JsonWriter.compact().beginObject();
    if (user != null) {
      String name = new ClientDescription(connection).userName();
      json.field("user", Objects.requireNonNullElse(name, ""))
          .field("account", user.account().name())
          .fieldIfSet("account_name", named ? user.account().nameTag() : "")
          .fieldIfSet("user_name", user.origin().nameTag());
      if (!user.permissions().isUnlimited()) {
        json.beginObject("permissions");
        user.permissions().write(json);
        json.endObject();
      }
      if (user.expires() > 0) {
        long left = user.expires() - server.time().epochNanos();
        json.fieldIfSet("expires", left / 1_000_000_000L * 1_000_000_000L);
      }
    }
    return json.endObject();
  }

  private void subscribers(Subscription subscription, Message request, WorkBatch batch) {
    String asked = RequestInfo.of(request).string("acc", system.name());
    later(request, kept -> counts.ofAccount(asked, kept));
  }
}
