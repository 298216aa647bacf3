package dev.hubkit.junit.stub;

import dev.hubkit.junit.journal.Journal;
import dev.hubkit.junit.journal.JournalEntry;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The stubs of a hub. They answer without a connection, so faults of connections do not concern
 * them; after a crash they are there again before clients can connect.
 *
 * <p>The extension removes them after the test, except those that were declared before the first
 * test of a class, for one in {@code @BeforeAll}; these begin each test without requests and at the
 * beginning of their sequences and scenarios. Tests that run at the same time on one hub share its
 * stubs, which are removed when the last of them ends; {@code isolation = PER_TEST} keeps them
 * apart.
 *
 * <p>Thread-safe.
 */
@SuppressWarnings("exports")
public final class Stubs {
  /** The first state of each scenario, as in WireMock. */
  public static final String STARTED = "Started";

  private static final int MOST_LINES = 5;

  private final StubServer server;
  private final Supplier<String> account;
  private final Journal journal;
  private final CallLog log = new CallLog();
  private final Set<Stub> own = new LinkedHashSet<>();
  private final Set<StubService> services = new LinkedHashSet<>();
  private final List<StubFiles> files = new CopyOnWriteArrayList<>();
  private final Set<Object> beforeTest = new LinkedHashSet<>();
  private volatile Journal.Mark begin;
  private int tests;

  /**
   * Makes an object without stubs.
   *
   * @param account returns the account that stubs answer in unless they are told another
   * @param journal the journal of the hub, for messages
   */
  public Stubs(StubServer server, Supplier<String> account, Journal journal) {
    this.server = server;
    this.account = account;
    this.journal = journal;
    this.begin = journal.begin();
    server.own(this);
  }

  /**
   * Begins a stub that answers requests on a subject, which may have wildcards.
   *
   * @throws IllegalArgumentException if it is not a subject
   */
  public StubBuilder stub(String subject) {
    return new StubBuilder(this, account.get(), subject, null);
  }

  /**
   * Starts a service whose endpoints are stubs, and which clients can discover.
   *
   * @param name letters, digits, {@code -} and {@code _}
   * @param version a semantic version such as {@code 1.0.0}
   * @throws IllegalArgumentException if the name or version is none of a service (ADR-32)
   */
  public StubService service(String name, String version) {
    StubService service = prepared(name, version);
    service.start();
    return service;
  }

  /** Makes a service that is to be started. */
  StubService prepared(String name, String version) {
    return new StubService(this, account.get(), name, version);
  }

  void add(StubService service) {
    synchronized (own) {
      services.add(service);
    }
  }

  /** Returns the services, in the order of their declaration. */
  public List<StubService> services() {
    synchronized (own) {
      return new ArrayList<>(services);
    }
  }

  /**
   * Declares the stubs of a JSON file, or of all {@code *.json} in a directory; docs/stubs.md of
   * the toolkit describes the form. Files that change are read again.
   *
   * @param location a file or directory, relative to the working directory, or if there is none, a
   *     resource of the class path; {@code classpath:} and a resource for that alone
   * @throws IllegalArgumentException if there is none, or something is wrong in a file; the message
   *     names the file and the field
   */
  public StubFiles load(String location) {
    StubFiles loaded = StubFiles.load(this, location);
    files.add(loaded);
    return loaded;
  }

  void remove(StubFiles loaded) {
    files.remove(loaded);
  }

  /** Takes up what has changed in files. */
  void refresh() {
    files.forEach(StubFiles::reload);
  }

  boolean hasFiles() {
    return !files.isEmpty();
  }

  void remove(StubService service) {
    synchronized (own) {
      services.remove(service);
      beforeTest.remove(service);
    }
  }

  /** Returns the endpoint that requests by an interest are for; null for none. */
  @Nullable StubEndpoint endpoint(StubMapping.Interest interest) {
    for (StubService service : services()) {
      StubEndpoint endpoint = service.endpoint(interest);
      if (endpoint != null) {
        return endpoint;
      }
    }
    return null;
  }

  void add(Stub stub) {
    server.add(stub);
    synchronized (own) {
      own.add(stub);
    }
  }

