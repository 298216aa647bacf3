package dev.hubkit.junit.explore;

import dev.hubkit.junit.explore.Operation.Kind;
import dev.hubkit.junit.journal.Journal;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.net.FaultInjector;
import dev.hubkit.nats.net.LinkFaults;
import dev.hubkit.nats.wire.Message;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Decides at each operation of a client whether adversity strikes, and loses or holds back what is
 * concerned. What may not be done on the threads that serve clients becomes an {@link Errand}.
 * Thread-safe.
 */
final class Adversary implements FaultInjector {
  private static final String API = "$JS.API.";
  // nats-server/server/stream.go: how it begins a PubAck.
  private static final byte[] PUB_ACK = "{\"stream\":".getBytes(StandardCharsets.UTF_8);
  // A message must come through at last, and a crash or a cut costs time.
  private static final int MOST_LOST_DELIVERIES = 2;
  private static final Map<Adversity, Integer> MOST =
      new EnumMap<>(
          Map.of(
              Adversity.CRASH, 1,
              Adversity.CUT, 2,
              Adversity.TIME_JUMP, 2,
              Adversity.LATE_ACK, 3,
              Adversity.LATE_DELIVERY, 3,
              Adversity.REORDER, 4,
              Adversity.LOST_PUB_ACK, 3));

  private final Plan plan;
  private final KnownStreams streams;
  private final Consumer<String> marks;
  private final Operations operations = new Operations();
  private final Unacknowledged unacknowledged;
  private final HeldClients held = new HeldClients();
  private final List<Strike> struck = new ArrayList<>();
  private final ArrayDeque<Errand> errands = new ArrayDeque<>();
  private final List<Message> ofToolkit = new ArrayList<>();
  private final Set<Long> cut = new HashSet<>();
  private final Set<String> absent = new HashSet<>();
  private int seen;
  private boolean crashing;
  private boolean ended;
  private long lastActivity = System.nanoTime();

  /**
   * Makes one that has done nothing yet.
   *
   * @param marks is told of each strike, for the trace of the test
   */
  Adversary(Plan plan, KnownStreams streams, Consumer<String> marks) {
    this.plan = plan;
    this.marks = marks;
    this.streams = streams;
    this.unacknowledged = new Unacknowledged(streams);
  }

  // ---- Connections

  @Override
  public boolean admits(InetSocketAddress remote) {
    return true;
  }

  @Override
  public synchronized boolean admits(Connection client) {
    lastActivity = System.nanoTime();
    absent.remove(client.options().name());
    return true;
  }

  // Also of clients that are spared: a crash concerns them, too, but for the toolkit's.
  private boolean isGone(Connection client) {
    return (crashing && !isToolkit(client)) || cut.contains(client.id());
  }

  private static boolean isToolkit(Connection client) {
    return client.options().name().equals(Journal.TOOLKIT_CLIENT);
  }

  private void active(Connection client) {
    if (!isToolkit(client)) {
      lastActivity = System.nanoTime();
    }
  }

  private boolean concerns(Connection client) {
    return !isToolkit(client) && plan.concerns(client.options().name());
  }

  // ---- From clients

  @Override
  public synchronized boolean subscribing(Connection client, String subject) {
    if (ended || isGone(client)) {
      return true;
    }
    active(client);
    if (isToolkit(client) && !crashing && !ofToolkit.isEmpty()) {
      // It has come back after the crash, to where it awaits the replies.
      errands.add(new Errand.Publish(client, List.copyOf(ofToolkit)));
      ofToolkit.clear();
    }
    if (subject.startsWith(Operations.INBOX) || !concerns(client)) {
      return true;
    }
    Operation operation = next(client, Kind.SUBSCRIBE, subject);
    if (!held.mayHold(client) || choose(operation, Duration.ZERO, Adversity.REORDER) == null) {
      return true;
    }
    held.holdSubscription(client, subject);
    return false;
  }

  @Override
  public synchronized @Nullable Message publishing(Connection client, Message message) {
    if (ended) {
      return message;
    }
    if (isGone(client)) {
      return null;
    }
    if (crashing) {
      ofToolkit.add(message.retain());
      notifyAll();
      return null;
    }
    String subject = message.subject();
    if (subject.startsWith(API)) {
      // No sign of activity: tests that wait for something ask again and again.
      streams.created(subject, message);
      return message;
    }
    active(client);
    AckToken token = AckToken.parse(subject);
    if (token != null) {
      return acknowledging(client, message, token);
    }
    return publishingData(client, message);
  }

