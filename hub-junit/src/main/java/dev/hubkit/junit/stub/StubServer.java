package dev.hubkit.junit.stub;

import dev.hubkit.junit.stub.StubMapping.Interest;
import dev.hubkit.log.Log;
import dev.hubkit.nats.EmbeddedService;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Handle;
import dev.hubkit.nats.account.PreferredSubscriber;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.net.FaultInjector;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.Workers;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The stubs of a NATS server, which answer without a connection. One thread chooses the stub of
 * each request, in the order of their arrival; functions run on others. Thread-safe.
 */
@SuppressWarnings("exports")
public final class StubServer implements EmbeddedService, AutoCloseable {
  private static final Log log = Log.of(StubServer.class);
  private static final int MOST_WAITING = 10_000;

  private final TimeSource time;
  private final Supervisor supervisor = new Supervisor("hub-stubs");
  private final Workers matching = Workers.single("hub-stub-matching", MOST_WAITING);
  private final FunctionCalls functions = new FunctionCalls();
  private final Interests interests = new Interests();
  private final Scenarios scenarios = new Scenarios();
  private final ReplySender sender;
  private final Responder responder;
  // The last one first.
  private final CopyOnWriteArrayList<Stub> stubs = new CopyOnWriteArrayList<>();
  private final Map<Interest, Shared> shared = new HashMap<>();
  private volatile @Nullable Stubs owner;

  /**
   * Makes an object without stubs.
   *
   * @param time the clock of the hub
   */
  public StubServer(TimeSource time) {
    this.time = time;
    this.sender = new ReplySender(interests::account);
    this.responder = new Responder(time, functions, sender, interests);
  }

  /** A subscription of several stubs. */
  private static final class Shared {
    private final Handle subscription;
    private int users;

    Shared(Handle subscription) {
      this.subscription = subscription;
    }
  }

  @Override
  public void begin(Function<String, Optional<Account>> accounts, IntSupplier maxPayload) {
    sender.limit(maxPayload);
    interests.begin(accounts);
  }

  Interests interests() {
    return interests;
  }

  Scenarios scenarios() {
    return scenarios;
  }

  TimeSource time() {
    return time;
  }

  // ---- Stubs and what they subscribe to.

  void add(Stub stub) {
    // First of all it has to be there for the requests that come in.
    stubs.add(0, stub);
    boolean subscribed = false;
    try {
      retain(stub.mapping().interest(), stub.owner());
      subscribed = true;
    } finally {
      if (!subscribed) {
        stubs.remove(stub);
      }
    }
  }

  /** Removes a stub; returns whether it was there. */
  boolean remove(Stub stub) {
    if (!stubs.remove(stub)) {
      return false;
    }
    stub.ended();
    release(stub.mapping().interest());
    return true;
  }

  /** Subscribes, unless stubs have subscribed to the same. */
  synchronized void retain(Interest interest, Stubs owner) {
    Shared present = shared.get(interest);
    if (present == null) {
      present = new Shared(interests.add(interest, new Entrance(interest, owner)));
      shared.put(interest, present);
    }
    present.users++;
  }

  /** Undoes one {@link #retain}. */
  synchronized void release(Interest interest) {
    Shared present = shared.get(interest);
    if (present != null && --present.users == 0) {
      shared.remove(interest);
      present.subscription.close();
    }
  }

  // ---- Requests.

  /** Where requests come in. */
  private final class Entrance implements PreferredSubscriber {
    private final Interest interest;
    private final Stubs owner;

    Entrance(Interest interest, Stubs owner) {
      this.interest = interest;
      this.owner = owner;
    }

    @Override
    public void deliver(Subscription subscription, Message message, WorkBatch batch) {
      Message kept = message.retain();
      Instant now = time.now();
      long arrived = time.nanoTime();
      if (!submit(() -> handle(interest, owner, kept, now, arrived))) {
        refuse(kept, batch);
      }
    }

    private void refuse(Message message, WorkBatch batch) {
      String reply = message.reply();
      if (reply != null) {
        Message error = ReplySender.busy(reply, MOST_WAITING + " requests wait for stubs");
        interests.account(interest.account()).ifPresent(in -> in.publish(error, batch));
      }
    }
  }

