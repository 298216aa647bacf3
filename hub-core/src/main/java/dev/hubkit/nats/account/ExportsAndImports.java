package dev.hubkit.nats.account;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.subject.Subjects;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What an account shares with others: the streams and services it exports and those it imports.
 *
 * <p>Thread-safe. Guarded by the monitor of the account's {@link Sublist}, so that a subscription
 * that comes while a stream is being imported follows the stream exactly once.
 */
public final class ExportsAndImports {
  private final Account account;
  private final Sublist interest;
  private final List<Export> exports = new ArrayList<>();
  private final List<ServiceImport> serviceImports = new ArrayList<>();
  // The exports and imports that no configuration takes away, by identity.
  private final Set<Object> lasting = Collections.newSetFromMap(new IdentityHashMap<>());
  private List<ReportedImport> invalidImports = List.of();
  private volatile List<StreamImport> streamImports = List.of();
  // Of the configured imports, what cycles depend on.
  private volatile List<ImportCycles.Imported> importedStreams = List.of();
  private volatile List<ImportCycles.Imported> importedServices = List.of();
  private final ImportCycles.Sharer sharer = new CycleView();
  private @Nullable ServiceReplyMapping serviceReplies;

  ExportsAndImports(Account account, Sublist interest) {
    this.account = account;
    this.interest = interest;
  }

  /** Returns the streams it imports. */
  List<StreamImport> streamImports() {
    return streamImports;
  }

  /**
   * Takes back everything except for the services of the system account, as {@link
   * Account#clearExportsAndImports} says.
   */
  void clearConfigured() {
    List<Subscription> services = new ArrayList<>();
    List<Subscription> fed;
    synchronized (interest) {
      exports.retainAll(lasting);
      serviceImports.clear();
      streamImports = List.of();
      invalidImports = List.of();
      importedStreams = List.of();
      importedServices = List.of();
      fed = interest.subscriptions();
      for (Subscription subscription : fed) {
        if (subscription.subscriber() instanceof ServiceImport service
            && !lasting.contains(service)) {
          services.add(subscription);
        }
      }
    }
    services.forEach(account::unsubscribe);
    fed.forEach(Subscription::unsubscribeShadows);
  }

  /** Lets other accounts import a stream of messages. */
  public void export(StreamExport stream) {
    synchronized (interest) {
      exports.add(stream);
    }
  }

  /** Lets other accounts import a service. */
  public void export(ServiceExport service) {
    ServiceReplyMapping replies = null;
    synchronized (interest) {
      exports.add(service);
      if (serviceReplies == null) {
        replies = new ServiceReplyMapping(account.time());
        serviceReplies = replies;
      }
    }
    if (replies != null) {
      account.subscribe(replies.pattern(), null, replies);
    }
  }

  /**
   * Exports a service of the server itself, which {@link Account#clearExportsAndImports} leaves
   * alone.
   */
  public void exportSystemService(ServiceExport service) {
    synchronized (interest) {
      lasting.add(service);
    }
    export(service);
  }

  ServiceReplyMapping serviceReplies() {
    synchronized (interest) {
      if (serviceReplies == null) {
        throw new IllegalStateException("No services exported");
      }
      return serviceReplies;
    }
  }

  /**
   * Imports messages of another account. Subscriptions made before see them, too.
   *
   * @param subject the subject to import, may have wildcards @param to the subject of the messages
   *     here, with {@code $1} or {@code {{wildcard(1)}}} for wildcards
   * @throws IllegalArgumentException if it is not exported to this account, the subjects don't fit,
   *     or messages would come back to this account
   */
  public void importStream(Account exporter, String subject, String to) {
    importStream(exporter, subject, to, false);
  }

  /**
   * Imports messages of another account, and says whether traces of messages continue in this
   * account.
   */
  public void importStream(Account exporter, String subject, String to, boolean allowTrace) {
    exporter.sharing().require(StreamExport.class, subject, account);
    ImportedSubjects subjects = ImportedSubjects.ofStream(subject, to);
    ImportCycles.checkStream(sharer, exporter.sharing().sharer, to);
    ImportCycles.checkStream(sharer, exporter.sharing().sharer, subject);
    StreamImport added =
        new StreamImport(account, exporter, exporter.traffic(), subject, to, allowTrace);
    List<Subscription> present;
    synchronized (interest) {
      List<StreamImport> more = new ArrayList<>(streamImports);
      more.add(added);
      streamImports = List.copyOf(more);
      importedStreams = with(importedStreams, exporter, subject, subjects.local());
      present = interest.subscriptions();
    }
    present.forEach(added::bind);
  }

  /**
   * Imports a service of another account.
   *
   * @param subject the subject the service has there, with {@code $1} or {@code {{wildcard(1)}}}
   *     for the wildcards of {@code to}
   * @param to the subject it is asked on here, may have wildcards
   * @throws IllegalArgumentException if it is not exported to this account, the subjects don't fit,
   *     or messages would come back to this account
   */
  public Subscription importService(Account exporter, String subject, String to) {
    return importService(exporter, subject, to, RequesterShare.ROUND_TRIP);
  }

