package dev.hubkit.nats.system;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
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
import dev.hubkit.time.GoDuration;
import dev.hubkit.work.MemoryBudget;
import dev.hubkit.work.MemoryShare;
import dev.hubkit.work.MemoryShortageException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Answers requests in the system account: reports, and orders to this server. */
final class SystemServices {
  private static final int BAD_REQUEST = 400;
  private static final int FAILED = 500;
  private static final long LONGEST_PROFILE_NANOS = 15_000_000_000L;
  private static final int ACCOUNT_TOKEN = 3;
  private static final String PING = "PING";
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
  }

  /** What answers a request; see {@link #serve}. */
  @FunctionalInterface
  private interface Service {
    void answer(Message request, RequestOptions options, Reply reply);
  }

  void start() {
    String id = server.clients().info().serverId();
    serveEverybody("$SYS.REQ.SERVER.PING", this::statistics);
    serverService(id, "STATSZ", this::statistics);
    serverService(id, "IDZ", (request, options, reply) -> identity(request));
    page(id, "VARZ", Reports.Page.VARZ);
    page(id, "SUBSZ", Reports.Page.SUBSZ);
    page(id, "CONNZ", Reports.Page.CONNZ);
    page(id, "ROUTEZ", Reports.Page.ROUTEZ);
    page(id, "GATEWAYZ", Reports.Page.GATEWAYZ);
    page(id, "LEAFZ", Reports.Page.LEAFZ);
    page(id, "ACCOUNTZ", Reports.Page.ACCOUNTZ);
    page(id, "JSZ", Reports.Page.JSZ);
    serverService(id, "HEALTHZ", answered(this::health));
    serverService(id, "EXPVARZ", answered((request, options) -> variables()));
    serverService(id, "PROFILEZ", answered((request, options) -> profile(options)));
    // There are neither queues between threads to wait in, nor Raft groups.
    serverService(id, "IPQUEUESZ", answered((request, options) -> nothing()));
    serverService(id, "RAFTZ", answered((request, options) -> nothing()));
    accountService("CONNZ", (request, options) -> connections(request, options));
    accountService("SUBSZ", (request, options) -> subscriptions(request, options));
    accountService("LEAFZ", (request, options) -> report(Reports.Page.LEAFZ, options, Map.of()));
    accountService("JSZ", this::accountJetStream);
    accountService("INFO", this::accountInfo);
    accountService("STATZ", this::accountStatistics);
    serve("$SYS.REQ.ACCOUNT.PING.STATZ", answered((request, options) -> statisticsOf("", options)));
    system.subscribe(
        "$SYS.REQ.ACCOUNT.*.CONNS",
        null,
        (subscription, message, batch) -> later(message, this::connectionCount));
    serve("$SYS.REQ.SERVER." + id + ".RELOAD", (request, options, reply) -> reload(reply));
    serve("$SYS.REQ.SERVER." + id + ".KICK", this::kick);
    serve("$SYS.REQ.SERVER." + id + ".LDM", this::lameDuck);
    system.subscribe("$SYS.REQ.USER.*.INFO", null, this::user);
    system.subscribe("$SYS.REQ.USER.INFO", null, this::user);
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

  private void serveEverybody(String subject, Service service) {
    system.subscribe(
        subject,
        null,
        (subscription, message, batch) -> later(message, request -> answer(request, service)));
  }

  private void serve(String subject, Service service) {
    system.subscribe(
        subject,
        null,
        (subscription, message, batch) -> {
          if (message.hasReply()) {
            later(message, request -> answer(request, service));
          }
        });
  }

  private void serverService(String id, String name, Service service) {
    serveEverybody("$SYS.REQ.SERVER." + id + "." + name, service);
    serveEverybody("$SYS.REQ.SERVER.PING." + name, service);
  }

  private void accountService(String name, Report report) {
    serve("$SYS.REQ.ACCOUNT.*." + name, answered(report));
  }

  private void page(String id, String name, Reports.Page page) {
    serverService(id, name, answered((request, options) -> report(page, options, Map.of())));
  }

  private void answer(Message request, Service service) {
    Reply reply = new Reply(system, stamp, request);
    RequestOptions options;
    try {
      options = RequestOptions.of(request);
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
      } catch (JsonException e) {
        reply.error(BAD_REQUEST, String.valueOf(e.getMessage()));
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
    if (page == Reports.Page.CONNZ || page == Reports.Page.SUBSZ || page == Reports.Page.JSZ) {
      options.checkPaging(page == Reports.Page.CONNZ);
    }
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

  // The profiles are those of Go programs, and this is not one.
  private static JsonWriter profile(RequestOptions options) {
    String name = options.json().string("name", "");
    long nanos = options.json().integer("duration", 0);
    String error = "Profile \"" + name + "\" not found";
    if (name.isEmpty()) {
      error = "Profile name not specified";
    } else if (name.equals("cpu")) {
      error =
          nanos <= 0 || nanos > LONGEST_PROFILE_NANOS
              ? "Duration " + GoDuration.format(nanos) + " should be between 0s and 15s"
              : "Failed to start CPU profile: the server runs on a Java virtual machine";
    }
    return JsonWriter.compact()
        .beginObject()
        .any("profile", null)
        .field("error", error)
        .endObject();
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

  private void kick(Message request, RequestOptions options, Reply reply) {
    if (server.clients().kick(options.json().integer("cid", 0))) {
      reply.data(null);
    } else {
      reply.error(FAILED, "no such client or leafnode id");
    }
  }

  private void lameDuck(Message request, RequestOptions options, Reply reply) {
    Connection connection = server.clients().find(options.json().integer("cid", 0));
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
    options.checkPaging(false);
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

  private void connectionCount(Message request) {
    String to = request.reply();
    Account account = find(accountOf(request));
    if (to != null && account != null && events.hasClients(account)) {
      SystemPublisher.publish(system, to, events.connections(account));
    }
  }

  // ---- About the requester.

  private void user(Subscription subscription, Message request, WorkBatch batch) {
    Requester requester = batch.requester();
    if (!request.hasReply() || !(requester instanceof Connection connection)) {
      return;
    }
    later(request, kept -> new Reply(system, stamp, kept).data(user(connection)));
  }

  private JsonWriter user(Connection connection) {
    AuthenticatedUser user = connection.user();
    JsonWriter json = JsonWriter.compact().beginObject();
    if (user != null) {
      String name = new ClientDescription(connection).userName();
      json.field("user", Objects.requireNonNullElse(name, ""))
          .field("account", user.account().name())
          .fieldIfSet("account_name", user.account().nameTag())
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

  /** How many clients have subscribed to a subject, perhaps in one queue group. */
  private void subscribers(Subscription subscription, Message request, WorkBatch batch) {
    String asked = RequestInfo.of(request).string("acc", system.name());
    later(
        request,
        kept -> {
          Account account = find(asked);
          String to = kept.reply();
          List<String> words = List.of(kept.text().strip().split(" ", -1));
          if (account != null && to != null) {
            String count = Long.toString(count(account, words.get(0), words));
            SystemPublisher.publish(
                system, Message.of(to, null, count.getBytes(StandardCharsets.UTF_8)));
          }
        });
  }

  private static long count(Account account, String subject, List<String> words) {
    String queue = words.size() > 1 ? words.get(1) : null;
    boolean literal = Subjects.isLiteral(subject);
    return account.subscriptions().stream()
        .filter(each -> each.subscriber() instanceof Connection)
        .filter(each -> queue == null || queue.equals(each.queue()))
        .filter(
            each ->
                literal
                    ? Subjects.matches(subject, each.subject())
                    : Subjects.isSubset(each.subject(), subject))
        .count();
  }
}