  private @Nullable Message publishingData(Connection client, Message message) {
    unacknowledged.retried(client.id());
    String reply = message.reply();
    if (reply != null) {
      operations.requested(operations.stable(message.subject()), reply);
    }
    held.overtake(client, message.subject());
    if (!concerns(client)) {
      return message;
    }
    Operation operation = next(client, Kind.PUBLISH, operations.stable(message.subject()));
    Strike strike =
        choose(
            operation,
            Duration.ZERO,
            Adversity.CRASH,
            Adversity.CUT,
            Adversity.TIME_JUMP,
            held.mayHold(client) ? Adversity.REORDER : null);
    return strike == null ? message : strike(strike, client, message, null);
  }

  private @Nullable Message acknowledging(Connection client, Message message, AckToken token) {
    String kind = message.text();
    boolean isAck = kind.isEmpty() || kind.startsWith("+ACK");
    if (!isAck) {
      // Nobody works on it any more, but the server delivers it again, with a delay after its time.
      if (kind.startsWith("-NAK")) {
        unacknowledged.lost(token.message(), describe(token));
      } else if (kind.startsWith("+TERM")) {
        unacknowledged.acknowledged(token);
      }
      return message;
    }
    Strike strike = null;
    if (concerns(client)) {
      Operation operation = next(client, Kind.ACK, describe(token));
      boolean confirmed = message.hasReply();
      strike =
          choose(
              operation,
              Duration.ZERO,
              Adversity.CRASH,
              Adversity.CUT,
              confirmed ? null : Adversity.LOST_ACK,
              confirmed || !held.mayHold(client) ? null : Adversity.LATE_ACK);
    }
    Message left = strike == null ? message : strike(strike, client, message, token);
    if (left != null) {
      unacknowledged.acknowledged(token);
    } else {
      unacknowledged.lost(token.message(), describe(token));
    }
    return left;
  }

  private String describe(AckToken token) {
    String subject = unacknowledged.subject(token.message());
    return subject == null ? "message " + token.sequence() + " of " + token.stream() : subject;
  }

  // ---- To clients

  @Override
  public @Nullable Message delivering(
      Connection client, Subscription subscription, Message message) {
    LinkFaults[] stalled = new LinkFaults[1];
    Message left = delivering(client, message, stalled);
    if (stalled[0] != null) {
      // Not with the monitor held: what waits for the client is written first.
      stalled[0].stall(true);
    }
    return left;
  }

  private synchronized @Nullable Message delivering(
      Connection client, Message message, LinkFaults[] stalled) {
    if (ended) {
      return message;
    }
    String reply = message.reply();
    AckToken token = reply == null ? null : AckToken.parse(reply);
    if (isGone(client)) {
      if (token != null) {
        unacknowledged.lost(token.message(), message.subject());
      }
      return null;
    }
    if (token != null) {
      active(client);
      return deliveringFromStream(client, message, token, stalled);
    }
    String subject = message.subject();
    boolean isReply = operations.isReply(subject);
    if (subject.startsWith(Operations.INBOX) && !isReply) {
      // Of JetStream's own: responses of its API, and what ends pull requests.
      return message;
    }
    active(client);
    if (reply != null) {
      operations.requested(operations.stable(subject), reply);
    }
    if (!concerns(client)) {
      return message;
    }
    if (isReply && isPubAck(message)) {
      Operation operation = next(client, Kind.PUB_ACK, operations.requestOf(subject));
      if (choose(operation, Duration.ZERO, Adversity.LOST_PUB_ACK) == null) {
        return message;
      }
      unacknowledged.awaitRetry(client.id());
      return null;
    }
    Operation operation = next(client, Kind.DELIVERY, operations.stable(subject));
    Strike strike = choose(operation, Duration.ZERO, Adversity.CUT, late(client));
    return strike == null ? message : strikeDelivery(strike, client, message, null, stalled);
  }

  private @Nullable Message deliveringFromStream(
      Connection client, Message message, AckToken token, LinkFaults[] stalled) {
    unacknowledged.delivered(token.message(), message.subject(), client.id());
    if (!concerns(client)) {
      return message;
    }
    boolean mayLose =
        token.deliveries() <= MOST_LOST_DELIVERIES
            && streams.acknowledgesEach(token.stream(), token.consumer());
    Operation operation = next(client, Kind.DELIVERY, message.subject());
    Strike strike =
        choose(
            operation,
            wait(token),
            Adversity.CUT,
            Adversity.TIME_JUMP,
            mayLose ? Adversity.LOST_DELIVERY : null,
            late(client));
    return strike == null ? message : strikeDelivery(strike, client, message, token, stalled);
  }

  private @Nullable Adversity late(Connection client) {
    return client.link() != null && held.mayHold(client) ? Adversity.LATE_DELIVERY : null;
  }

  private static boolean isPubAck(Message message) {
    int from = message.payloadOffset();
    return message.headerLength() == 0
        && message.payloadLength() >= PUB_ACK.length
        && Arrays.equals(message.buffer(), from, from + PUB_ACK.length, PUB_ACK, 0, PUB_ACK.length);
  }