  /**
   * Imports a service of another account, and says how much the service learns about requesters.
   */
  public Subscription importService(
      Account exporter, String subject, String to, RequesterShare disclosure) {
    ServiceExport export =
        exporter.sharing().require(ServiceExport.class, patternOf(subject), account);
    ServiceImport service =
        serviceImport(
            exporter,
            export,
            to,
            subject,
            disclosure,
            asked -> false,
            account.compatibility().atLeast(Compatibility.V2_15));
    ImportCycles.checkService(sharer, exporter.sharing().sharer, service.local());
    synchronized (interest) {
      serviceImports.add(service);
      importedServices = with(importedServices, exporter, patternOf(subject), service.local());
    }
    return account.subscribe(service.local(), null, service);
  }

  /** Returns whether a subscription stands for a service that its account imports. */
  public static boolean isServiceImport(Subscription subscription) {
    return subscription.subscriber() instanceof ServiceImport;
  }

  /** Returns whether requests to the subject go to another account, the system account aside. */
  public boolean importsService(String subject) {
    synchronized (interest) {
      return serviceImports.stream().anyMatch(service -> service.covers(subject));
    }
  }

  /**
   * Imports a service of the system account, as every account does: such an import is never part of
   * a cycle, whatever the system account imports in turn.
   *
   * @throws IllegalArgumentException if it is not exported to this account
   */
  public Subscription importSystemService(
      Account system, String subject, String to, RequesterShare disclosure) {
    return importSystemService(system, subject, to, disclosure, asked -> false);
  }

  /**
   * {@link #importSystemService(Account, String, String, RequesterShare)} that leaves requests to
   * others.
   *
   * @param unless says by the subject here which ones
   */
  public Subscription importSystemService(
      Account system,
      String subject,
      String to,
      RequesterShare disclosure,
      Predicate<String> unless) {
    ServiceExport export =
        system.sharing().require(ServiceExport.class, patternOf(subject), account);
    ServiceImport service = serviceImport(system, export, to, subject, disclosure, unless, false);
    synchronized (interest) {
      lasting.add(service);
    }
    return account.subscribe(to, null, service);
  }

  private ServiceImport serviceImport(
      Account exporter,
      ServiceExport export,
      String to,
      String subject,
      RequesterShare disclosure,
      Predicate<String> unless,
      boolean sparingJetStream) {
    return new ServiceImport(
        account,
        exporter,
        exporter.sharing().serviceReplies(),
        export,
        to,
        subject,
        disclosure,
        unless,
        sparingJetStream);
  }

  private static List<ImportCycles.Imported> with(
      List<ImportCycles.Imported> imports, Account exporter, String remote, String local) {
    List<ImportCycles.Imported> more = new ArrayList<>(imports);
    more.add(new ImportCycles.Imported(exporter.sharing().sharer, remote, local));
    return List.copyOf(more);
  }

  /** This account as the search for cycles sees it. */
  private final class CycleView implements ImportCycles.Sharer {
    @Override
    public String name() {
      return account.name();
    }

    @Override
    public boolean exportsStream(String subject) {
      synchronized (interest) {
        return exports.stream()
            .anyMatch(
                each ->
                    each instanceof StreamExport stream
                        && Subjects.isSubset(subject, stream.subject()));
      }
    }

    @Override
    public List<ImportCycles.Imported> importedStreams() {
      return importedStreams;
    }

    @Override
    public List<ImportCycles.Imported> importedServices() {
      return importedServices;
    }
  }

  /** {@link Account#isAwaited} of a reply subject of services. */
  boolean isAwaited(String reply) {
    ServiceReplyMapping replies;
    synchronized (interest) {
      replies = serviceReplies;
    }
    return replies == null || replies.isAwaited(reply);
  }

  // "a.$1.b" asks for what "a.*.b" covers.
  private static String patternOf(String destination) {
    List<String> tokens = Subjects.tokens(destination);
    tokens.replaceAll(token -> token.startsWith("{{") || token.matches("\\$\\d+") ? "*" : token);
    return String.join(".", tokens);
  }

  private <T extends Export> T require(Class<T> kind, String subject, Account importer) {
    synchronized (interest) {
      for (Export export : exports) {
        if (kind.isInstance(export) && export.covers(subject, importer.name())) {
          return kind.cast(export);
        }
      }
    }
    throw new IllegalArgumentException(
        "account " + account.name() + " does not export \"" + subject + "\" to " + importer.name());
  }

  /**
   * Writes exports, imports and mappings in the fields of nats-server; leaves out empty ones.
   *
   * @param builtIn the services that the account has by itself and nats-server imports
   */
  public void describe(JsonWriter json, List<ReportedImport> builtIn) {
    List<Export> exported;
    List<ServiceImport> imported = new ArrayList<>();
    List<ReportedImport> others;
    synchronized (interest) {
      exported = List.copyOf(exports);
      others = new ArrayList<>(invalidImports);
      for (Subscription subscription : interest.subscriptions()) {
        if (subscription.subscriber() instanceof ServiceImport service) {
          imported.add(service);
        }
      }
    }
    for (ReportedImport each : builtIn) {
      if (imported.stream().noneMatch(present -> present.local().equals(each.local()))) {
        others.add(each);
      }
    }
    ExportsAndImportsReport.write(
        json, exported, streamImports, imported, others, account.mappings());
  }

  /** Writes the responses that its services owe, if any. */
  public void describeResponses(JsonWriter json) {
    ServiceReplyMapping replies;
    synchronized (interest) {
      replies = serviceReplies;
    }
    if (replies != null) {
      replies.write(json);
    }
  }

  /** Has the imports reported that the account had and that are no longer allowed. */
  public void invalidImports(List<ReportedImport> invalid) {
    synchronized (interest) {
      invalidImports = List.copyOf(invalid);
    }
  }
}
