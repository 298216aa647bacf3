package dev.hubkit.nats.system;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.RequesterShare;
import dev.hubkit.nats.account.ServiceExport;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.jetstream.JetStreamServer;
import dev.hubkit.nats.jetstream.SystemAccountApi;
import dev.hubkit.nats.jetstream.protocol.ApiSubjects;
import dev.hubkit.nats.monitor.Reports;
import dev.hubkit.work.Activity;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The services of the system account: publishes events, answers requests, and gives every other
 * account the services that report on that account. Thread-safe.
 */
public final class SystemAccount implements Activity, AutoCloseable {
  private static final Log log = Log.of(SystemAccount.class);
  private final Account account;
  private final ServerInfoStamp stamp;
  private final SystemPublisher outgoing;
  private final SystemPublisher answers;
  private final SystemEvents events;
  private final StatszPublisher statistics;
  private final @Nullable JetStreamServer jetStreams;
  private final Supplier<ServerConfig> config;
  // Whether the server has no JetStream but is part of the domain of a hub.
  private final boolean extending;
  private final AtomicBoolean closed = new AtomicBoolean();

  private SystemAccount(
      Account account, Reports reports, ServerControl control, String threadName) {
    this.account = account;
    this.stamp = new ServerInfoStamp(reports.server());
    this.outgoing = new SystemPublisher(threadName + "-events");
    this.answers = new SystemPublisher(threadName + "-answers");
    this.events = new SystemEvents(reports, account, stamp, outgoing);
    this.statistics = new StatszPublisher(reports, account, stamp, answers);
    export("$SYS.REQ.ACCOUNT.*.CONNZ", 4, ServiceExport.Responses.STREAM);
    export("$SYS.REQ.ACCOUNT.*.STATZ", 4, ServiceExport.Responses.STREAM);
    export("$SYS.DEBUG.SUBSCRIBERS", 0, ServiceExport.Responses.SINGLETON);
    export("$SYS.REQ.USER.*.INFO", 0, ServiceExport.Responses.SINGLETON);
    this.jetStreams = reports.server().jetStreams();
    this.config = reports.server()::config;
    this.extending =
        jetStreams == null && !config.get().get(Options.JETSTREAM_SETTINGS).domain().isEmpty();
    if (jetStreams != null) {
      export(ApiSubjects.ALL, 0, ServiceExport.Responses.SINGLETON);
      SystemAccountApi.serve(jetStreams, account);
    } else if (extending) {
      export(ApiSubjects.ALL, 0, ServiceExport.Responses.SINGLETON);
    }
    new SystemServices(reports, account, stamp, statistics, events, control, answers).start();
  }

  /**
   * Starts to answer requests in {@code account}, and to publish events about clients there.
   *
   * @param threadName the prefix of the names of its threads
   */
  public static SystemAccount start(
      Account account, Reports reports, ServerControl control, String threadName) {
    SystemAccount system = new SystemAccount(account, reports, control, threadName);
    reports.server().accounts().forEach(system::adopt);
    reports.server().clients().observer(system.events);
    reports.server().clients().tracer(new TraceSender(system.stamp, system.outgoing)::send);
    system.statistics.start();
    return system;
  }

  private void export(String subject, int accountToken, ServiceExport.Responses responses) {
    account
        .sharing()
        .exportSystemService(
            new ServiceExport(
                subject, null, accountToken, responses, ServiceExport.DEFAULT_THRESHOLD));
  }

  /** Gives another account the services that report on it. */
  public void adopt(Account other) {
    if (other == account) {
      return;
    }
    if (jetStreams != null && lacksJetStream(jetStreams, other)) {
      jetStreams.refuse(other);
      shareApi(other);
    }
    if (extending && wantsJetStream(other)) {
      shareApi(other);
    }
    String connections = "$SYS.REQ.ACCOUNT." + other.name() + ".CONNZ";
    share(other, connections, "$SYS.REQ.ACCOUNT.PING.CONNZ", RequesterShare.SERVER);
    share(other, connections, "$SYS.REQ.SERVER.PING.CONNZ", RequesterShare.SERVER);
    share(
        other,
        "$SYS.REQ.ACCOUNT." + other.name() + ".STATZ",
        "$SYS.REQ.ACCOUNT.PING.STATZ",
        RequesterShare.SERVER);
    share(
        other, "$SYS.REQ.USER." + other.name() + ".INFO", "$SYS.REQ.USER.INFO", RequesterShare.ALL);
  }

  private boolean wantsJetStream(Account other) {
    return config.get().get(Options.ACCOUNTS).stream()
        .anyMatch(each -> each.name().equals(other.name()) && each.jetStream() != null);
  }

  private boolean lacksJetStream(JetStreamServer jetStreams, Account other) {
    return jetStreams.of(account) == null
        && jetStreams.of(other) == null
        && !jetStreams.importsApi(other);
  }

  // Where there is JetStream, the account answers itself, and imports the API for reports only.
  private void shareApi(Account other) {
    share(other, ApiSubjects.ALL, ApiSubjects.ALL, RequesterShare.ALL, ApiSubjects::isForStream);
  }

  private void share(Account other, String subject, String to, RequesterShare disclosure) {
    share(other, subject, to, disclosure, asked -> false);
  }

  private void share(
      Account other,
      String subject,
      String to,
      RequesterShare disclosure,
      Predicate<String> unless) {
    try {
      other.sharing().importSystemService(account, subject, to, disclosure, unless);
    } catch (IllegalArgumentException e) {
      // As with nats-server, the account goes without: its name makes no subject.
      log.error("Account \"{}\" can't be given the service {}", other.name(), to, e);
    }
  }

  /** Returns the stamp of this server's messages. */
  public ServerInfoStamp stamp() {
    return stamp;
  }

  @Override
  public boolean isIdle() {
    return outgoing.isIdle() && answers.isIdle();
  }

  @Override
  public boolean awaitIdle(long nanos) throws InterruptedException {
    long end = System.nanoTime() + nanos;
    return outgoing.awaitIdle(nanos) && answers.awaitIdle(end - System.nanoTime());
  }

  /** Publishes that the server has entered lame duck mode. */
  public void lameDuck() {
    events.leaving("LAMEDUCK");
  }

  /** Publishes that the server shuts down, while clients are still connected, and ends. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    statistics.close();
    events.close();
    outgoing.close();
    answers.close();
    events.leaving("SHUTDOWN");
  }
}