  /** Runs a task after all requests that have arrived; returns false if too many wait. */
  boolean submit(Supervisor.Work task) {
    try {
      matching.execute(() -> supervisor.run("a request to a stub", task));
      return true;
    } catch (RejectedExecutionException e) {
      log.debug("A request to a stub was refused: {}", e);
      return false;
    }
  }

  private void handle(Interest interest, Stubs owner, Message message, Instant now, long arrived) {
    owner.refresh();
    StubRequest request = StubRequest.of(now, message);
    List<Stub> candidates = candidates(interest, request);
    if (candidates.isEmpty() && owner.endpoint(interest) == null) {
      // The last stub was removed after the request had come in.
      request
          .reply()
          .ifPresent(
              reply ->
                  publish(interest.account(), ReplySender.noResponders(reply, request.subject())));
      return;
    }
    Stub stub;
    try {
      stub = choose(candidates, request);
    } catch (RuntimeException | StackOverflowError e) {
      StubCall call = new StubCall(request, interest.account(), null, owner.log(), arrived);
      owner.log().add(call);
      responder.fail(call, "A condition of a stub failed: " + e, e);
      return;
    }
    CallLog calls = stub == null ? owner.log() : stub.owner().log();
    StubCall call = new StubCall(request, interest.account(), stub, calls, arrived);
    if (stub == null) {
      calls.add(call);
      responder.guard(call, () -> unmatched(call, interest, owner, candidates));
      return;
    }
    StubMapping mapping = stub.mapping();
    if (mapping.scenario() != null && mapping.nextState() != null) {
      scenarios.set(mapping.account(), mapping.scenario(), mapping.nextState());
    }
    Stub.Counted counted = stub.take();
    calls.add(call);
    responder.respond(call, stub, counted.reply(), counted.count());
  }

  private List<Stub> candidates(Interest interest, StubRequest request) {
    return stubs.stream()
        .filter(stub -> stub.mapping().concerns(interest, request.subject()))
        .toList();
  }

  private @Nullable Stub choose(List<Stub> candidates, StubRequest request) {
    @Nullable Stub best = null;
    for (Stub stub : candidates) {
      boolean better = best == null || stub.mapping().priority() < best.mapping().priority();
      if (better && stub.mapping().differences(request, scenarios).isEmpty()) {
        best = stub;
      }
    }
    return best;
  }

  private void unmatched(StubCall call, Interest interest, Stubs owner, List<Stub> candidates) {
    StringBuilder text =
        new StringBuilder("No stub on ").append(interest.subject()).append(" matches this request");
    String separator = "; nearest: ";
    for (NearStub near : NearStub.of(call.request(), candidates, scenarios)) {
      text.append(separator).append(near);
      separator = "; ";
    }
    sender.error(call, NearStub.NOT_FOUND, text.toString(), Map.of());
    StubEndpoint endpoint = owner.endpoint(interest);
    if (endpoint != null) {
      endpoint.count(time.nanoTime() - call.arrived(), NearStub.NOT_FOUND + ":" + text);
    }
  }

  /** Returns the injector of a server that has these stubs, beside other faults. */
  public FaultInjector beside(FaultInjector faults) {
    return new LateStubs(faults, this);
  }

  void own(Stubs made) {
    owner = made;
  }

  boolean hasFiles() {
    Stubs present = owner;
    return present != null && present.hasFiles();
  }

  /** Publishes a request of a client for which there may be a stub in files that have changed. */
  void retry(Connection client, Message request) {
    Stubs present = owner;
    if (present != null) {
      present.refresh();
    }
    String reply = request.reply();
    if (client.account().hasInterest(request.subject())) {
      client.publish(request);
    } else if (reply != null) {
      sender.publish(client.account().name(), ReplySender.noResponders(reply, request.subject()));
    }
  }

  /** Publishes a message of a service. */
  void publish(String account, Message message) {
    sender.publish(account, message);
  }

  // ---- Activity.

  @Override
  public boolean isIdle() {
    return matching.isIdle() && functions.isIdle();
  }

  @Override
  public boolean awaitIdle(long nanos) throws InterruptedException {
    long end = System.nanoTime() + nanos;
    return matching.awaitIdle(nanos) && functions.awaitIdle(Math.max(0, end - System.nanoTime()));
  }

  /** Ends the threads, after the server has been closed. */
  @Override
  public void close() {
    List.copyOf(stubs).forEach(this::remove);
    matching.shutdownNow();
    functions.close();
  }
}