  // ---- Adversity

  private Operation next(Connection client, Kind kind, String subject) {
    seen++;
    return operations.next(client, kind, subject);
  }

  private @Nullable Strike choose(
      Operation operation, Duration ackWait, @Nullable Adversity... applicable) {
    for (Adversity each : applicable) {
      if (each != null && plan.strikes(each, operation) && mayStrike(each)) {
        Strike strike = plan.strike(each, operation, ackWait);
        struck.add(strike);
        marks.accept(strike.toString());
        return strike;
      }
    }
    return null;
  }

  private boolean mayStrike(Adversity adversity) {
    if (adversity == Adversity.CRASH && plan.sparesMemory() && streams.isAnyInMemory()) {
      return false;
    }
    int most = MOST.getOrDefault(adversity, Integer.MAX_VALUE);
    return struck.stream().filter(each -> each.adversity() == adversity).count() < most;
  }

  /** Carries out a strike at what a client sends; returns what is left of it. */
  private @Nullable Message strike(
      Strike strike, Connection client, Message message, @Nullable AckToken token) {
    switch (strike.adversity()) {
      case CRASH -> {
        crashing = true;
        errands.add(new Errand.Crash());
        return strike.before() ? null : message;
      }
      case CUT -> {
        cut(client);
        return strike.before() ? null : message;
      }
      case TIME_JUMP -> {
        errands.add(new Errand.Advance(strike.jump()));
        return message;
      }
      case REORDER -> {
        held.holdMessage(client, message.retain(), Duration.ZERO);
        return null;
      }
      case LATE_ACK -> {
        held.holdMessage(client, message.retain(), token == null ? Duration.ZERO : wait(token));
        return null;
      }
      default -> {
        return null;
      }
    }
  }

  /** Does the same for what the server delivers. */
  private @Nullable Message strikeDelivery(
      Strike strike,
      Connection client,
      Message message,
      @Nullable AckToken token,
      LinkFaults[] stalled) {
    switch (strike.adversity()) {
      case LATE_DELIVERY -> {
        LinkFaults link = client.link();
        if (link != null) {
          held.stall(client, token == null ? Duration.ZERO : wait(token));
          stalled[0] = link;
        }
        return message;
      }
      case LOST_DELIVERY -> {
        if (token != null) {
          unacknowledged.lost(token.message(), message.subject());
        }
        return null;
      }
      default -> {
        return strike(strike, client, message, token);
      }
    }
  }

  private Duration wait(AckToken token) {
    return streams.ackWait(token.stream(), token.consumer());
  }

  private void cut(Connection client) {
    cut.add(client.id());
    absent.add(client.options().name());
    unacknowledged.gone(client.id());
    held.forget(client);
    errands.add(new Errand.Cut(client));
  }

  // ---- For the pacemaker

  /**
   * Returns what is to be done next, and null if there is nothing for the moment.
   *
   * @param policy decides by how long nothing has happened, and by what the hub is doing
   */
  synchronized @Nullable Errand next(WaitPolicy policy) {
    if (ended) {
      return new Errand.End();
    }
    Errand first = errands.poll();
    if (first != null) {
      return first;
    }
    long idle = System.nanoTime() - lastActivity;
    Errand release = held.next(idle, policy);
    if (release != null || !held.isEmpty() || !unacknowledged.isAnyOverdue()) {
      return release;
    }
    boolean awaited = unacknowledged.isRetryAwaited() || !absent.isEmpty();
    return policy.mayAdvance(
            idle, unacknowledged.overdueFor(), unacknowledged.isAnyInWork(), awaited)
        ? new Errand.Advance(unacknowledged.nextWait())
        : null;
  }

  /** Notes that time has passed, so that clients have something to do now. */
  synchronized void advanced() {
    lastActivity = System.nanoTime();
    unacknowledged.advanced();
  }

  /** Returns whether the toolkit's client waits for the end of the crash. */
  synchronized boolean holdsToolkit() {
    return !ofToolkit.isEmpty();
  }

  /** Notes that the hub has crashed, before it recovers. */
  synchronized void crashed(Collection<String> clients) {
    crashing = false;
    cut.clear();
    held.clear();
    absent.addAll(clients);
    unacknowledged.allGone();
    lastActivity = System.nanoTime();
  }

  /** Lets everything pass from now on; returns the clients to release. */
  synchronized List<Errand.Release> end() {
    ended = true;
    crashing = false;
    notifyAll();
    return held.removeAll();
  }

  /** Returns what has struck so far, in this order. */
  synchronized List<Strike> struck() {
    return List.copyOf(struck);
  }

  /** Returns how many operations could have been struck. */
  synchronized int seen() {
    return seen;
  }
}