  void remove(Stub stub) {
    server.remove(stub);
    synchronized (own) {
      own.remove(stub);
      beforeTest.remove(stub);
    }
  }

  /** Removes all stubs and stops all services. */
  public void removeAll() {
    files.forEach(StubFiles::close);
    services().forEach(StubService::stop);
    all().forEach(Stub::remove);
  }

  /** Returns the stubs, in the order of their declaration. */
  public List<Stub> all() {
    synchronized (own) {
      return new ArrayList<>(own);
    }
  }

  /** Returns the requests that arrived on the subject of a stub and matched none, oldest first. */
  public List<StubCall> unmatched() {
    return log.all().stream().filter(call -> call.stub() == null).toList();
  }

  /**
   * Returns the state of a scenario.
   *
   * @return {@link #STARTED} for one that is unknown
   */
  public String state(String scenario) {
    return server.scenarios().state(account.get(), scenario);
  }

  /** Puts a scenario into a state. */
  public void setState(String scenario, String state) {
    server.scenarios().set(account.get(), scenario, state);
  }

  /** Forgets all requests, and begins all sequences and scenarios anew. */
  public void reset() {
    begin = journal.mark();
    log.clear();
    all().forEach(Stub::reset);
    services().forEach(StubService::reset);
    all().forEach(stub -> server.scenarios().reset(stub.mapping().account()));
  }

  // ---- For the extension.

  /** Keeps the stubs that there are for all tests, and begins one. */
  public void beginTest() {
    synchronized (own) {
      tests++;
      if (tests > 1) {
        return;
      }
      beforeTest.clear();
      beforeTest.addAll(own);
      beforeTest.addAll(services);
      beforeTest.addAll(files);
    }
    reset();
  }

  /** Removes the stubs of a test; of several that run at a time, when the last one ends. */
  public void endTest() {
    synchronized (own) {
      tests = Math.max(0, tests - 1);
      if (tests > 0) {
        return;
      }
    }
    files.stream().filter(this::isOfTest).forEach(StubFiles::close);
    services().stream().filter(this::isOfTest).forEach(StubService::stop);
    all().stream().filter(this::isOfTest).forEach(Stub::remove);
  }

  // A file may have changed during the test: what it declares now stays with it.
  private boolean isOfTest(Object each) {
    synchronized (own) {
      if (beforeTest.contains(each)) {
        return false;
      }
    }
    return files.stream().noneMatch(file -> file.declares(each));
  }

  /** Returns a line for each thing about stubs that may explain the failure of a test. */
  public List<String> problems(Journal.Mark begin) {
    List<String> lines = new ArrayList<>();
    files.forEach(each -> lines.addAll(each.problems()));
    for (StubCall call : log.all()) {
      if (call.failure().isPresent()) {
        lines.add((call.stub() == null ? "stubs" : call.stub()) + " failed on " + call);
      } else if (call.stub() == null) {
        lines.add("no stub matched " + call);
      }
    }
    unanswered(begin)
        .forEach(
            subject ->
                lines.add("nobody subscribed to " + subject + NearStub.hint(subject, all())));
    int more = lines.size() - MOST_LINES;
    if (more <= 0) {
      return lines;
    }
    List<String> shown = new ArrayList<>(lines.subList(0, MOST_LINES));
    shown.add("and " + more + " more");
    return shown;
  }

  /** Returns the subjects of requests that the server answered with 503. */
  private Set<String> unanswered(Journal.Mark begin) {
    Set<String> subjects = new LinkedHashSet<>();
    for (JournalEntry entry : journal.since(begin).everything()) {
      if (entry.kind() == JournalEntry.Kind.DELIVERED && entry.headerStatus().startsWith("503")) {
        subjects.addAll(entry.headers().getOrDefault("Nats-Subject", List.of()));
      }
    }
    log.all().forEach(call -> subjects.remove(call.request().subject()));
    return subjects;
  }

  List<String> unanswered() {
    return List.copyOf(unanswered(begin));
  }

  CallLog log() {
    return log;
  }

  StubServer server() {
    return server;
  }

  @Override
  public String toString() {
    return all().toString();
  }
}
